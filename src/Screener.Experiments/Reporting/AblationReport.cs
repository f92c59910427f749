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
    public static Document Of(AblationSummary summary, IReadOnlyList<AblationResult> results)
    {
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentNullException.ThrowIfNull(results);
        List<AblationResult> models = [.. results.Where(r => !r.Cell.IsBaseline)], finished = [.. results.Where(r => r.Cell.IsFinished)],
            baselines = [.. results.Where(r => r.Cell.IsBaseline && !r.Cell.IsFinished)];
        var byCohort = summary.Orderings.Where(o => o.Cohort is not null && !Overall(summary).Contains(o)).ToList();
        string cohorts = string.Join(", ", summary.Averages.Select(a => a.Cohort).Distinct());
        return new Document(
            $"Ablation: {summary.Grid.Name}",
            "",
            [
                new NotePart(
                    $"{results.Count} cells: {Count(models, r => r.Cell.Descriptor, "descriptor")}, "
                    + $"{Count(models, r => r.Cell.Condition, "condition")}, "
                    + $"{Count(models, r => r.Cell.Density, "density", "densities")}, "
                    + (baselines.Count == 0 ? "" : $"{Count(baselines, r => r.Cell.Row, "baseline")}, ")
                    + (finished.Count == 0 ? "" : $"{Count(finished, r => r.Cell.Row, "finished model")}, ")
                    + $"{Seeds(summary)}, on {cohorts}. "
                    + OrderingsInShort(summary)),
                Means(summary),
                .. summary.Orderings.Count > 0 ? [Orderings(summary)] : Array.Empty<SectionPart>(),
                Sentences(summary),
                Averages(summary),
                .. PaperTables(summary),
                .. byCohort.Count > 0
                    ? [new SectionPart(
                        "The orderings in each cohort",
                        "The findings are those of the paper's mean; its own order is not the same on every dataset, see its tables above.",
                        Pivot(byCohort))]
                    : Array.Empty<SectionPart>(),
                Comparisons(summary),
                .. Circumstances(summary, results),
            ]);
    }

    /// <summary>AUROC over the body of every combination and baseline, on each cohort and their mean.</summary>
    public static SectionPart Means(AblationSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        var body = summary.Averages.Where(a => a.Scope == EvaluationScope.Body).ToList();
        string[] cohorts = [.. body.Select(a => a.Cohort).Distinct()];
        bool several = cohorts.Length > 1;
        return new SectionPart(
            "AUROC over the body",
            $"Mean of {Seeds(summary)}{Trainings(summary)}, under it the 95 % interval.",
            TablePart.Of(
                ["", .. cohorts, .. several ? ["mean"] : Array.Empty<string>()],
                body.GroupBy(a => a.Row),
                g => [g.Key, .. cohorts.Select(c => g.FirstOrDefault(a => a.Cohort == c) is { } a ? Shown(a.Auroc).Cell() : "–"),
                    .. several ? [Mean(g, cohorts.Length)] : Array.Empty<string>()]));
    }

    /// <summary>The paper's findings, each with a verdict for every descriptor: in the mean of the cohorts, or on the only one.</summary>
    public static SectionPart Orderings(AblationSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        var overall = Overall(summary);
        return new SectionPart(
            "Do the paper's orderings hold here?",
            $"Differences of AUROC over the body{(overall.Any(o => o.Cohort is null) ? ", mean of the cohorts" : "")}. A finding holds or "
            + "does not hold where an interval says so, and is undecided where it allows both; a chain holds if each of its steps does. "
            + $"Intervals cover the choice of patients and of seeds, of which there are {Seeds(summary)}.",
            Pivot(overall));
    }

    /// <summary>Every combination and baseline on every cohort, beside the paper's number for it where there is one.</summary>
    public static SectionPart Averages(AblationSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        return ResultsTable.Section(
            "Results",
            [.. summary.Averages.Where(a => a.Scope == EvaluationScope.Body).Select(
                a => new ResultRow(a.Cohort, a.Row, Scores(a), OrganOf(summary, a) is { } organ ? Scores(organ) : null, Paper(a)))],
            $"Mean of {Seeds(summary)}{Trainings(summary)}, pooled over all voxels of all cases of a cohort; 95 % intervals by "
            + "drawing cases and seeds anew. "
            + "The paper's numbers are of its own data, networks and training: for orientation only.");
    }

    /// <summary>
    /// The comparisons in words, in the mean of the cohorts or on the only one; where one thing is changed at a time, those with the first
    /// of each list.
    /// </summary>
    public static SectionPart Sentences(AblationSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        var body = summary.Comparisons.Where(c => c.Scope == EvaluationScope.Body).ToList();
        bool means = body.Any(c => c.Cohort is null);
        var shown = body.Where(c => c.Cohort is null == means && (summary.Grid.Design == AblationDesign.Full || IsBase(summary.Grid, c)));
        return new SectionPart(
            "What makes a difference",
            "No difference means that the interval holds 0: these patients and seeds cannot tell the two apart, which does not make them "
            + "equal.",
            TablePart.Of(["AUROC over the body"], AblationComparison.Sentences(shown), s => [s]));
    }

    /// <summary>Tables 3 and 4 of the paper beside ours, a table for each cohort that stands for one of the paper's datasets.</summary>
    public static IReadOnlyList<SectionPart> PaperTables(AblationSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        return [.. summary.Averages.Where(a => a.Scope == EvaluationScope.Body).GroupBy(a => a.Cohort)
            .Where(g => Datasets.DatasetCatalogue.PaperRows(g.First().Dataset).Count > 0)
            .Select(g => CohortReport.PaperTable(
                g.First().Dataset,
                g.Select(a => (a.Row, a.Auroc.ToMetric(), a.AurocAtLimit.ToMetric(), a.AuproAtLimit.ToMetric()))))];
    }

    /// <summary>Every comparison with its numbers.</summary>
    public static SectionPart Comparisons(AblationSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        return new SectionPart(
            "All comparisons",
            "First minus second. Each replicate draws cases and seeds anew, the same for both, and averages over seeds and cohorts as the "
            + "difference does: the interval covers the choice of patients and of seeds; it knows nothing of other networks where there "
            + "is one seed of them, and is too narrow where there are two or three. A baseline has one network for each seed of the "
            + "networks, which stands beside every density over them, and a finished model beside all: an interval against it knows "
            + "nothing of its own training, and one between two of them covers patients only. Intervals are not "
            + "corrected for their number: of twenty comparisons without a difference, one is expected to show one.",
            TablePart.Of(
                ["First", "Second", "Both", "Cohort", "Counted", "AUROC", "Each seed", .. QualityScores.Names.Skip(1)],
                summary.Comparisons,
                c => [c.First, c.Second, string.Join(", ", new[] { c.Descriptor, c.Condition, c.Density }.OfType<string>()),
                    c.Cohort ?? "mean of the cohorts", Words.Of(c.Scope), CohortReport.Show(c.Difference.Auroc),
                    string.Join(" ", c.PerSeed.Select(d => Invariant($"{d:+0.000;-0.000}"))),
                    CohortReport.Show(c.Difference.AurocAtLimit), CohortReport.Show(c.Difference.AuproAtLimit)]));
    }

    /// <summary>What it took, the seeds and the versions.</summary>
    public static IReadOnlyList<SectionPart> Circumstances(AblationSummary summary, IReadOnlyList<AblationResult> results)
    {
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentNullException.ThrowIfNull(results);
        if (results.Count == 0)
            return [];
        return
        [
            new SectionPart(
                "What it took",
                "Wall time of cells that may run beside others; preparation, networks and features not included.",
                TablePart.Of(
                    ["Descriptor", "Density", "Cells", "Fitting, s a cell", "Evaluation, s a cell", "Together, min"],
                    results.GroupBy(r => (r.Cell.Descriptor, r.Cell.Density)),
                    g => [g.Key.Descriptor, g.Key.Density is { Length: > 0 } density ? density : "–", Invariant($"{g.Count()}"),
                        Invariant($"{g.Average(r => r.Cost.FitSeconds):0.0}"),
                        Invariant($"{g.Average(r => r.Cost.EvaluationSeconds):0.0}"),
                        Invariant($"{g.Sum(r => r.Cost.FitSeconds + r.Cost.EvaluationSeconds) / 60:0.0}")])),
            new SectionPart(
                "Seeds and versions",
                "",
                new FactsPart(
                [
                    ("Networks' seeds", string.Join(", ", summary.Grid.NetworkSeeds)),
                    ("Densities' seeds", string.Join(", ", summary.Grid.DensitySeeds)),
                    ("Seed of windows and bootstrap", Invariant($"{summary.Grid.Seed}")),
                    ("Bootstrap replicates", Invariant($"{summary.Grid.Evaluation.BootstrapReplicates}")),
                    .. results.Where(r => r.Finished is not null).DistinctBy(r => r.Cell.Row).Select(
                        r => (r.Cell.Row, $"{r.Finished!.File}, {r.Finished.Method}, content {r.Finished.Key[..12]}")),
                    ("Peak memory", Invariant($"{results.Max(r => r.Cost.PeakMemoryBytes) / 1e9:0.0} GB")),
                    .. results.SelectMany(r => r.Libraries).GroupBy(l => l.Key).Select(
                        l => (l.Key, string.Join(", ", l.Select(v => v.Value).Distinct()))),
                ])),
        ];
    }

    private static IReadOnlyList<PaperOrdering> Overall(AblationSummary summary) =>
        summary.Orderings.Any(o => o.Cohort is null) ? [.. summary.Orderings.Where(o => o.Cohort is null)] : summary.Orderings;

    // A row for each finding (and cohort, where there are several), a column for each descriptor.
    private static TablePart Pivot(IReadOnlyList<PaperOrdering> orderings)
    {
        string[] descriptors = [.. orderings.Select(o => o.Descriptor).Distinct()];
        bool cohorts = orderings.Select(o => o.Cohort).Distinct().Count() > 1;
        return TablePart.Of(
            ["Finding", .. cohorts ? ["Cohort"] : Array.Empty<string>(), .. descriptors],
            orderings.GroupBy(o => (o.Cohort, o.Claim)),
            g => [g.Key.Claim, .. cohorts ? [g.Key.Cohort ?? "mean"] : Array.Empty<string>(),
                .. descriptors.Select(d => g.FirstOrDefault(o => o.Descriptor == d) is { } o
                    ? o.Evidence.Length > 0 ? $"{o.Words}: {o.Evidence}" : o.Words
                    : "–")]);
    }

    private static string OrderingsInShort(AblationSummary summary)
    {
        var claims = Overall(summary).GroupBy(o => o.Claim).ToList();
        int holding = claims.Count(g => g.All(o => o.Verdict == OrderingVerdict.Holds));
        int failing = claims.Count(g => g.All(o => o.Verdict == OrderingVerdict.DoesNotHold));
        return claims.Count == 0
            ? ""
            : $"Orderings that the paper found: {claims.Count}; hold here for every descriptor: {holding}; do not hold for any: {failing}; "
                + $"undecided for some, or not the same for all: {claims.Count - holding - failing}.";
    }

    private static bool IsBase(AblationGrid grid, AblationComparison c) => c.Factor == AblationFactor.Method || c.Second == c.Factor switch
    {
        AblationFactor.Condition => grid.Conditions[0].Name,
        AblationFactor.Density => grid.Densities[0].Name,
        _ => grid.Descriptors[0].Name,
    };

    private static string Mean(IEnumerable<AblationAverage> averages, int cohorts)
    {
        double?[] values = [.. averages.Select(a => a.Auroc.Value)];
        return values.Length == cohorts && values.All(v => v is not null) ? Invariant($"{values.Average():0.000}") : "–";
    }

    private static string Seeds(AblationSummary summary) => (summary.Grid.NetworkSeeds.Count, summary.Grid.DensitySeeds.Count) switch
    {
        ( > 1, > 1) and var (networks, densities) => Invariant(
            $"{networks} seeds of the networks with {densities} of the density over each"),
        (1, > 1) and var (_, densities) => Invariant($"{densities} seeds of the density over one seed of the networks"),
        var (networks, _) => Plural(networks, "seed", "seeds"),
    };

    // A baseline has no density to seed, a finished model nothing at all.
    private static string Trainings(AblationSummary summary) =>
        (summary.Grid.Baselines.Count == 0 ? "" : $", of a baseline {Plural(summary.Grid.NetworkSeeds.Count, "network", "networks")}")
        + (summary.Grid.Models.Count == 0 ? "" : ", of a finished model itself");

    private static string Count(
        IReadOnlyList<AblationResult> results, Func<AblationResult, string> name, string one, string? many = null) => Plural(
            results.Select(name).Distinct().Count(), one, many ?? one + "s");

    private static string Plural(int count, string one, string many) => Invariant($"{count} {(count == 1 ? one : many)}");

    private static AblationAverage? OrganOf(AblationSummary summary, AblationAverage a) =>
        summary.Averages.FirstOrDefault(
            o => o.Scope == EvaluationScope.Organ
                && (o.Cohort, o.Descriptor, o.Condition, o.Density) == (a.Cohort, a.Descriptor, a.Condition, a.Density));

    private static QualityScores Scores(AblationAverage a) => new(Shown(a.Auroc), Shown(a.AurocAtLimit), Shown(a.AuproAtLimit));

    private static Estimate Shown(AveragedMetric metric) => Estimate.Of(metric.ToMetric());

    private static QualityScores? Paper(AblationAverage a) => a.DensityKind is { } density
        ? PaperResults.Find(a.Dataset, a.PaperDescriptor, a.ConditionKind?.PaperName, density.PaperName)
        : PaperResults.FindBaseline(a.Dataset, a.PaperDescriptor);
}
