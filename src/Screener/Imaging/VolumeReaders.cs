using Screener.Errors;
using Screener.Imaging.Dicom;

namespace Screener.Imaging;

/// <summary>The readers in the order in which they are asked; the first that recognises a path reads it.</summary>
/// <param name="readers">The readers, most specific first.</param>
public sealed class VolumeReaders(params IReadOnlyList<IVolumeReader> readers)
{
    /// <summary>Reads the CT volume at <paramref name="path"/>, a file or a folder.</summary>
    /// <exception cref="MissingInputException">The path does not exist.</exception>
    /// <exception cref="VolumeFormatException">No reader recognises it, or its reader refuses it.</exception>
    /// <exception cref="SeriesRejectedException">The files do not make one volume.</exception>
    public CtVolume Read(string path, VolumeReadOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new MissingInputException(path, "nothing there", "a CT file or a folder with a DICOM series", "Check the path.");
        foreach (var reader in readers)
        {
            if (reader.CanRead(path))
                return reader.Read(path, options ?? VolumeReadOptions.Default, progress, cancellation);
        }

        string formats = string.Join(" or ", readers.Select(r => r.Name));
        if (Directory.Exists(path))
            throw new VolumeFormatException(path, "a folder without a CT series", $"one CT: {formats}", "Check the path; of a folder of several CTs, name one.");
        throw DicomContainer.IsZip(path)
            ? new VolumeFormatException(path, "a damaged zip, or one of something else", "a zip of DICOM files", "Fetch the zip again from its source, or unpack it and pass the folder.")
            : new VolumeFormatException(path, "an unknown format", formats, "Convert it, for example with dcm2niix or SimpleITK.");
    }
}
