using System.Numerics;
using Screener.Randomness;

namespace Screener.Evaluation;

/// <summary>The bootstrap over cases: draws as many cases as there are, with replacement, and pools their voxels anew.</summary>
/// <remarks>
/// Cases are drawn, not voxels: neighbouring voxels, and voxels of one patient, are far from independent. The point
/// estimate is exact; replicates are computed between the thresholds of <see cref="CaseHistograms"/>.
/// </remarks>
internal static class CaseBootstrap
{
    /// <summary>Replicates that share one pass over the rows.</summary>
    private const int Block = 8;

    /// <summary>The metrics of <paramref name="replicates"/> replicates. The same stream and number of cases give the same draws.</summary>
    internal static CurveAreas[] Replicates(
        CaseHistograms histograms, int replicates, RandomStream random, int threads, CancellationToken cancellation)
    {
        var result = new CurveAreas[replicates];
        int cases = histograms.CaseIds.Count, length = 3 * histograms.Bins;
        int blocks = (replicates + Block - 1) / Block;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(0, blocks, parallel, block =>
        {
            int first = block * Block, count = Math.Min(Block, replicates - first);
            var draws = new int[count * cases];
            for (int r = 0; r < count; r++)
            {
                var stream = random.Fork((ulong)(first + r));
                for (int i = 0; i < cases; i++)
                    draws[(r * cases) + stream.NextInt(cases)]++;
            }

            var sums = new float[count * length];
            for (int i = 0; i < cases; i++)
            {
                float[] row = histograms.Row(i);
                for (int r = 0; r < count; r++)
                {
                    int times = draws[(r * cases) + i];
                    if (times > 0)
                        AddScaled(row, times, sums.AsSpan(r * length, length));
                }
            }

            for (int r = 0; r < count; r++)
                result[first + r] = histograms.Metrics(sums.AsSpan(r * length, length));
        });
        return result;
    }

    /// <summary>The percentile interval of the defined values; null if there are fewer than two.</summary>
    internal static Interval? Percentiles(ReadOnlySpan<double> values, double confidence)
    {
        var defined = new double[values.Length];
        int count = 0;
        foreach (double value in values)
        {
            if (!double.IsNaN(value))
                defined[count++] = value;
        }

        if (count < 2)
            return null;
        var sorted = defined.AsSpan(0, count);
        sorted.Sort();
        return new Interval(Quantile(sorted, (1 - confidence) / 2), Quantile(sorted, (1 + confidence) / 2), count);
    }

    /// <summary>Linear interpolation between order statistics, as numpy does by default.</summary>
    private static double Quantile(ReadOnlySpan<double> sorted, double q)
    {
        double position = q * (sorted.Length - 1);
        int below = (int)position;
        double part = position - below;
        return below + 1 < sorted.Length ? sorted[below] + (part * (sorted[below + 1] - sorted[below])) : sorted[below];
    }

    private static void AddScaled(ReadOnlySpan<float> row, float times, Span<float> sum)
    {
        int i = 0;
        var scale = new Vector<float>(times);
        for (; i <= row.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(row[i..]) * scale + new Vector<float>(sum[i..])).CopyTo(sum[i..]);
        for (; i < row.Length; i++)
            sum[i] += row[i] * times;
    }
}
