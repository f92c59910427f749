using Screener.Densities;
using Screener.Imaging;
using Screener.Inference;
using Screener.Preprocessing;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Ablations;

/// <summary>What a scan brings along for <see cref="KeptMapMethod"/>.</summary>
/// <param name="Volume">The volume as the networks saw it.</param>
/// <param name="Windows">Where its windows lie.</param>
internal sealed record KeptWindows(PreparedVolume Volume, VolumeWindows Windows);

/// <summary>A density scored from kept maps: what <see cref="ScreenerModel"/> computes, without its networks.</summary>
/// <param name="name">The cell.</param>
/// <param name="density">The density.</param>
/// <param name="descriptor">What made the features.</param>
/// <param name="condition">What the density is told.</param>
/// <param name="store">The kept maps.</param>
/// <param name="options">How volumes are covered.</param>
/// <param name="device">Where the density is.</param>
internal sealed class KeptMapMethod(
    string name, DensityModel density, MapSource descriptor, MapSource condition, FeatureStore store, SlidingWindowOptions options,
    Device device) : AnomalyMethod
{
    public override string Name => name;

    public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var (volume, placed) = scan.Shared<KeptWindows>(typeof(KeptWindows), () => throw new InvalidOperationException(name));
        var features = store.Get(descriptor, placed, () => volume, device, cancellation);
        var conditions = condition.Key is null ? null : store.Get(condition, placed, () => volume, device, cancellation);
        var index = placed.Origins.Select((o, i) => (o, i)).ToDictionary(p => p.o, p => p.i);
        var region = AblationWindows.RegionOf(volume, scan.Body, scan.Compute.ThreadCount, cancellation);
        var maps = SlidingWindow.Run(volume, 1, options, Predict, device, region.Voxels, progress, cancellation);
        return new ScreenedVolume(volume.Grid, maps, scan.Body, scan.Compute.ThreadCount).Map(0, cancellation);

        Tensor Predict(Tensor images, Conditions.PatchPlacement[] placements)
        {
            using var scope = NewDisposeScope();
            int[] wanted = [.. placements.Select(p => index[(p.D, p.H, p.W)])];
            var context = conditions is not null
                ? conditions.Read(wanted).to(device)
                : condition.Channels == 0 ? null : condition.Compute(images, placements, placed.Kernel);
            var scores = density.NegativeLogLikelihood(features.Read(wanted).to(device), context);
            return ScreenerModel.Spread([scores], images.shape[2..]).MoveToOuterDisposeScope();
        }
    }
}
