using Screener.Randomness;

namespace Screener.Evaluation;

/// <summary>Turns counted scores into the result of an evaluation.</summary>
/// <param name="options">What to compute.</param>
/// <param name="random">Draws the replicates.</param>
/// <param name="negatives">The background of all cases.</param>
/// <param name="positives">Their lesions.</param>
/// <param name="cases">Each case alone.</param>
internal sealed class PooledMetrics(
    EvaluationOptions options, RandomStream random, ScoreCounts negatives, ScoreCounts positives, IReadOnlyList<CountedCase> cases)
{
    internal EvaluationResult Compute(CancellationToken cancellation)
    {
        List<CurveVertex>? curve = null;
        Metric auroc, aurocAtLimit, auproAtLimit;
        double bound = 0;
        if (Reason(negatives, positives) is { } reason)
        {
            auroc = aurocAtLimit = auproAtLimit = new Metric(null, reason);
        }
        else
        {
            var thinner = new CurveThinner(options.IntervalBins);
            var areas = CurveIntegral.Areas(negatives, positives, options.FprLimit, thinner);
            curve = thinner.Points;
            if (!negatives.IsExact || !positives.IsExact)
                (areas, bound) = Middle();
            (auroc, aurocAtLimit, auproAtLimit) = (new(areas.Auroc), new(areas.AurocAtLimit), new(areas.AuproAtLimit));
        }

        var histograms = curve is null || options.BootstrapReplicates == 0 ? null : Histograms(curve);
        if (histograms is not null && cases.Count > 1)
        {
            var replicates = CaseBootstrap.Replicates(
                histograms, options.BootstrapReplicates, random.Fork("bootstrap"), options.ThreadCount, cancellation);
            auroc = auroc with { Interval = Percentiles(replicates, m => m.Auroc) };
            aurocAtLimit = aurocAtLimit with { Interval = Percentiles(replicates, m => m.AurocAtLimit) };
            auproAtLimit = auproAtLimit with { Interval = Percentiles(replicates, m => m.AuproAtLimit) };
        }

        var plotted = curve is null ? null : CurveThinner.Thin(curve, options.CurvePoints);
        return new EvaluationResult
        {
            Auroc = auroc,
            AurocAtLimit = aurocAtLimit,
            AuproAtLimit = auproAtLimit,
            FprLimit = options.FprLimit,
            Connectivity = options.Connectivity,
            Confidence = options.Confidence,
            Cases = cases.Count,
            CasesWithLesion = cases.Count(c => c.Metrics.Regions > 0),
            Regions = cases.Sum(c => (long)c.Metrics.Regions),
            PositiveVoxels = (long)positives.Voxels,
            NegativeVoxels = (long)negatives.Voxels,
            AreaBound = bound,
            Sampled = options.SamplesPerCase == 0 ? null : Sampled(),
            PerCase = [.. cases.Select(c => c.Metrics)],
            Roc = plotted is null ? null : RocCurve.From(plotted),
            Pro = plotted is null ? null : ProCurve.From(plotted),
            Histograms = histograms,
        };
    }

    /// <summary>Why there is no curve; null if there is one.</summary>
    internal static Undefined? Reason(ScoreCounts negatives, ScoreCounts positives) =>
        negatives.Voxels + positives.Voxels == 0 ? Undefined.NoVoxels
        : positives.Voxels == 0 ? Undefined.NoLesion
        : negatives.Voxels == 0 ? Undefined.NoBackground
        : null;

    /// <summary>The weight of one voxel of each region; 0 for one that is nowhere in the region of evaluation.</summary>
    internal static ulong[] Weights(IEnumerable<ulong> sizes) =>
        [.. sizes.Select(size => size == 0 ? 0 : (1UL << CurveIntegral.RegionWeightBits) / size)];

    /// <summary>The middle between the most and the least that the areas can be, and how far they are from it.</summary>
    private (CurveAreas Areas, double Bound) Middle()
    {
        var most = CurveIntegral.Areas(negatives, positives.AtFirstKeys(), options.FprLimit);
        var least = CurveIntegral.Areas(negatives.AtFirstKeys(), positives, options.FprLimit);
        double bound = Math.Max(
            most.Auroc - least.Auroc, Math.Max(most.AurocAtLimit - least.AurocAtLimit, most.AuproAtLimit - least.AuproAtLimit)) / 2;
        return (
            new((most.Auroc + least.Auroc) / 2, (most.AurocAtLimit + least.AurocAtLimit) / 2, (most.AuproAtLimit + least.AuproAtLimit) / 2),
            bound);
    }

    private Interval? Percentiles(CurveAreas[] replicates, Func<CurveAreas, double> metric)
    {
        var values = new double[replicates.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = metric(replicates[i]);
        return CaseBootstrap.Percentiles(values, options.Confidence);
    }

    private CaseHistograms Histograms(List<CurveVertex> curve)
    {
        uint[] thresholds = [.. curve.Skip(1).Select(v => v.Key)];
        int bins = thresholds.Length;
        var rows = new float[cases.Count][];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = new float[3 * bins];
            Span<float> weights = rows[i].AsSpan(2 * bins);
            cases[i].Negatives.AddTo(thresholds, rows[i].AsSpan(0, bins), weights);
            cases[i].Positives.AddTo(thresholds, rows[i].AsSpan(bins, bins), weights);
        }

        return new CaseHistograms([.. cases.Select(c => c.Metrics.CaseId)], rows, bins, options.FprLimit);
    }

    private SampledMetrics Sampled()
    {
        // Regions get numbers of their own across cases; a region's weight is shared by its drawn voxels.
        uint[] drawn = [.. cases.SelectMany(c => c.NegativeSample)];
        var lesions = new ulong[cases.Sum(c => c.PositiveSample.Length)];
        var sizes = new List<ulong>();
        int next = 0;
        foreach (var c in cases)
        {
            var numberOf = new Dictionary<uint, uint>();
            foreach (ulong item in c.PositiveSample)
            {
                uint region = (uint)item;
                if (!numberOf.TryGetValue(region, out uint number))
                {
                    numberOf[region] = number = (uint)sizes.Count;
                    sizes.Add(0);
                }

                sizes[(int)number]++;
                lesions[next++] = (item & 0xFFFFFFFF00000000) | number;
            }
        }

        RadixSort.Sort(drawn, new uint[drawn.Length]);
        RadixSort.SortByHighHalf(lesions, new ulong[lesions.Length]);
        ScoreCounts below = ScoreCounts.Of(drawn), above = ScoreCounts.Of(lesions, Weights(sizes));
        if (Reason(below, above) is { } reason)
        {
            var none = new Metric(null, reason);
            return new SampledMetrics(options.SamplesPerCase, lesions.Length, drawn.Length, none, none, none);
        }

        var areas = CurveIntegral.Areas(below, above, options.FprLimit);
        return new SampledMetrics(
            options.SamplesPerCase, lesions.Length, drawn.Length, new(areas.Auroc), new(areas.AurocAtLimit), new(areas.AuproAtLimit));
    }
}
