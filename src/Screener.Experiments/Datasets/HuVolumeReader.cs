using Screener.Imaging;
using Screener.Storage;

namespace Screener.Datasets;

/// <summary>Reads the CTs of dataset caches beside other formats.</summary>
public sealed class HuVolumeReader : IVolumeReader
{
    /// <summary>What the names of cached volumes end with.</summary>
    public const string Ending = ".hu";

    /// <inheritdoc/>
    public string Name => "dataset cache";

    /// <inheritdoc/>
    public bool CanRead(string path) => FramedFile.IsOf(path, HuVolumeFile.Kind);

    /// <inheritdoc/>
    public CtVolume Read(
        string path, VolumeReadOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        using var volume = HuVolume.Open(path);
        PatientGrid.Require(volume.Grid, path);
        var ct = volume.ReadCt(cancellation);
        progress?.Report(1);
        return ct;
    }
}
