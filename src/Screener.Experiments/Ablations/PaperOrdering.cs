using Screener.Evaluation;
using static System.FormattableString;

namespace Screener.Ablations;

/// <summary>Whether something that the paper found is so here.</summary>
public enum OrderingVerdict
{
    /// <summary>The intervals say that it is.</summary>
    Holds,

    /// <summary>An interval says that it is not.</summary>
    DoesNotHold,

    /// <summary>The intervals allow both.</summary>
    Undecided,
}

/// <summary>One of the paper's findings about conditions (arXiv 2502.08321, table 3), checked on one cohort or the mean of all.</summary>
/// <param name="Claim">What the paper found.</param>
/// <param name="Descriptor">The descriptor.</param>
/// <param name="Cohort">The cohort; null for the mean of all cohorts.</param>
/// <param name="Verdict">Whether it is so here.</param>
/// <param name="Evidence">The difference of AUROC over the body that says so; empty for a chain, whose steps are findings of their
/// own.</param>
public sealed record PaperOrdering(string Claim, string Descriptor, string? Cohort, OrderingVerdict Verdict, string Evidence)
{
    /// <summary>
    /// Differences of AUROC within this "hardly matter": the largest between conditions with the flow in the paper's table 3 is 0.02,
    /// rounding aside.
    /// </summary>
    public const double Margin = 0.03;

    // As the paper names them.
    private static readonly string[] Order = ["none", "sin-cos", "ape", "masking-invariant"];

    /// <summary>The verdict in words.</summary>
    public string Words => Verdict switch
    {
        OrderingVerdict.Holds => "holds",
        OrderingVerdict.DoesNotHold => "does not hold",
        _ => "undecided",
    };

    /// <summary>Checks the findings for which there are results.</summary>
    internal static IReadOnlyList<PaperOrdering> Of(IReadOnlyList<AblationResult> results, IReadOnlyList<AblationComparison> comparisons)
    {
        var checks = new List<PaperOrdering>();
        foreach (var group in comparisons.Where(
            c => c.Factor == AblationFactor.Condition && c.Scope == EvaluationScope.Body && c.Difference.Auroc is not null).GroupBy(
                c => (c.Descriptor, c.Cohort)))
        {
            // The first condition and density of each kind stand for it.
            var conditions = Order.Select(
                name => results.FirstOrDefault(
                    r => r.Condition?.PaperName == name && r.Cell.Descriptor == group.Key.Descriptor)?.Cell.Condition)
                .OfType<string>().ToList();
            foreach (string family in (string[])["gaussian", "flow"])
            {
                if (results.FirstOrDefault(
                    r => r.Density?.PaperName == family && r.Cell.Descriptor == group.Key.Descriptor)?.Cell.Density is not { } density)
                    continue;
                var found = group.Where(
                    c => c.Density == density && conditions.Contains(c.First) && conditions.Contains(c.Second)).ToList();
                checks.AddRange(
                    family == "gaussian"
                        ? Gaussian(found, conditions, density, group.Key.Descriptor!, group.Key.Cohort)
                        : Flow(found, density, group.Key.Descriptor!, group.Key.Cohort));
            }
        }

        return checks;
    }

    private static IEnumerable<PaperOrdering> Gaussian(
        List<AblationComparison> found, List<string> conditions, string density, string descriptor, string? cohort)
    {
        var steps = new List<PaperOrdering>();
        for (int i = 1; i < conditions.Count; i++)
        {
            if (found.FirstOrDefault(c => c.First == conditions[i] && c.Second == conditions[i - 1]) is { } step)
                steps.Add(new PaperOrdering($"{step.Second} < {step.First} with {density}", descriptor, cohort, Above(step), Show(step)));
        }

        if (steps.Count > 1)
        {
            var verdict = steps.Any(s => s.Verdict == OrderingVerdict.DoesNotHold) ? OrderingVerdict.DoesNotHold
                : steps.All(s => s.Verdict == OrderingVerdict.Holds) ? OrderingVerdict.Holds : OrderingVerdict.Undecided;
            yield return new PaperOrdering($"{string.Join(" < ", conditions)} with {density}", descriptor, cohort, verdict, "");
        }

        foreach (var step in steps)
            yield return step;
        if (conditions.Count > 2 && found.FirstOrDefault(c => c.First == conditions[^1] && c.Second == conditions[0]) is { } ends)
            yield return new PaperOrdering($"{ends.Second} < {ends.First} with {density}", descriptor, cohort, Above(ends), Show(ends));
    }

    private static IEnumerable<PaperOrdering> Flow(List<AblationComparison> found, string density, string descriptor, string? cohort)
    {
        if (found.Count == 0)
            yield break;
        var verdict = found.All(c => c.Difference.Auroc!.Interval is { } i && i.Lower > -Margin && i.Upper < Margin) ? OrderingVerdict.Holds
            : found.Any(Beyond) ? OrderingVerdict.DoesNotHold : OrderingVerdict.Undecided;

        // The one that decides, where one does.
        var largest = found.OrderByDescending(Beyond).ThenByDescending(c => Math.Abs(c.Difference.Auroc!.Value)).First();
        yield return new PaperOrdering(
            Invariant($"the condition hardly matters with {density} (within ±{Margin})"), descriptor, cohort, verdict,
            $"largest: {Show(largest)}");
    }

    private static bool Beyond(AblationComparison c) => c.Difference.Auroc!.Interval is { } i && (i.Lower > Margin || i.Upper < -Margin);

    private static OrderingVerdict Above(AblationComparison c) => c.Verdict switch
    {
        1 => OrderingVerdict.Holds,
        -1 => OrderingVerdict.DoesNotHold,
        _ => OrderingVerdict.Undecided,
    };

    private static string Show(AblationComparison c) => c.Difference.Auroc switch
    {
        { Interval: { } i } d => Invariant(
            $"{c.First} - {c.Second} = {d.Value:+0.000;-0.000} [{i.Lower:+0.000;-0.000}, {i.Upper:+0.000;-0.000}]"),
        { } d => Invariant($"{c.First} - {c.Second} = {d.Value:+0.000;-0.000}"),
        _ => "–",
    };
}
