using Screener.Errors;
using Screener.Imaging.Dicom;
using Screener.Imaging.MetaImage;
using Screener.Imaging.Nifti;
using Screener.Imaging.Nrrd;
using Screener.Imaging.SimpleItk;
using Screener.Storage;

namespace Screener.Imaging;

/// <summary>The readers in the order in which they are asked; the first that recognises a path reads it.</summary>
/// <param name="readers">The readers, most specific first.</param>
public sealed class VolumeReaders(params IReadOnlyList<IVolumeReader> readers)
{
    /// <summary>NIfTI, MetaImage, NRRD, DICOM; then SimpleITK, where its variable names a folder.</summary>
    /// <param name="threads">Processor threads for a series' slices; 0 means one per processor.</param>
    /// <param name="convert">Whether gdcm or dcmtk may unpack a copy of DICOM that is compressed otherwise.</param>
    public static VolumeReaders All(int threads = 0, bool convert = false) => new(
        [
            new NiftiVolumeReader(), new MetaImageReader(), new NrrdReader(), new DicomSeriesReader(threads, convert: convert),
            .. SimpleItkReader.FromEnvironment(),
        ]);

    /// <summary>These readers behind another, which is asked first.</summary>
    public VolumeReaders Behind(IVolumeReader first) => new([first, .. readers]);

    /// <summary>Reads the CT volume at <paramref name="path"/>, a file or a folder.</summary>
    /// <exception cref="MissingInputException">The path does not exist.</exception>
    /// <exception cref="VolumeFormatException">No reader recognises it, or its reader refuses it.</exception>
    /// <exception cref="SeriesRejectedException">The files do not make one volume.</exception>
    public CtVolume Read(
        string path, VolumeReadOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (InputFile.SpecialKind(path) is { } kind)
            throw new MissingInputException(path, kind, "a CT file or a folder with a DICOM series", "Check the path.");
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new MissingInputException(path, "nothing there", "a CT file or a folder with a DICOM series", "Check the path.");
        for (int i = 0; i < readers.Count; i++)
        {
            if (!readers[i].CanRead(path))
                continue;
            try
            {
                return readers[i].Read(path, options ?? VolumeReadOptions.Default, progress, cancellation);
            }
            catch (CompressedPixelsException) when (readers.Skip(i + 1).Any(r => r.CanRead(path)))
            {
                // A later one may unpack them.
            }
        }

        string formats = string.Join(" or ", readers.Select(r => r.Name));
        try
        {
            if (Directory.Exists(path) || DicomContainer.IsZip(path))
            {
                // A damaged zip says so itself.
                var (found, remedy) = ContainerContents.Describe(DicomContainer.Of(path));
                throw new VolumeFormatException(path, found, $"one CT: {formats}", remedy);
            }

            throw ArchiveKind(path) is { } packer
                ? new VolumeFormatException(path, $"a file packed by {packer}", formats, "Unpack it and pass what is in it.")
                : new VolumeFormatException(path, "an unknown format", formats, "Convert it, for example with dcm2niix or SimpleITK.");
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            throw new MissingInputException(
                path, e.Message.TrimEnd('.'), "a file or a folder that can be read", "Check its permissions.", e);
        }
    }

    private static string? ArchiveKind(string path)
    {
        byte[] head = new byte[8];
        using var file = InputFile.OpenHandle(path);
        return RandomAccess.Read(file, head, 0) < head.Length ? null : head switch
        {
            [0x1F, 0x8B, ..] => "gzip",
            [(byte)'B', (byte)'Z', (byte)'h', ..] => "bzip2",
            [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => "xz",
            [(byte)'7', (byte)'z', 0xBC, 0xAF, ..] => "7-Zip",
            [(byte)'R', (byte)'a', (byte)'r', (byte)'!', ..] => "RAR",
            _ => null,
        };
    }
}
