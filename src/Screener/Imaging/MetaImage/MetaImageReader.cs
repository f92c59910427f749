using Screener.Errors;
using Screener.Imaging.Stored;

namespace Screener.Imaging.MetaImage;

/// <summary>
/// Reads MetaImage volumes: .mha with the voxels behind the header, .mhd with .raw or .zraw beside it, as LUNA16 and ITK have them.
/// </summary>
/// <remarks>
/// Every real voxel type, both byte orders, zlib. Colours, several channels or files, text voxels and scaled voxels are refused by name.
/// </remarks>
public sealed class MetaImageReader : IVolumeReader
{
    /// <inheritdoc/>
    public string Name => "MetaImage";

    /// <inheritdoc/>
    public bool CanRead(string path) => File.Exists(path) && (VolumeFiles.HasEnding(path, ".mha", ".mhd")
        || TextHeader.Start(path, 16).StartsWith("ObjectType =", StringComparison.Ordinal));

    /// <inheritdoc/>
    /// <remarks>NaN becomes air (<see cref="StoredVolume.Air"/>); infinities are refused.</remarks>
    public CtVolume Read(
        string path, VolumeReadOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return MetaImageHeader.Read(path).ReadCt(path, progress, cancellation);
    }
}
