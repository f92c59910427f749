using Screener.Ablations;
using Screener.Evaluation;
using Screener.Training;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>Turns a grid of ablations into a report.</summary>
public static class AblationReport
{
    /// <summary>The whole report.</summary>
    /// <param name="summary">What the grid says.</param>
    /// <param name="results">Its cells, for what they took.</param>
    public static ReportModel Of(AblationSummary summary, IReadOnlyList<AblationResult> results)
    {
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentNullException.ThrowIfNull(results);
        var sections = new List<ReportSection>();
        if (summary.Orderings.Count > 0)
            sections.Add(Orderings(summary));
        sections.Add(Averages(summary));
        sections.Add(Sentences(summary));
        sections.AddRange(PaperTables(summary));
        sections.Add(Comparisons(summary));
        sections.AddRange(Circumstances(summary, results));
        return new ReportModel(
            $"Ablation: {summary.Grid.Name}",
            Invariant($"{results.Count} cells: {Count(results, r => r.Cell.Descriptor, "descriptor")}, {Count(results, r => r.Cell.Condition, "condition")}, {Count(results, r => r.Cell.Density, "density", "densities")}, {Count(results, r => $"{r.Cell.NetworkSeed} {r.Cell.DensitySeed}", "seed")}, on {string.Join(", ", summary.Averages.Select(a => a.Cohort).Distinct())}. {OrderingsInShort(summary)}"),
            sections);
    }

    /// <summary>The paper's findings, each with a verdict.</summary>
    public static TableSection Orderings(AblationSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        return new TableSection(
            "Do the paper's orderings hold here?",
            ["Finding", "Here", "Cohort", "Descriptor", "Differences of AUROC over the body"],
            [.. summary.Orderings.OrderBy(o => o.Cohort is null ? 0 : 1).Select(o => (IReadOnlyList<string>)[o.Claim, o.Words, o.Cohort ?? "mean of the cohorts", o.Descriptor, o.Evidence])],
            Invariant($"Holds or does not hold where an interval says so, undecided where it allows both. Intervals are of the choice of patients, {Seeds(summary)} averaged; other seeds of the networks may give other differences."));
    }

    /// <summary>Every combination on every cohort, beside the paper's number for it where there is one.</summary>
    public static ResultsSection Averages(AblationSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        return new ResultsSection(
            "Results",
            [.. summary.Averages.Where(a => a.Scope == EvaluationScope.Body).Select(a => new ResultRow(a.Cohort, Name(a), Scores(a), OrganOf(summary, a) is { } organ ? Scores(organ) : null, Paper(a)))],
            $"Mean of {Seeds(summary)}, pooled over all voxels of all cases of a cohort; intervals by drawing cases anew, the same for all seeds. The paper's numbers are of its own data, networks and training: beside, not against.");
    }

    /// <summary>The comparisons of conditions and densities in words.</summary>
    public static TableSection Sentences(AblationSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        var shown = summary.Comparisons.Where(c => c.Scope == EvaluationScope.Body).ToList();
        return new TableSection(
            "What makes a difference",
            ["AUROC over the body"],
            [.. AblationComparison.Sentences(shown.Where(c => c.Cohort is null)).Concat(AblationComparison.Sentences(shown.Where(c => c.Cohort is not null))).Select(s => (IReadOnlyList<string>)[s])],
            "No difference means that the interval holds 0: these patients cannot tell the two apart, which does not make them equal.");
    }

    /// <summary>Tables 3 and 4 of the paper beside ours, a table for each cohort that stands for one of the paper's datasets.</summary>
    public static IReadOnlyList<TableSection> PaperTables(AblationSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        return [.. summary.Averages.Where(a => a.Scope == EvaluationScope.Body).GroupBy(a => a.Cohort).Where(g => Datasets.DatasetCatalogue.PaperRows(g.First().Dataset).Count > 0)
            .Select(g => CohortReport.PaperTable(g.First().Dataset, g.Select(a => (Name(a), a.Auroc.ToMetric(), a.AurocAtLimit.ToMetric(), a.AuproAtLimit.ToMetric()))))];
    }

    /// <summary>Every comparison with its numbers.</summary>
    public static TableSection Comparisons(AblationSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        return new TableSection(
            "All comparisons",
            ["First", "Second", "Both", "Cohort", "Counted", "AUROC", "Each seed", "AUROC, FPR ≤ 0.3", "AUPRO, FPR ≤ 0.3"],
            [.. summary.Comparisons.Select(c => (IReadOnlyList<string>)
                [c.First, c.Second, string.Join(", ", new[] { c.Descriptor, c.Condition, c.Density }.OfType<string>()), c.Cohort ?? "mean of the cohorts", c.Scope == EvaluationScope.Body ? "over the body" : "within the organ",
                 CohortReport.Show(c.Difference.Auroc), string.Join(" ", c.PerSeed.Select(d => Invariant($"{d:+0.000;-0.000}"))), CohortReport.Show(c.Difference.AurocAtLimit), CohortReport.Show(c.Difference.AuproAtLimit)])],
            "First minus second. Each replicate draws the same cases for both and for all seeds, and averages over seeds and cohorts as the difference does: the interval covers the choice of patients, not that of seeds. Intervals are not corrected for their number: of twenty comparisons without a difference, one is expected to show one.");
    }

    /// <summary>What it took, the seeds and the versions.</summary>
    public static IReadOnlyList<ReportSection> Circumstances(AblationSummary summary, IReadOnlyList<AblationResult> results)
    {
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentNullException.ThrowIfNull(results);
        if (results.Count == 0)
            return [];
        return
        [
            new TableSection(
                "What it took",
                ["Descriptor", "Density", "Cells", "Fitting, s a cell", "Evaluation, s a cell", "Together"],
                [.. results.GroupBy(r => (r.Cell.Descriptor, r.Cell.Density)).Select(g => (IReadOnlyList<string>)
                    [g.Key.Descriptor, g.Key.Density, Invariant($"{g.Count()}"), Invariant($"{g.Average(r => r.Cost.FitSeconds):0.0}"), Invariant($"{g.Average(r => r.Cost.EvaluationSeconds):0.0}"), Invariant($"{g.Sum(r => r.Cost.FitSeconds + r.Cost.EvaluationSeconds) / 60:0.0} min")])],
                "Wall time of cells that may run beside others; preparation, networks and features not included."),
            new FactsSection(
                "Seeds and versions",
                [
                    ("Networks' seeds", string.Join(", ", summary.Grid.NetworkSeeds)),
                    ("Densities' seeds", string.Join(", ", summary.Grid.DensitySeeds)),
                    ("Seed of windows and bootstrap", Invariant($"{summary.Grid.Seed}")),
                    ("Bootstrap replicates", Invariant($"{summary.Grid.Evaluation.BootstrapReplicates}")),
                    ("Peak memory", Invariant($"{results.Max(r => r.Cost.PeakMemoryBytes) / 1e9:0.0} GB")),
                    .. results[0].Libraries.Select(l => (l.Key, l.Value)),
                ]),
        ];
    }

    private static string OrderingsInShort(AblationSummary summary)
    {
        var overall = summary.Orderings.Where(o => o.Cohort is null || summary.Orderings.All(x => x.Cohort is not null)).ToList();
        return overall.Count == 0 ? "" : $"Of the paper's orderings {string.Join("; ", overall.Select(o => $"\"{o.Claim}\" {(o.Verdict == OrderingVerdict.Undecided ? "is undecided" : o.Words)} over {o.Descriptor}{(o.Cohort is null ? "" : $" on {o.Cohort}")}"))}.";
    }

    private static string Seeds(AblationSummary summary) => summary.Averages.Count == 0 ? "no seed" : Plural(summary.Averages.Max(a => a.Seeds), "seed", "seeds");

    private static string Count(IReadOnlyList<AblationResult> results, Func<AblationResult, string> name, string one, string? many = null) => Plural(results.Select(name).Distinct().Count(), one, many ?? one + "s");

    private static string Plural(int count, string one, string many) => Invariant($"{count} {(count == 1 ? one : many)}");

    private static string Name(AblationAverage a) => $"{a.Descriptor}, {a.Condition}, {a.Density}";

    private static AblationAverage? OrganOf(AblationSummary summary, AblationAverage a) =>
        summary.Averages.FirstOrDefault(o => o.Scope == EvaluationScope.Organ && (o.Cohort, o.Descriptor, o.Condition, o.Density) == (a.Cohort, a.Descriptor, a.Condition, a.Density));

    private static QualityScores Scores(AblationAverage a) => new(Estimate.Of(a.Auroc.ToMetric()), Estimate.Of(a.AurocAtLimit.ToMetric()), Estimate.Of(a.AuproAtLimit.ToMetric()));

    private static QualityScores? Paper(AblationAverage a) => a.ConditionKind is not { } condition
        ? null
        : PaperResults.Find(a.Dataset, a.PaperDescriptor, DensityHead.ConditionName(condition), a.DensityKind == DensityKind.Gaussian ? "gaussian" : "flow");
}
