using Screener.Imaging.MetaImage;
using Screener.Imaging.Nifti;
using Screener.Imaging.Nrrd;
using Screener.Imaging.Stored;

namespace Screener.Imaging;

/// <summary>Files that hold one volume each, by their names.</summary>
public static class VolumeFiles
{
    /// <summary>The endings, longest first. The raw files beside .mhd and .nhdr are not among them.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".nii.gz", ".nrrd", ".nhdr", ".nii", ".mha", ".mhd"];

    /// <summary>Whether a file is called like a volume.</summary>
    public static bool IsOne(string path) => HasEnding(path, [.. Endings]);

    /// <summary>Reads labels, whole numbers from 0 to 255, of any of these formats.</summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Fraction done.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="Errors.ScreenerException">The file is damaged, unsupported, or holds something else.</exception>
    public static LabelVolume ReadLabels(string path, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        Located(path) is { } located
            ? located.ReadLabels(path, progress, cancellation)
            : NiftiVolumeReader.ReadLabels(path, progress, cancellation);

    /// <summary>The header of a volume of any of these formats, and the files that it consists of.</summary>
    /// <exception cref="Errors.ScreenerException">The header cannot be read.</exception>
    internal static (StoredHeader Header, IReadOnlyList<string> Files) ReadHeader(string path)
    {
        var located = Located(path);
        StoredHeader header = located is null ? NiftiVolumeReader.ReadHeader(path) : located;
        return (header, located is { DataFile: { } data } && data != path ? [path, data] : [path]);
    }

    // The header of a file that says where its voxels lie; null for NIfTI, or none of these.
    private static LocatedHeader? Located(string path) => new MetaImageReader().CanRead(path) ? MetaImageHeader.Read(path)
        : new NrrdReader().CanRead(path) ? NrrdHeader.Read(path)
        : null;

    internal static bool HasEnding(string path, params ReadOnlySpan<string> endings)
    {
        foreach (string ending in endings)
        {
            if (path.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
