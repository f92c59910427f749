namespace Screener.Evaluation;

/// <summary>
/// For every case, how many negatives, positives and how much of its regions lie between each two of some thresholds of the
/// pooled curve: all that a bootstrap over cases needs.
/// </summary>
/// <remarks>Takes 12 bytes x thresholds per case. Thresholds follow the pooled curve, so they are dense where it bends.</remarks>
public sealed class CaseHistograms
{
    // One row per case: negatives, positives and region weight by bin, so that a replicate is a weighted sum of rows.
    private readonly float[][] _rows;

    internal CaseHistograms(IReadOnlyList<string> caseIds, float[][] rows, int bins, double fprLimit)
    {
        CaseIds = caseIds;
        _rows = rows;
        Bins = bins;
        FprLimit = fprLimit;
    }

    /// <summary>The cases, in the order of the rows.</summary>
    public IReadOnlyList<string> CaseIds { get; }

    internal int Bins { get; }

    internal double FprLimit { get; }

    internal float[] Row(int caseIndex) => _rows[caseIndex];

    /// <summary>The metrics of the sum of rows <paramref name="sum"/>; NaN where a class is empty.</summary>
    internal CurveAreas Metrics(ReadOnlySpan<float> sum)
    {
        var negatives = sum[..Bins];
        var positives = sum.Slice(Bins, Bins);
        var weights = sum.Slice(2 * Bins, Bins);
        double allNegatives = 0, allPositives = 0, allWeight = 0;
        for (int i = 0; i < negatives.Length; i++)
        {
            allNegatives += negatives[i];
            allPositives += positives[i];
            allWeight += weights[i];
        }

        if (allNegatives == 0 || allPositives == 0)
            return new(double.NaN, double.NaN, double.NaN);
        double limit = FprLimit * allNegatives, fp = 0, tp = 0, found = 0, roc = 0, rocAtLimit = 0, proAtLimit = 0;
        for (int i = 0; i < negatives.Length; i++)
        {
            double n = negatives[i], p = positives[i], w = weights[i];
            roc += n * (tp + (p / 2));
            if (fp < limit && n > 0)
            {
                double width = Math.Min(n, limit - fp), part = width / n / 2;
                rocAtLimit += width * (tp + (part * p));
                proAtLimit += width * (found + (part * w));
            }

            fp += n;
            tp += p;
            found += w;
        }

        return new(roc / (allNegatives * allPositives), rocAtLimit / (limit * allPositives), proAtLimit / (limit * allWeight));
    }
}
