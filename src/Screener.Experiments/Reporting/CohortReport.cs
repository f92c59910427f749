using Screener.Datasets;
using Screener.Evaluation;
using Screener.Training;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>Turns evaluated cohorts and trainings into the sections of a report.</summary>
public static class CohortReport
{
    /// <summary>The table and charts of all methods on all cohorts, beside the paper's numbers for its own data.</summary>
    public static SectionPart Results(IReadOnlyList<CohortEvaluationResult> results) => ResultsTable.Section(
        "Results",
        [.. results.SelectMany(r => r.Methods.Select(m => new ResultRow(
            r.Cohort, m.Name, Scores(m.Body), m.Organ is null ? null : Scores(m.Organ), Paper(r, m.Head), m.IsBaseline)))],
        "Pooled over all voxels of all cases of a cohort; 95 % intervals by drawing cases anew. The paper's numbers are of its own data, "
        + "networks and training: for orientation only.");

    /// <summary>
    /// All rows of the paper's tables 2 to 4 for each dataset, or the benchmark that it stands for, with our heads above them.
    /// </summary>
    /// <returns>Empty if the paper has no numbers for any of the cohorts.</returns>
    public static IReadOnlyList<SectionPart> PaperTables(IReadOnlyList<CohortEvaluationResult> results) =>
        [.. results.Where(r => DatasetCatalogue.PaperRows(r.Dataset).Count > 0).Select(
            r => PaperTable(r.Dataset, r.Methods.Select(m => (m.Name, m.Body.Auroc, m.Body.AurocAtLimit, m.Body.AuproAtLimit))))];

    /// <summary>The rows of the paper's tables for a dataset, with ours above them.</summary>
    internal static SectionPart PaperTable(
        DatasetManifest dataset, IEnumerable<(string Method, Metric Auroc, Metric AurocAtLimit, Metric AuproAtLimit)> rows) => new(
        $"Beside the paper's tables 2 to 4: {dataset.Name}",
        dataset.StandsFor is { } other
            ? $"The paper's numbers are of {DatasetCatalogue.Find(other).Name}, for which this set stands: another dataset, other "
                + "networks, other training."
            : "The paper's numbers are of its own networks and training.",
        new TablePart(
            ["Method", .. QualityScores.Names],
            [
                .. rows.Select(m => (IReadOnlyList<string>)
                    [$"here: {m.Method}", Show(m.Auroc), Show(m.AurocAtLimit), Show(m.AuproAtLimit)]),
                .. DatasetCatalogue.PaperRows(dataset).Select(p => (IReadOnlyList<string>)
                    [$"paper: {p.Method}", .. ResultsTable.Cells(PaperResults.Scores(p), "0.00")]),
            ]));

    /// <summary>How many volumes were evaluated, beside how many there are and how many the paper used.</summary>
    public static SectionPart Datasets(IReadOnlyList<CohortEvaluationResult> results) => new(
        "Datasets",
        results.Any(r => r.Dataset.Role == DatasetRole.Benchmark)
            ? DatasetCatalogue.CountDiscrepancy
            : "Phantoms are made, not published.",
        TablePart.Of(
            ["Dataset", "Evaluated", "With a lesion", "Lesions", "Published", "In the paper", "Imported with"],
            results,
            r => [r.Dataset.Name, Invariant($"{r.Methods[0].Body.Cases:N0}"), Invariant($"{r.Methods[0].Body.CasesWithLesion:N0}"),
                Invariant($"{r.Methods[0].Body.Regions:N0}"), Count(r.Dataset.Counts.Published), Count(r.Dataset.Counts.Paper),
                Describe(r.ImportedWith)]));

    /// <summary>The numbers of all methods on a cohort: over the body, and within the organ where that is known.</summary>
    public static IReadOnlyList<SectionPart> Scopes(CohortEvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return [.. Enum.GetValues<EvaluationScope>()
            .Select(scope => (Scope: scope, Rows: result.Methods.Select(
                m => (m.Name, Result: scope == EvaluationScope.Body ? m.Body : m.Organ)).Where(r => r.Result is not null).ToList()))
            .Where(s => s.Rows.Count > 0)
            .Select(s => new SectionPart(
                Invariant($"{result.Cohort}, {Words.Of(s.Scope)}: {s.Rows[0].Result!.Cases} cases, {s.Rows[0].Result!.Regions} lesions"),
                "",
                TablePart.Of(
                    ["Method", .. QualityScores.Names], s.Rows,
                    r => [r.Name, Show(r.Result!.Auroc), Show(r.Result.AurocAtLimit), Show(r.Result.AuproAtLimit)])))];
    }

    /// <summary>Each head's lead over each baseline, on the same cases.</summary>
    public static SectionPart Differences(IReadOnlyList<CohortEvaluationResult> results) => new(
        "Lead over the baselines",
        "Differences with the intervals of the paired bootstrap: each replicate draws the same cases for both.",
        TablePart.Of(
            ["Method", "Baseline", "Cohort", "Counted", .. QualityScores.Names],
            results.SelectMany(r => r.Differences.Select(d => (r.Cohort, Lead: d))),
            d => [d.Lead.First, d.Lead.Second, d.Cohort, Words.Of(d.Lead.Scope), Show(d.Lead.Difference.Auroc),
                Show(d.Lead.Difference.AurocAtLimit), Show(d.Lead.Difference.AuproAtLimit)]));

    /// <summary>Lesions found by the number of false findings a scan: one table per cohort that has lesions.</summary>
    public static IReadOnlyList<SectionPart> Frocs(IReadOnlyList<CohortEvaluationResult> results) =>
        [.. results.Where(r => r.Methods.Any(m => m.Froc is not null)).Select(r => new SectionPart(
            $"Lesions found: {r.Cohort}",
            $"The part of the lesions that share a voxel with a finding, by the number of false findings a scan. {WhatIsFound()}",
            TablePart.Of(
                [
                    "Method",
                    .. r.Methods.First(m => m.Froc is not null).Froc!.FalsePositivesPerScan.Select(f => Invariant($"{f:0.###} false")),
                    "mean",
                ],
                r.Methods.Where(m => m.Froc is not null),
                m => [m.Name, .. m.Froc!.Sensitivity.Select((s, i) => Show(s, m.Froc.Intervals?[i])), Invariant($"{m.Froc.Mean:0.00}")])))];

    // What the evaluation takes for findings.
    private static string WhatIsFound()
    {
        var options = new FindingOptions();
        return "A finding is weighed by its peak. In a map that says how rare a score is (-log10), an ensemble's or a distilled network's, "
            + Invariant($"it is a peak above {FindingOptions.CalibratedThreshold:0.##} that stands out by {options.Prominence:0.##}; ")
            + Invariant($"in any other, a connected region above the score that one body voxel in {1 / options.BodyFraction:#,0} exceeds. ")
            + Invariant($"Lesions below {options.LeastVolumeMl} ml count neither as found nor as missed, ")
            + "and what touches them is not false.";
    }

    private static string Show(double sensitivity, Interval? interval) => interval is null
        ? Invariant($"{sensitivity:0.00}")
        : Invariant($"{sensitivity:0.00} [{interval.Lower:0.00}, {interval.Upper:0.00}]");

    /// <summary>ROC curves over the body, one plot per cohort.</summary>
    public static SectionPart Curves(IReadOnlyList<CohortEvaluationResult> results) => new(
        "ROC curves over the body",
        "The shaded part is what the two partial areas look at.",
        new ChartsPart([.. results.Select(r => LinePlot.Roc(
            r.Cohort,
            [.. r.Methods.Where(m => m.Body.Roc is not null).Select(m => LineSeries.Of(m.Name, m.Body.Roc!))],
            r.Options.Evaluation.FprLimit))]));

    /// <summary>The course of trainings, a plot each.</summary>
    /// <param name="trainings">Name and records.</param>
    public static SectionPart Training(IReadOnlyList<(string Name, IReadOnlyList<TrainingRecord> History)> trainings) => new(
        "Training",
        "",
        new ChartsPart([.. trainings.Where(t => t.History.Count > 0).Select(t => new LinePlot(
            t.Name, "step", t.Name.StartsWith("density", StringComparison.Ordinal) ? "minus log-likelihood, nats" : "loss term",
            LineSeries.Terms(t.History)))]));

    /// <summary>What the evaluation took, with what, and from which seeds.</summary>
    public static IReadOnlyList<SectionPart> Circumstances(IReadOnlyList<CohortEvaluationResult> results)
    {
        var sections = new List<SectionPart>
        {
            new(
                "Cost of the evaluation",
                "",
                TablePart.Of(
                    ["Cohort", "Cases", "Reading, s", "Screening, s", "Baselines, s", "Metrics, s", "Peak memory, GB", "Device"],
                    results,
                    r => [r.Cohort, Invariant($"{r.Methods[0].Body.Cases}"), Seconds(r.Cost.ReadingSeconds),
                        Seconds(r.Cost.ScreeningSeconds), Seconds(r.Cost.BaselineSeconds), Seconds(r.Cost.MetricSeconds),
                        Invariant($"{r.Cost.PeakMemoryBytes / 1e9:0.0}"),
                        Invariant($"{r.Cost.Device}, {r.Cost.Precision}, {r.Cost.Threads} threads")])),
        };
        sections.AddRange(results.SelectMany(r => r.Models).DistinctBy(m => m.Name).Select(m => new SectionPart(
            $"Model: {m.Name}",
            "",
            new FactsPart(
                ("Descriptor", Describe(m.Descriptor)),
                ("Condition model", m.Condition is null ? "none" : Describe(m.Condition)),
                ("Embedding network", m.Embedding is null ? "none" : Describe(m.Embedding)),
                ("Densities",
                    Invariant(
                        $"{string.Join("; ", m.Density.Heads.Select(h => h.Name))}: {m.Density.Optimisation.Steps} steps of ")
                        + Invariant($"{m.Density.CropsPerBatch} crops, seed {m.Density.Seed}")),
                ("Voxels", $"{m.Descriptor.Preprocessing.TargetSpacing}"),
                ("Windows", Invariant($"{m.Windows.Window}, overlap {m.Windows.Overlap:0.##}, {m.Windows.Weights} weights"))))));
        if (results.Count > 0)
        {
            sections.Add(new SectionPart(
                "Seeds and versions",
                "",
                new FactsPart([
                    ("Cohorts' seeds",
                        string.Join(
                            ", ", results.Select(r => r.CohortSeed is { } seed ? Invariant($"{seed}") : "none: patients").Distinct())),
                    ("Evaluation's seed", Invariant($"{results[0].Options.Seed}")),
                    ("Connected lesions", $"{results[0].Options.Evaluation.Connectivity} neighbours"),
                    .. results[0].Libraries.Select(l => (l.Key, l.Value)),
                ])));
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

    private static QualityScores Scores(EvaluationResult result) =>
        new(Estimate.Of(result.Auroc), Estimate.Of(result.AurocAtLimit), Estimate.Of(result.AuproAtLimit));

    private static QualityScores? Paper(CohortEvaluationResult result, DensityHead? head) =>
        PaperResults.Find(result.Dataset, head?.Condition.PaperName, head?.Density.PaperName);

    private static string Describe(PretrainingOptions o) => Invariant(
        $"{o.Objective}, {o.Optimisation.Steps} steps of {o.VolumesPerBatch * o.PairsPerVolume} pairs, crops of ")
        + Invariant(
            $"{o.Crops.PatchShape}, channels {string.Join(", ", o.Network.Channels)}, {o.Network.DescriptorChannels}-dimensional, seed ")
            + Invariant($"{o.Seed}");

    private static string Describe(DatasetImportOptions? o) => o is null ? "–" : Invariant(
        $"consensus {o.Consensus:0.##}, pathology {(o.Pathology is null ? "as the manifest says" : string.Join(", ", o.Pathology))}, ")
        + Invariant($"masks {(o.Masks == MaskPairing.ByIndex ? "by index" : "by place")}");

    private static string Count(int? count) => count is null ? "–" : Invariant($"{count:N0}");

    internal static string Show(Metric metric) =>
        metric.Value is null ? $"– ({metric.Undefined})" : Estimate.Of(metric).ToString();

    internal static string Show(MetricDifference? difference) => difference switch
    {
        null => "–",
        { Interval: { } i } => Invariant($"{difference.Value:+0.000;-0.000} [{i.Lower:+0.000;-0.000}, {i.Upper:+0.000;-0.000}]"),
        _ => Invariant($"{difference.Value:+0.000;-0.000}"),
    };

    private static string Seconds(double seconds) => Invariant($"{seconds:0.0}");
}
