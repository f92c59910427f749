using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Preprocessing;
using Screener.Runtime;

namespace Screener.Inference;

/// <summary>A CT with its body mask, as all anomaly methods get it. What several methods need of it is made once.</summary>
public sealed class PatientScan
{
    private readonly Dictionary<object, object> _shared = [];

    private readonly Lazy<CtVolume> _ct;

    /// <param name="ct">The CT.</param>
    /// <param name="body">The patient in it, on the same grid.</param>
    /// <param name="compute">Device, threads, precision.</param>
    public PatientScan(CtVolume ct, BodyMask body, ComputeOptions compute)
        : this(() => ct, body, compute) => ArgumentNullException.ThrowIfNull(ct);

    /// <summary>The same where the CT is read only if a method looks at it.</summary>
    internal PatientScan(Func<CtVolume> ct, BodyMask body, ComputeOptions compute)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(compute);
        (_ct, Body, Compute) = (new(ct), body, compute);
    }

    /// <summary>The CT.</summary>
    public CtVolume Ct => _ct.Value;

    /// <summary>The patient, on the CT's grid.</summary>
    public BodyMask Body { get; }

    /// <summary>Device, threads, precision.</summary>
    public ComputeOptions Compute { get; }

    /// <summary>A scan whose body is looked for.</summary>
    public static PatientScan Of(CtVolume ct, ComputeOptions compute, CancellationToken cancellation = default) =>
        new(ct, BodyMaskFinder.Find(ct, BodyMaskOptions.Default, compute.ThreadCount, cancellation), compute);

    /// <summary>
    /// This patient with voxels averaged in blocks that come near to a spacing; the scan itself where they are not much finer.
    /// </summary>
    /// <param name="leastSpacing">mm along each axis; 0 leaves the scan as it is.</param>
    /// <param name="cancellation">Stops the work.</param>
    internal PatientScan NoFinerThan(double leastSpacing, CancellationToken cancellation)
    {
        var block = BlockMeans.BlockFor(Body.Spacing, leastSpacing);
        return block.VoxelCount == 1
            ? this
            : Shared((nameof(NoFinerThan), block), () => new PatientScan(
                BlockMeans.Of(Ct, block, Compute.ThreadCount, cancellation),
                BlockMeans.Any(Body, block, Compute.ThreadCount, cancellation), Compute));
    }

    /// <summary>The CT as networks with these options want it, prepared once.</summary>
    internal PreparedVolume Prepared(PreprocessingOptions options, CancellationToken cancellation) =>
        Shared((nameof(Prepared), options), () => Preprocessor.Prepare(Ct, options, Compute.ThreadCount, null, cancellation));

    /// <summary>A map of <see cref="NoFinerThan"/> on this scan's own grid: linear in the body, the least score outside of it.</summary>
    internal AnomalyMap OnItsGrid(AnomalyMap map, CancellationToken cancellation)
    {
        return map.Grid == Body.Grid ? map : On(Body, map, Compute.ThreadCount, cancellation);
    }

    /// <summary>A map on a body's grid: trilinear inside the body, the body's least score outside.</summary>
    internal static AnomalyMap On(BodyMask body, AnomalyMap map, int threads, CancellationToken cancellation)
    {
        float[] scores = GridResampler.Linear(map.Voxels, map.Grid, body.Grid, float.NaN, threads, cancellation);
        OutsideOfBody.FillWithLeast(scores, body);
        return new AnomalyMap(body.Grid, scores) { IsCalibrated = map.IsCalibrated };
    }

    /// <summary>What was made for this key before, or is made now.</summary>
    internal T Shared<T>(object key, Func<T> make)
        where T : notnull
    {
        if (!_shared.TryGetValue(key, out object? made))
            _shared[key] = made = make();
        return (T)made;
    }
}
