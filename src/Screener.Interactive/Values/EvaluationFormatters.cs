using Screener.Evaluation;
using Screener.Interactive.Viewer;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Values;

/// <summary>Curves, metrics and results beside the paper's numbers.</summary>
internal static class EvaluationFormatters
{
    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<RocCurve>(c => new Document("", "", new ChartsPart(LinePlot.Roc("ROC curve", [LineSeries.Of("method", c)])))),
        new NotebookFormatter<ProCurve>(c => new Document("", "", new ChartsPart(Pro(c)))),
        new NotebookFormatter<QualityScores>(Quality),
        new NotebookFormatter<EvaluationResult>(Result),
        new NotebookFormatter<CohortEvaluationResult>(r => Cohorts([r])),
        new NotebookFormatter<IReadOnlyList<CohortEvaluationResult>>(Cohorts),
        new NotebookFormatter<MapSummary>(Summary),
        new NotebookFormatter<Findings>(List),
        new NotebookFormatter<LandmarkSearchResult>(Landmarks),
    ];

    private static LinePlot Pro(ProCurve curve, double limit = 0.3) => LinePlot.Roc(
        "PRO curve", [new LineSeries("method", [.. curve.Points.Select(p => p.Fpr)], [.. curve.Points.Select(p => p.Pro)])], limit,
        "per-region overlap");

    private static Document Landmarks(LandmarkSearchResult result) => new(
        "Spots found in another patient",
        Invariant($"{result.Name}, {result.Findings.Count} searches"),
        new FactsPart(
            ("mean error", Invariant($"{result.MeanMm:0.0} mm")), ("median error", Invariant($"{result.MedianMm:0.0} mm")),
            ("within 20 mm", Invariant($"{result.Within(20):0 %}")), ("a random place", Invariant($"{result.ChanceMm:0.0} mm"))),
        TablePart.Of(
            ["Spot", "Searches", "Mean error, mm", "A random place, mm"],
            result.Findings.GroupBy(f => f.Landmark).OrderBy(g => g.Average(f => f.ErrorMm)),
            g => [g.Key, Invariant($"{g.Count()}"), Invariant($"{g.Average(f => f.ErrorMm):0.0}"),
                Invariant($"{g.Average(f => f.ChanceMm):0.0}")]));

    private static Document Cohorts(IReadOnlyList<CohortEvaluationResult> results)
    {
        if (results.Count == 0)
            return new Document("Evaluation", "no cohort");
        var section = CohortReport.Results(results);
        return new Document(
            "Evaluation",
            string.Join(", ", results.Select(r => r.Cohort)),
            [
                .. section.Parts,
                new NotePart(section.Note),
                CohortReport.Curves(results).Folded(),
                .. CohortReport.Frocs(results).Concat(CohortReport.PaperTables(results)).Select(s => s.Folded()),
                new FoldedPart(
                    "Datasets, cost, models, seeds", [CohortReport.Datasets(results), .. CohortReport.Circumstances(results)]),
            ]);
    }

    private static Document Result(EvaluationResult result)
    {
        var parts = new List<DocumentPart>
        {
            new TablePart(["Metric", "Value", Invariant($"{result.Confidence * 100:0.#} % interval")],
            [
                Row("AUROC", result.Auroc),
                Row(Invariant($"AUROC, FPR\u00a0≤\u00a0{result.FprLimit}"), result.AurocAtLimit),
                Row(Invariant($"AUPRO, FPR\u00a0≤\u00a0{result.FprLimit}"), result.AuproAtLimit),
            ]),
        };
        var plots = new List<LinePlot>();
        if (result.Roc is { } roc)
            plots.Add(LinePlot.Roc("ROC curve", [LineSeries.Of("method", roc)], result.FprLimit));
        if (result.Pro is { } pro)
            plots.Add(Pro(pro, result.FprLimit));
        if (plots.Count > 0)
            parts.Add(new ChartsPart(plots));
        parts.Add(new FactsPart(
            ("cases", Invariant($"{result.Cases}, {result.CasesWithLesion} with a lesion")),
            ("lesions", Invariant($"{result.Regions:#,0}")),
            ("lesion voxels", Invariant($"{result.PositiveVoxels:#,0}")),
            ("other voxels", Invariant($"{result.NegativeVoxels:#,0}"))));
        return new Document("Evaluation", "pooled over all voxels of all cases", parts);

        static IReadOnlyList<string> Row(string name, Metric metric) =>
            [name, metric.Value is { } v ? Invariant($"{v:0.000}") : $"undefined: {metric.Undefined}",
                metric.Interval is { } i ? Invariant($"{i.Lower:0.000} – {i.Upper:0.000}") : "–"];
    }

    private static Document Quality(QualityScores scores) => new(
        "Quality",
        "",
        new TablePart(QualityScores.Names, [[.. scores.Estimates.Select(e => $"{e}")]]));

    private static Document Summary(MapSummary summary) => new(
        "Anomaly map in numbers",
        "within the body",
        new FactsPart(
            ("highest", Invariant($"{summary.Highest:0.00}")),
            ("99.9th percentile", Invariant($"{summary.Percentile999:0.00}")),
            ("median", Invariant($"{summary.Median:0.00}"))));

    private static Document List(Findings findings) => new(
        "Findings",
        Invariant($"{findings.Regions} regions above {findings.Threshold:0.00}; the {findings.List.Count} with the highest peaks"),
        new TablePart(
            FindingCells.Columns, [.. findings.List.Select(FindingCells.Of)]));
}
