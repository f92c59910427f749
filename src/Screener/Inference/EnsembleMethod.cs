using Screener.Imaging;
using Screener.Runtime;

namespace Screener.Inference;

/// <summary>
/// Several experts as one map in a unit that means the same in every picture: -log10 of the part of the voxels of the calibration's
/// patients that score as high or higher. 3 is one voxel in a thousand.
/// </summary>
public sealed class EnsembleMethod : AnomalyMethod
{
    /// <summary>The name.</summary>
    public const string MethodName = "ensemble";

    /// <summary>The name where a voxel is compared with those at the same kind of place alone.</summary>
    public const string ByPlaceName = "ensemble by place";

    private readonly Ensemble _ensemble;
    private readonly PlaceTails? _places;

    /// <param name="ensemble">Weights and tables.</param>
    /// <param name="experts">In the order of the tables.</param>
    /// <param name="places">Kinds of place to compare within; null compares with the whole body.</param>
    internal EnsembleMethod(Ensemble ensemble, IReadOnlyList<AnomalyMethod> experts, PlaceTails? places = null) =>
        (_ensemble, Experts, _places) = (ensemble, experts, places);

    /// <inheritdoc/>
    public override string Name => _places is null ? MethodName : ByPlaceName;

    /// <inheritdoc/>
    public override bool IsCalibrated => true;

    /// <summary>The first kind of lesion networks, HU + position, density, further kinds.</summary>
    public IReadOnlyList<AnomalyMethod> Experts { get; }

    /// <inheritdoc/>
    public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        float[] sums = scan.Shared((nameof(EnsembleMethod), Experts), () => Sums(scan, progress, cancellation));
        var scores = new float[sums.Length];
        if (_places is { } places)
        {
            byte[] kinds = places.Kinds.Of(scan, cancellation);
            InBody(scan, cancellation, i => scores[i] = places.Tails[kinds[i]].At(sums[i]));
        }
        else
        {
            InBody(scan, cancellation, i => scores[i] = _ensemble.Together.At(sums[i]));
        }

        return Calibrated(scan, scores);
    }

    // The weighted sum of the experts' tails.
    private float[] Sums(PatientScan scan, IProgress<double>? progress, CancellationToken cancellation)
    {
        var options = _ensemble.Options;
        var scores = new float[scan.Ct.Voxels.Length];
        for (int e = 0; e < Experts.Count; e++)
        {
            float weight = options.Weight(e);
            if (weight == 0)
                continue;
            var tail = _ensemble.Tails[e];
            int part = e;
            var shown = progress is null ? null : new Relay<double>(done => progress.Report((part + done) / Experts.Count));
            float[] map = Experts[e].Map(scan, shown, cancellation).Voxels;
            InBody(scan, cancellation, i => scores[i] += weight * options.Counted(part, tail.At(map[i])));
        }

        return scores;
    }

    /// <summary>
    /// What counts of each expert's map by itself, as -log10 of how rare its scores are in the calibration's patients; not weighted.
    /// </summary>
    /// <param name="scan">The patient.</param>
    /// <param name="cancellation">Stops the work.</param>
    internal IReadOnlyList<AnomalyMap> ExpertTails(PatientScan scan, CancellationToken cancellation = default) =>
    [
        .. Experts.Select((expert, e) =>
        {
            float[] scores = expert.Map(scan, null, cancellation).Voxels;
            var tail = _ensemble.Tails[e];
            InBody(scan, cancellation, i => scores[i] = _ensemble.Options.Counted(e, tail.At(scores[i])));
            return Calibrated(scan, scores);
        }),
    ];

    private static AnomalyMap Calibrated(PatientScan scan, float[] scores)
    {
        OutsideOfBody.FillWithLeast(scores, scan.Body);
        return new AnomalyMap(scan.Ct.Grid, scores) { IsCalibrated = true };
    }

    private static void InBody(PatientScan scan, CancellationToken cancellation, Action<int> act)
    {
        int slice = scan.Ct.Shape.Height * scan.Ct.Shape.Width;
        var options = new ParallelOptions { MaxDegreeOfParallelism = scan.Compute.ThreadCount, CancellationToken = cancellation };
        Parallel.For(0, scan.Ct.Shape.Depth, options, d =>
        {
            for (int i = d * slice; i < (d + 1) * slice; i++)
            {
                if (scan.Body.Voxels[i] != 0)
                    act(i);
            }
        });
    }
}
