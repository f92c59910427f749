using Screener.Imaging;

namespace Screener.Inference;

/// <summary>
/// Several experts as one map in a unit that means the same in every picture: -log10 of the part of the voxels of the calibration's patients that score
/// as high or higher. 3 is one voxel in a thousand.
/// </summary>
public sealed class EnsembleMethod : AnomalyMethod
{
    /// <summary>The name.</summary>
    public const string MethodName = "ensemble";

    private readonly Ensemble _ensemble;

    internal EnsembleMethod(Ensemble ensemble, IReadOnlyList<AnomalyMethod> experts) => (_ensemble, Experts) = (ensemble, experts);

    /// <inheritdoc/>
    public override string Name => MethodName;

    /// <summary>Lesion network, HU + position, density.</summary>
    public IReadOnlyList<AnomalyMethod> Experts { get; }

    /// <inheritdoc/>
    public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var sum = Sum(scan, progress, cancellation);
        Parallel.For(0, sum.Shape.Depth, Threads(scan, cancellation), d =>
        {
            var slice = sum.Voxels.AsSpan(d * sum.Shape.Height * sum.Shape.Width, sum.Shape.Height * sum.Shape.Width);
            foreach (ref float score in slice)
                score = _ensemble.Together.At(score);
        });
        return new AnomalyMap(sum.Grid, sum.Voxels) { IsCalibrated = true };
    }

    /// <summary>The weighted sum of the experts' -log10 tails.</summary>
    internal AnomalyMap Sum(PatientScan scan, IProgress<double>? progress, CancellationToken cancellation)
    {
        var sum = new float[scan.Ct.Voxels.Length];
        double[] weights = [_ensemble.Options.Lesions, _ensemble.Options.HuAndPosition, _ensemble.Options.Density];
        for (int e = 0; e < Experts.Count; e++)
        {
            int expert = e;
            if (weights[e] == 0)
                continue;
            var map = Experts[e].Map(scan, progress is null ? null : new Part(progress, e, Experts.Count), cancellation);
            Parallel.For(0, map.Shape.Depth, Threads(scan, cancellation), d =>
            {
                int first = d * map.Shape.Height * map.Shape.Width;
                for (int i = first; i < first + (map.Shape.Height * map.Shape.Width); i++)
                    sum[i] += (float)weights[expert] * _ensemble.Tails[expert].At(map.Voxels[i]);
            });
        }

        return new AnomalyMap(scan.Ct.Grid, sum);
    }

    private static ParallelOptions Threads(PatientScan scan, CancellationToken cancellation) =>
        new() { MaxDegreeOfParallelism = scan.Compute.ThreadCount, CancellationToken = cancellation };

    private sealed class Part(IProgress<double> whole, int part, int parts) : IProgress<double>
    {
        public void Report(double value) => whole.Report((part + value) / parts);
    }
}
