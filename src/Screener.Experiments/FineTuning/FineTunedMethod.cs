using Screener.Imaging;
using Screener.Inference;
using Screener.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.FineTuning;

/// <summary>What a fine-tuned network says: log-odds that a voxel is lesion, so that 0 is where a mask begins.</summary>
/// <param name="network">The network; the caller owns it.</param>
/// <param name="start">What it began with: how CTs are prepared and cut.</param>
/// <param name="overlap">How much of a window the next one covers again.</param>
public sealed class FineTunedMethod(DenseNetwork network, StartingWeights start, double overlap) : AnomalyMethod
{
    /// <inheritdoc/>
    public override string Name => $"fine-tuned {start.Name}";

    /// <inheritdoc/>
    public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        network.MoveTo(scan.Compute.Apply(), scan.Compute.Precision);
        var prepared = scan.Prepared(start.Preprocessing, cancellation);
        var windows = SlidingWindowOptions.Fading(start.CropShape, overlap);
        return Screening.InWindows(scan, prepared, 1, windows, (patches, _) => Score(patches), null, progress, cancellation)
            .Map(0, cancellation);
    }

    private Tensor Score(Tensor patches)
    {
        using var guard = inference_mode();
        return network.forward(patches);
    }
}
