using Screener.Errors;
using Screener.Imaging.Stored;

namespace Screener.Imaging.Nrrd;

/// <summary>Reads NRRD volumes, with the voxels behind the header (.nrrd) or in a file beside it (.nhdr), raw or gzipped.</summary>
/// <remarks>Every real voxel type and both byte orders; text, hexadecimal and bzip2 are refused by name, as are several files.</remarks>
public sealed class NrrdReader : IVolumeReader
{
    /// <inheritdoc/>
    public string Name => "NRRD";

    /// <inheritdoc/>
    public bool CanRead(string path) => File.Exists(path) && (VolumeFiles.HasEnding(path, ".nrrd", ".nhdr")
        || TextHeader.Start(path, 7) == "NRRD000");

    /// <inheritdoc/>
    /// <remarks>NaN becomes air (<see cref="StoredVolume.Air"/>); infinities are refused.</remarks>
    public CtVolume Read(
        string path, VolumeReadOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return NrrdHeader.Read(path).ReadCt(path, progress, cancellation);
    }
}
