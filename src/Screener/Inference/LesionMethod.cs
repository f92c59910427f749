using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Preprocessing;
using Screener.SyntheticLesions;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Inference;

/// <summary>A network that was trained on lesions drawn into CT: log-odds that a voxel belongs to one.</summary>
/// <param name="network">The network; the caller owns it.</param>
/// <param name="overlap">How much of a window the next one covers again.</param>
public sealed class LesionMethod(LesionNetwork network, double overlap = 0.5) : AnomalyMethod
{
    /// <summary>The name.</summary>
    public const string MethodName = "drawn lesions";

    /// <inheritdoc/>
    public override string Name => MethodName;

    /// <inheritdoc/>
    public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var device = scan.Compute.Apply();
        var prepared = Preprocessor.Prepare(scan.Ct, network.Options.Preprocessing, scan.Compute.ThreadCount, null, cancellation);
        var region = GridResampler.Resample(scan.Body, prepared.Grid, scan.Compute.ThreadCount, cancellation);
        var windows = SlidingWindowOptions.For(network.Options.CropShape) with { Overlap = overlap };
        var maps = SlidingWindow.Run(prepared, 1, windows, (patches, _) => Score(patches), device, region.Voxels, progress, cancellation);
        return new ScreenedVolume(prepared.Grid, maps, scan.Body, scan.Compute.ThreadCount).Map(0, cancellation);
    }

    private Tensor Score(Tensor patches)
    {
        using var guard = inference_mode();
        return network.forward(patches);
    }
}
