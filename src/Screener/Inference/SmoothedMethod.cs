using Screener.HuBaselines;
using Screener.Imaging;

namespace Screener.Inference;

/// <summary>
/// A method's map smoothed by a Gaussian: what counts is what it says of the surroundings. Outside of the body it says the least.
/// </summary>
/// <param name="method">The method; not calibrated.</param>
/// <param name="sigmaMm">Standard deviation, mm.</param>
internal sealed class SmoothedMethod(AnomalyMethod method, double sigmaMm) : AnomalyMethod
{
    public override string Name => method.Name;

    /// <summary>The method without smoothing.</summary>
    internal AnomalyMethod Sharp => method;

    public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var map = method.Map(scan, progress, cancellation);
        var scores = new float[map.Voxels.Length];
        BodySmoothing.ForEachSlice(
            map, null, new BodyBox(0, 0, 0, map.Shape), sigmaMm, scan.Compute.ThreadCount,
            (_, d, slice) => slice.CopyTo(scores, d * slice.Length), cancellation);
        OutsideOfBody.FillWithLeast(scores, scan.Body);
        return new AnomalyMap(map.Grid, scores);
    }
}
