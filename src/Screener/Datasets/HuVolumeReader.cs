using Screener.Imaging;

namespace Screener.Datasets;

/// <summary>Reads the CTs of dataset caches beside other formats.</summary>
public sealed class HuVolumeReader : IVolumeReader
{
    /// <summary>What the names of cached volumes end with.</summary>
    public const string Ending = ".hu";

    /// <inheritdoc/>
    public string Name => "dataset cache";

    /// <inheritdoc/>
    public bool CanRead(string path)
    {
        if (!File.Exists(path))
            return false;
        try
        {
            using var file = InputFile.OpenHandle(path);
            Span<byte> first = stackalloc byte[HuVolumeFile.Magic.Length];
            return RandomAccess.Read(file, first, 0) == first.Length && first.SequenceEqual(HuVolumeFile.Magic);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public CtVolume Read(string path, VolumeReadOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        using var volume = HuVolume.Open(path);
        PatientGrid.Require(volume.Grid, path);
        var ct = volume.ReadCt(cancellation);
        progress?.Report(1);
        return ct;
    }
}
