using Screener.Errors;

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

        throw new VolumeFormatException(
            path,
            "an unknown format",
            string.Join(" or ", readers.Select(r => r.Name)),
            "Convert it, for example with dcm2niix or SimpleITK.");
    }
}
