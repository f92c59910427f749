using Screener.Errors;
using Screener.Randomness;

namespace Screener.Evaluation;

/// <summary>The difference of one metric between two methods on the same cases.</summary>
/// <param name="Value">First minus second, exact.</param>
/// <param name="Interval">Percentile interval of the difference; null if fewer than two replicates were defined.</param>
/// <param name="FractionAbove">Fraction of the defined replicates in which the first method is better, equal ones counted half; null if none was defined.</param>
public sealed record MetricDifference(double Value, Interval? Interval, double? FractionAbove);

/// <summary>The differences between two methods on the same cases; null where a metric is undefined.</summary>
/// <param name="Auroc">Difference of AUROC.</param>
/// <param name="AurocAtLimit">Difference of AUROC up to the limit.</param>
/// <param name="AuproAtLimit">Difference of AUPRO up to the limit.</param>
public sealed record PairedDifference(MetricDifference? Auroc, MetricDifference? AurocAtLimit, MetricDifference? AuproAtLimit);

/// <summary>Compares two methods that were evaluated on the same cases: each replicate draws the same cases for both, so what makes a case hard for both cancels.</summary>
public static class PairedBootstrap
{
    /// <summary>The differences first minus second, with intervals.</summary>
    /// <param name="first">Result of one method; must hold its <see cref="EvaluationResult.Histograms"/>.</param>
    /// <param name="second">Result of the other, on the same cases and with the same limit.</param>
    /// <param name="options">Replicates, coverage and threads.</param>
    /// <param name="random">Where the draws come from.</param>
    /// <param name="cancellation">Stops the bootstrap.</param>
    /// <exception cref="OptionException">The results are not of the same cases and limit, or hold no histograms.</exception>
    public static PairedDifference Compare(
        EvaluationResult first, EvaluationResult second, EvaluationOptions options, RandomStream random, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(random);
        options.Validate();
        if (first.Auroc.Value is null && second.Auroc.Value is null)
            return new PairedDifference(null, null, null);
        if (first.Histograms is not { } a || second.Histograms is not { } b)
            throw new OptionException(nameof(EvaluationResult.Histograms), "a result without them", "results of this run, evaluated with BootstrapReplicates > 0", "Evaluate both methods again.");
        if (first.FprLimit != second.FprLimit || !a.CaseIds.SequenceEqual(b.CaseIds, StringComparer.Ordinal))
            throw new OptionException("second", $"{b.CaseIds.Count} cases up to FPR {second.FprLimit}", $"the same cases as the first: {a.CaseIds.Count} cases up to FPR {first.FprLimit}", "Evaluate both methods on the same cases.");

        var one = CaseBootstrap.Replicates(a, options.BootstrapReplicates, random, options.ThreadCount, cancellation);
        var two = CaseBootstrap.Replicates(b, options.BootstrapReplicates, random, options.ThreadCount, cancellation);
        return new PairedDifference(
            Difference(first.Auroc, second.Auroc, m => m.Auroc),
            Difference(first.AurocAtLimit, second.AurocAtLimit, m => m.AurocAtLimit),
            Difference(first.AuproAtLimit, second.AuproAtLimit, m => m.AuproAtLimit));

        MetricDifference? Difference(Metric x, Metric y, Func<BootstrapMetrics, double> metric)
        {
            if (x.Value is not { } xValue || y.Value is not { } yValue)
                return null;
            var differences = new double[one.Length];
            double above = 0, defined = 0;
            for (int i = 0; i < differences.Length; i++)
            {
                differences[i] = metric(one[i]) - metric(two[i]);
                above += differences[i] > 0 ? 1 : differences[i] == 0 ? 0.5 : 0;
                defined += double.IsNaN(differences[i]) ? 0 : 1;
            }

            var interval = a.CaseIds.Count < 2 ? null : CaseBootstrap.Percentiles(differences, options.Confidence);
            return new MetricDifference(xValue - yValue, interval, defined > 0 ? above / defined : null);
        }
    }
}
