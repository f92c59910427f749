using Screener.Ablations;
using Screener.Reporting;
using Screener.Runtime;

namespace Screener.Interactive.Progress;

/// <summary>Where a grid of ablations stands, as a notebook shows it: a bar, and the results so far as a chart for each cohort.</summary>
/// <param name="Progress">The bar.</param>
/// <param name="Rows">The results so far, <see cref="Of"/>; rows without a number are still to come.</param>
public sealed record AblationView(ProgressView Progress, IReadOnlyList<ResultRow> Rows)
{
    /// <summary>How to read the rows.</summary>
    internal const string Note = "Mean of the seeds so far; the line goes from the lowest to the highest seed.";

    /// <summary>Means over the seeds with the lowest and the highest in place of an interval, cohort by cohort.</summary>
    /// <param name="results">The results, in any order.</param>
    /// <param name="cells">The cells in the order of the rows, with or without results; null for those that have results.</param>
    public static IReadOnlyList<ResultRow> Of(IReadOnlyList<AblationResult> results, IEnumerable<AblationCell>? cells = null)
    {
        ArgumentNullException.ThrowIfNull(results);
        List<AblationCell> all = [.. cells ?? results.Select(r => r.Cell)];
        bool several = all.Where(c => !c.IsBaseline).Select(c => c.Descriptor).Distinct().Skip(1).Any();
        var methods = all.DistinctBy(c => c.Row).ToList();
        return
        [
            .. results.SelectMany(r => r.Scores.Select(s => s.Cohort)).Distinct().SelectMany(cohort => methods.Select(method =>
            {
                var scores = results.Where(r => r.Cell.Row == method.Row).Select(r => r.Score(cohort)).ToList();
                var organ = scores.Select(s => s.Organ).OfType<Evaluation.EvaluationResult>().ToList();
                string name = method.IsBaseline
                    ? method.Row
                    : $"{(several ? method.Descriptor + ", " : "")}{method.Condition} + {method.Density}";
                return new ResultRow(cohort, name, Mean([.. scores.Select(s => s.Body)]), organ.Count == 0 ? null : Mean(organ), null);
            })),
        ];
    }

    private static QualityScores Mean(IReadOnlyList<Evaluation.EvaluationResult> seeds)
    {
        return new(Over(s => s.Auroc), Over(s => s.AurocAtLimit), Over(s => s.AuproAtLimit));

        Estimate Over(Func<Evaluation.EvaluationResult, Evaluation.Metric> metric)
        {
            double[] values = [.. seeds.Select(s => metric(s).Value ?? double.NaN)];
            return values.Length == 0
                ? new(double.NaN)
                : values.Length == 1 ? new(values[0]) : new(values.Average(), values.Min(), values.Max());
        }
    }
}
