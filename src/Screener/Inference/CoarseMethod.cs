using Screener.Imaging;

namespace Screener.Inference;

/// <summary>
/// A method that is shown CTs no finer than those that it learnt from: finer voxels are averaged first, its map is brought back to the CT.
/// </summary>
/// <param name="method">The method.</param>
/// <param name="leastSpacing">See <see cref="EnsembleOptions.LeastSpacing"/>.</param>
internal sealed class CoarseMethod(AnomalyMethod method, double leastSpacing) : AnomalyMethod
{
    public override string Name => method.Name;

    public override bool IsCalibrated => method.IsCalibrated;

    public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        scan.OnItsGrid(method.Map(scan.NoFinerThan(leastSpacing, cancellation), progress, cancellation), cancellation);
}
