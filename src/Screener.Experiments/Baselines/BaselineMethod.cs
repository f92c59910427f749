using Screener.Imaging;
using Screener.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Baselines;

/// <summary>A trained baseline: its network's scores in overlapping windows.</summary>
public sealed class BaselineMethod : AnomalyMethod
{
    private readonly BaselineNetwork _network;
    private readonly double? _overlap;

    /// <param name="network">The network; the caller owns it.</param>
    /// <param name="name">A name of its own; null takes the baseline's.</param>
    /// <param name="overlap">How much of a window the next one covers again; null for the default.</param>
    public BaselineMethod(BaselineNetwork network, string? name = null, double? overlap = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        (_network, Name, _overlap) = (network, name ?? network.Options.Name, overlap);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var device = scan.Compute.Apply();
        int threads = scan.Compute.ThreadCount;
        _network.to(device);
        _network.Precision = scan.Compute.Precision;
        var prepared = scan.Prepared(_network.Options.Preprocessing, cancellation);
        var windows = SlidingWindowOptions.For(_network.Options.CropShape);
        windows = windows with { Overlap = _overlap ?? windows.Overlap };
        return Screening.InWindows(
            scan, prepared, 1, windows, (patches, _) => Score(patches),
            (scores, body) => _network.Options.Finish(scores, body, threads, cancellation), progress, cancellation).Map(0, cancellation);
    }

    private Tensor Score(Tensor patches)
    {
        using var guard = inference_mode();
        return _network.forward(patches);
    }
}
