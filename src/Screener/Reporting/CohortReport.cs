using Screener.Datasets;
using Screener.Evaluation;
using Screener.Training;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>Turns evaluated cohorts and trainings into the sections of a report.</summary>
public static class CohortReport
{
    /// <summary>The table and charts of all methods on all cohorts, beside the paper's numbers for its own data.</summary>
    public static ResultsSection Results(IReadOnlyList<CohortEvaluationResult> results) => new(
        "Results",
        [.. results.SelectMany(
            r => r.Methods.Select(
                m => new ResultRow(
                    r.Cohort, m.Name, Scores(m.Body), m.Organ is null ? null : Scores(m.Organ), Paper(r, m.Head), m.IsBaseline)))],
        "Pooled over all voxels of all cases of a cohort; intervals by drawing cases anew. The paper's numbers are of its own data, "
        + "networks and training: beside, not against.");

    /// <summary>
    /// All rows of the paper's tables 2 to 4 for each dataset, or the benchmark that it stands for, with our heads above them.
    /// </summary>
    /// <returns>Empty if the paper has no numbers for any of the cohorts.</returns>
    public static IReadOnlyList<TableSection> PaperTables(IReadOnlyList<CohortEvaluationResult> results) =>
        [.. results.Where(r => DatasetCatalogue.PaperRows(r.Dataset).Count > 0).Select(
            r => PaperTable(r.Dataset, r.Methods.Select(m => (m.Name, m.Body.Auroc, m.Body.AurocAtLimit, m.Body.AuproAtLimit))))];

    /// <summary>The rows of the paper's tables for a dataset, with ours above them.</summary>
    internal static TableSection PaperTable(
        DatasetManifest dataset, IEnumerable<(string Method, Metric Auroc, Metric AurocAtLimit, Metric AuproAtLimit)> rows) => new(
        $"Beside the paper's tables 2 to 4: {dataset.Name}",
        ["Method", "AUROC", "AUROC, FPR ≤ 0.3", "AUPRO, FPR ≤ 0.3"],
        [
            .. rows.Select(m => (IReadOnlyList<string>)[$"here: {m.Method}", Show(m.Auroc), Show(m.AurocAtLimit), Show(m.AuproAtLimit)]),
            .. DatasetCatalogue.PaperRows(dataset).Select(
                p => (IReadOnlyList<string>)[$"paper: {p.Method}", Invariant($"{p.Auroc:0.00}"), Invariant($"{p.AurocLowFpr:0.00}"),
                    Invariant($"{p.AuproLowFpr:0.00}")]),
        ],
        dataset.StandsFor is { } other
            ? $"The paper's numbers are of {DatasetCatalogue.Find(other).Name}, for which this set stands: another dataset, other "
                + $"networks, other training."
            : "The paper's numbers are of its own networks and training.");

    /// <summary>How many volumes were evaluated, beside how many there are and how many the paper used.</summary>
    public static TableSection Datasets(IReadOnlyList<CohortEvaluationResult> results) => new(
        "Datasets",
        ["Dataset", "Evaluated", "With a lesion", "Lesions", "Published", "In the paper", "Prepared with"],
        [.. results.Select(r => (IReadOnlyList<string>)
            [r.Dataset.Name, Invariant($"{r.Methods[0].Body.Cases:N0}"), Invariant($"{r.Methods[0].Body.CasesWithLesion:N0}"),
                Invariant($"{r.Methods[0].Body.Regions:N0}"), Count(r.Dataset.Counts.Published), Count(r.Dataset.Counts.Paper),
                Describe(r.Preparation)])],
        results.Any(r => r.Dataset.Role == DatasetRole.Benchmark)
            ? DatasetCatalogue.CountDiscrepancy
            : "Phantoms are made, not published.");

    /// <summary>Each head's lead over each baseline, on the same cases.</summary>
    public static TableSection Differences(IReadOnlyList<CohortEvaluationResult> results) => new(
        "Lead over the baselines",
        ["Method", "Baseline", "Cohort", "Counted", "AUROC", "AUROC, FPR ≤ 0.3", "AUPRO, FPR ≤ 0.3"],
        [.. results.SelectMany(r => r.Differences.Select(d => (IReadOnlyList<string>)
            [d.First, d.Second, r.Cohort, d.Scope == EvaluationScope.Body ? "over the body" : "within the organ", Show(d.Difference.Auroc),
                Show(d.Difference.AurocAtLimit), Show(d.Difference.AuproAtLimit)]))],
        "Differences with the intervals of the paired bootstrap: each replicate draws the same cases for both.");

    /// <summary>Lesions found by the number of false findings a scan: one table per cohort that has lesions.</summary>
    public static IReadOnlyList<TableSection> Frocs(IReadOnlyList<CohortEvaluationResult> results) =>
        [.. results.Where(r => r.Methods.Any(m => m.Froc is not null)).Select(r => new TableSection(
            $"Lesions found: {r.Cohort}",
            ["Method", .. r.Methods.First(m => m.Froc is not null).Froc!.FalsePositivesPerScan.Select(f => Invariant($"{f:0.###} false")),
                "mean"],
            [.. r.Methods.Where(m => m.Froc is not null).Select(m => (IReadOnlyList<string>)
                [m.Name, .. m.Froc!.Sensitivity.Select((s, i) => Show(s, m.Froc.Intervals?[i])), Invariant($"{m.Froc.Mean:0.00}")])],
            "The part of the lesions that share a voxel with a finding, by the number of false findings a scan. A finding is a connected "
            + "region "
            + "above the score that one body voxel in a thousand exceeds, weighed by its peak."))];

    private static string Show(double sensitivity, Interval? interval) =>
        interval is null
            ? Invariant($"{sensitivity:0.00}")
            : Invariant($"{sensitivity:0.00} [{interval.Lower:0.00}, {interval.Upper:0.00}]");

    /// <summary>ROC curves over the body, one plot per cohort.</summary>
    public static PlotsSection Curves(IReadOnlyList<CohortEvaluationResult> results) => new(
        "ROC curves over the body",
        [.. results.Select(r => new LinePlot(
            r.Cohort, "false-positive rate", "true-positive rate",
            [.. r.Methods.Where(m => m.Body.Roc is not null).Select(
                m => new LineSeries(m.Name, [.. m.Body.Roc!.Points.Select(p => p.Fpr)], [.. m.Body.Roc.Points.Select(p => p.Tpr)]))])
        {
            XRange = (0, 1), YRange = (0, 1), ShadeUpTo = r.Options.Evaluation.FprLimit, Diagonal = true,
        })],
        "The shaded part is what the two partial areas look at.");

    /// <summary>The course of trainings, a plot each.</summary>
    /// <param name="trainings">Name and records.</param>
    public static PlotsSection Training(IReadOnlyList<(string Name, IReadOnlyList<TrainingRecord> History)> trainings) => new(
        "Training",
        [.. trainings.Where(t => t.History.Count > 0).Select(t => new LinePlot(
            t.Name, "step", t.Name.StartsWith("density", StringComparison.Ordinal) ? "minus log-likelihood, nats" : "loss term",
            [.. Terms(t.History).Select(
                term => new LineSeries(
                    term, [.. t.History.Select(r => (double)r.Step)],
                    [.. t.History.Select(r => r.Values.GetValueOrDefault(term, double.NaN))]))]))]);

    /// <summary>What the evaluation took, with what, and from which seeds.</summary>
    public static IReadOnlyList<ReportSection> Circumstances(IReadOnlyList<CohortEvaluationResult> results)
    {
        var sections = new List<ReportSection>
        {
            new TableSection(
                "Cost of the evaluation",
                ["Cohort", "Cases", "Reading", "Screening", "Baselines", "Metrics", "Peak memory", "Device"],
                [.. results.Select(r => (IReadOnlyList<string>)
                    [r.Cohort, Invariant($"{r.Methods[0].Body.Cases}"), Seconds(r.Cost.ReadingSeconds), Seconds(r.Cost.ScreeningSeconds),
                        Seconds(r.Cost.BaselineSeconds), Seconds(r.Cost.MetricSeconds), Invariant($"{r.Cost.PeakMemoryBytes / 1e9:0.0} GB"),
                        Invariant($"{r.Cost.Device}, {r.Cost.Precision}, {r.Cost.Threads} threads")])]),
        };
        sections.AddRange(results.SelectMany(r => r.Models).DistinctBy(m => m.Name).Select(m => new FactsSection(
            $"Model: {m.Name}",
            [
                ("Descriptor", Describe(m.Descriptor)),
                ("Condition model", m.Condition is null ? "none" : Describe(m.Condition)),
                ("Embedding network", m.Embedding is null ? "none" : Describe(m.Embedding)),
                ("Densities",
                    Invariant(
                        $"{string.Join("; ", m.Density.Heads.Select(h => h.Name))}: {m.Density.Optimisation.Steps} steps of ")
                        + Invariant($"{m.Density.CropsPerBatch} crops, seed {m.Density.Seed}")),
                ("Voxels", $"{m.Descriptor.Preprocessing.TargetSpacing}"),
                ("Windows", Invariant($"{m.Windows.Window}, overlap {m.Windows.Overlap:0.##}")),
            ])));
        if (results.Count > 0)
        {
            sections.Add(new FactsSection(
                "Seeds and versions",
                [
                    ("Cohorts' seeds",
                        string.Join(
                            ", ", results.Select(r => r.CohortSeed is { } seed ? Invariant($"{seed}") : "none: patients").Distinct())),
                    ("Evaluation's seed", Invariant($"{results[0].Options.Seed}")),
                    ("Connected lesions", $"{results[0].Options.Evaluation.Connectivity} neighbours"),
                    .. results[0].Libraries.Select(l => (l.Key, l.Value)),
                ]));
        }

        return sections;
    }

    /// <summary>The cases whose AUROC of the shown method is highest and in the middle.</summary>
    /// <returns>Empty if no case has one.</returns>
    public static IReadOnlyList<(string Which, CaseMetrics Case)> BestAndMedian(CohortEvaluationResult result) =>
        Ranked(result) is { Count: > 1 } ranked
            ? [("best", ranked[0]), ("median", ranked[ranked.Count / 2])]
            : [.. Ranked(result).Select(c => ("only", c))];

    /// <summary>The cases whose AUROC of the shown method is highest and lowest.</summary>
    /// <returns>Empty if no case has one.</returns>
    public static IReadOnlyList<(string Which, CaseMetrics Case)> BestAndWorst(CohortEvaluationResult result) =>
        Ranked(result) is { Count: > 1 } ranked
            ? [("best", ranked[0]), ("worst", ranked[^1])]
            : [.. Ranked(result).Select(c => ("only", c))];

    private static List<CaseMetrics> Ranked(CohortEvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return [.. (result.Shown?.Body.PerCase ?? []).Where(c => c.Auroc is not null).OrderByDescending(c => c.Auroc).ThenBy(
            c => c.CaseId, StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Terms(IReadOnlyList<TrainingRecord> history)
    {
        var terms = history[0].Values.Keys.ToList();
        return terms.Count > 1 ? terms.Where(t => t != "loss") : terms;
    }

    private static QualityScores Scores(EvaluationResult result) => new(
        Estimate(result.Auroc), Estimate(result.AurocAtLimit), Estimate(result.AuproAtLimit));

    private static Estimate Estimate(Metric metric) => new(
        metric.Value ?? double.NaN, metric.Interval?.Lower ?? double.NaN, metric.Interval?.Upper ?? double.NaN);

    private static QualityScores? Paper(CohortEvaluationResult result, DensityHead? head) =>
        PaperResults.Find(result.Dataset, head?.Condition.PaperName, head?.Density.PaperName);

    private static string Describe(PretrainingOptions o) => Invariant(
        $"{o.Objective}, {o.Optimisation.Steps} steps of {o.VolumesPerBatch * o.PairsPerVolume} pairs, crops of ")
        + Invariant(
            $"{o.Crops.PatchShape}, channels {string.Join(", ", o.Network.Channels)}, {o.Network.DescriptorChannels}-dimensional, seed ")
            + Invariant($"{o.Seed}");

    private static string Describe(DatasetPreparationOptions? o) => o is null ? "–" : Invariant(
        $"consensus {o.Consensus:0.##}, pathology {(o.Pathology is null ? "as the manifest says" : string.Join(", ", o.Pathology))}, ")
        + Invariant($"masks {(o.Masks == MaskPairing.ByIndex ? "by index" : "by place")}");

    private static string Count(int? count) => count is null ? "–" : Invariant($"{count:N0}");

    private static string Show(Metric metric) => metric switch
    {
        { Value: null } => $"– ({metric.Undefined})",
        { Interval: { } i } => Invariant($"{metric.Value:0.000} [{i.Lower:0.000}, {i.Upper:0.000}]"),
        _ => Invariant($"{metric.Value:0.000}"),
    };

    internal static string Show(MetricDifference? difference) => difference switch
    {
        null => "–",
        { Interval: { } i } => Invariant($"{difference.Value:+0.000;-0.000} [{i.Lower:+0.000;-0.000}, {i.Upper:+0.000;-0.000}]"),
        _ => Invariant($"{difference.Value:+0.000;-0.000}"),
    };

    private static string Seconds(double seconds) => Invariant($"{seconds:0.0} s");
}
