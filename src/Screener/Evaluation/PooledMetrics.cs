using Screener.Randomness;

namespace Screener.Evaluation;

/// <summary>Turns the sorted scores of all cases into the result of an evaluation.</summary>
internal sealed class PooledMetrics(EvaluationOptions options, RandomStream random, ScoreRunSpool spool, List<CaseTotals> cases)
{
    internal EvaluationResult Compute(CancellationToken cancellation)
    {
        ulong negatives = 0, positives = 0;
        UInt128 weight = 0;
        long regions = 0;
        int withLesion = 0;
        foreach (var c in cases)
        {
            negatives += c.Negatives;
            positives += c.Positives;
            weight += c.Weight;
            regions += c.Regions;
            withLesion += c.Regions > 0 ? 1 : 0;
        }

        List<CurveVertex>? curve = null;
        Metric auroc, aurocAtLimit, auproAtLimit;
        if (Reason(negatives, positives) is { } reason)
        {
            auroc = aurocAtLimit = auproAtLimit = new Metric(null, reason);
        }
        else
        {
            var thinner = new CurveThinner(options.IntervalBins);
            var integral = new CurveIntegral(negatives, positives, weight, options.FprLimit, thinner);
            ScoreRunMerge.Walk(spool.Open(spool.Runs), integral, cancellation);
            var areas = integral.Finish();
            curve = thinner.Points;
            (auroc, aurocAtLimit, auproAtLimit) = (new(areas.Auroc), new(areas.AurocAtLimit), new(areas.AuproAtLimit));
        }

        var (perCase, histograms) = EachCase(curve, cancellation);
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
            CasesWithLesion = withLesion,
            Regions = regions,
            PositiveVoxels = (long)positives,
            NegativeVoxels = (long)negatives,
            Sampled = options.SamplesPerCase == 0 ? null : Sampled(),
            PerCase = perCase,
            Roc = plotted is null ? null : RocCurve.From(plotted),
            Pro = plotted is null ? null : ProCurve.From(plotted),
            Histograms = histograms,
        };
    }

    private static Undefined? Reason(ulong negatives, ulong positives) =>
        negatives + positives == 0 ? Undefined.NoVoxels
        : positives == 0 ? Undefined.NoLesion
        : negatives == 0 ? Undefined.NoBackground
        : null;

    private Interval? Percentiles(BootstrapMetrics[] replicates, Func<BootstrapMetrics, double> metric)
    {
        var values = new double[replicates.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = metric(replicates[i]);
        return CaseBootstrap.Percentiles(values, options.Confidence);
    }

    private (CaseMetrics[] Metrics, CaseHistograms? Histograms) EachCase(List<CurveVertex>? curve, CancellationToken cancellation)
    {
        var runsOf = new List<ScoreRun>[cases.Count];
        for (int i = 0; i < runsOf.Length; i++)
            runsOf[i] = [];
        foreach (var run in spool.Runs)
            runsOf[run.Case].Add(run);

        var thresholds = curve is null || options.BootstrapReplicates == 0 ? null : new uint[curve.Count - 1];
        for (int i = 0; thresholds is not null && i < thresholds.Length; i++)
            thresholds[i] = curve![i + 1].Key;
        var metrics = new CaseMetrics[cases.Count];
        var rows = new float[cases.Count][];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.ThreadCount, CancellationToken = cancellation };
        Parallel.For(0, cases.Count, parallel, i =>
        {
            var c = cases[i];
            var runs = runsOf[c.Index];
            if (thresholds is not null)
                rows[i] = Histogram(runs, thresholds);
            var reason = Reason(c.Negatives, c.Positives);
            double? auroc = null, aurocAtLimit = null, auproAtLimit = null;
            if (reason is null)
            {
                var integral = new CurveIntegral(c.Negatives, c.Positives, c.Weight, options.FprLimit);
                ScoreRunMerge.Walk(spool.Open(runs), integral, cancellation);
                (auroc, aurocAtLimit, auproAtLimit) = integral.Finish();
            }

            metrics[i] = new CaseMetrics(c.Id, (long)c.Positives, (long)c.Negatives, c.Regions, auroc, aurocAtLimit, auproAtLimit, reason);
        });
        if (thresholds is null)
            return (metrics, null);
        var ids = new string[cases.Count];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = cases[i].Id;
        return (metrics, new CaseHistograms(ids, rows, thresholds.Length, options.FprLimit));
    }

    /// <summary>Bin j holds the keys above threshold j - 1 and up to threshold j; the last threshold is the last key of all.</summary>
    private float[] Histogram(List<ScoreRun> runs, uint[] thresholds)
    {
        int bins = thresholds.Length;
        var row = new float[3 * bins];
        foreach (var reader in spool.Open(runs))
        {
            var counts = row.AsSpan(reader.Positive ? bins : 0, bins);
            for (int bin = 0; bin < bins; bin++)
            {
                var (count, weight) = reader.Sum(thresholds[bin]);
                counts[bin] += count;
                row[(2 * bins) + bin] += (float)Math.ScaleB((double)weight, -CurveIntegral.RegionWeightBits);
            }
        }

        return row;
    }

    private SampledMetrics Sampled()
    {
        int negativeCount = 0, positiveCount = 0;
        foreach (var c in cases)
        {
            negativeCount += c.NegativeSample.Length;
            positiveCount += c.PositiveSample.Length;
        }

        if (Reason((ulong)negativeCount, (ulong)positiveCount) is { } reason)
        {
            var none = new Metric(null, reason);
            return new SampledMetrics(options.SamplesPerCase, positiveCount, negativeCount, none, none, none);
        }

        // Regions get numbers of their own across cases; a region's weight is shared by its drawn voxels.
        var negatives = new uint[negativeCount];
        var positives = new ulong[positiveCount];
        var sizes = new List<ulong>();
        int n = 0, p = 0;
        foreach (var c in cases)
        {
            c.NegativeSample.CopyTo(negatives, n);
            n += c.NegativeSample.Length;
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
                positives[p++] = (item & 0xFFFFFFFF00000000) | number;
            }
        }

        var weights = new ulong[sizes.Count];
        UInt128 weight = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = (1UL << CurveIntegral.RegionWeightBits) / sizes[i];
            weight += (UInt128)weights[i] * sizes[i];
        }

        RadixSort.Sort(negatives, new uint[negatives.Length]);
        RadixSort.SortByHighHalf(positives, new ulong[positives.Length]);
        var integral = new CurveIntegral((ulong)negativeCount, (ulong)positiveCount, weight, options.FprLimit);
        SortedWalk.Walk(negatives, positives, weights, integral);
        var areas = integral.Finish();
        return new SampledMetrics(
            options.SamplesPerCase, positiveCount, negativeCount, new(areas.Auroc), new(areas.AurocAtLimit), new(areas.AuproAtLimit));
    }
}
