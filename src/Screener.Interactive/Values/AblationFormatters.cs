using Screener.Ablations;
using Screener.Evaluation;
using Screener.Interactive.Progress;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Values;

/// <summary>Grids of ablations and what they give.</summary>
internal static class AblationFormatters
{
    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<AblationGrid>(Grid),
        new NotebookFormatter<AblationCell>(c => new Document("Cell", "", Facts(c))),
        new NotebookFormatter<AblationResult>(Result),
        new NotebookFormatter<IReadOnlyList<AblationResult>>(Results),
        new NotebookFormatter<AblationView>(View),
        new NotebookFormatter<AblationSummary>(Summary),
        new NotebookFormatter<AblationAverage>(
            a => new Document(a.Row, $"{a.Cohort}, {Words.Of(a.Scope)}", Metrics(a))),
        new NotebookFormatter<AblationComparison>(c => Comparisons([c])),
        new NotebookFormatter<IReadOnlyList<AblationComparison>>(Comparisons),
    ];

    private static Document Grid(AblationGrid grid)
    {
        var rows = new List<IReadOnlyList<string>>();
        var headings = new Dictionary<int, string>();
        Add("descriptors", grid.Descriptors.Select(d => (d.Name, "", Changes(d.Options?.ToJsonString(), d.File))));
        Add("conditions", grid.Conditions.Select(c => (c.Name, c.Kind.Name, Changes(c.Options?.ToJsonString(), c.File))));
        Add("densities", grid.Densities.Select(d => (d.Name, d.Kind.Name, Changes(d.Options?.ToJsonString(), null))));
        if (grid.Baselines.Count > 0)
            Add("baselines", grid.Baselines.Select(b => (b.Name, b.Kind.Name, Changes(b.Options?.ToJsonString(), null))));
        if (grid.Models.Count > 0)
            Add("finished models", grid.Models.Select(m => (m.Name, m.Method, Changes(null, m.File))));
        return new Document(
            $"Ablation: {grid.Name}",
            Invariant($"{AblationPlan.Cells(grid).Count} cells")
            + (grid.Design == AblationDesign.OneAtATime ? ", one thing changed at a time" : ""),
            new TablePart(["Name", "Kind", $"Other than the profile {grid.Profile}"], rows) { Headings = headings },
            new FactsPart(
                ("seeds of networks", string.Join(", ", grid.NetworkSeeds)),
                ("seeds of densities", string.Join(", ", grid.DensitySeeds)),
                ("trained on", string.Join(", ", grid.TrainingData.Select(NameOf))),
                ("tested on", string.Join(", ", grid.TestData.Select(NameOf))),
                ("windows of a training volume", grid.WindowsPerVolume == 0 ? "all" : Invariant($"{grid.WindowsPerVolume}")),
                ("windows overlap in tests by", Invariant($"{grid.Overlap:0.##}"))),
            new FoldedPart("The grid's file", new CodePart(grid.ToJson())));

        void Add(string heading, IEnumerable<(string Name, string Kind, string Changes)> things)
        {
            headings[rows.Count] = heading;
            rows.AddRange(things.Select(t => (IReadOnlyList<string>)[t.Name, t.Kind, t.Changes]));
        }
    }

    private static Document Result(AblationResult result)
    {
        string[] columns = QualityScores.Names;
        bool organ = result.Scores.Any(s => s.Organ is not null);
        return new Document(
            "Ablation",
            result.Cell.Name,
            TablePart.Of(
                ["Cohort", .. columns, .. organ ? columns : []],
                result.Scores,
                s => [s.Cohort, .. Cells(s.Body), .. organ ? Cells(s.Organ) : []]) with
            {
                Groups = [("", 1), ("over the body", 3), .. organ ? [("within the organ", 3)] : Array.Empty<(string, int)>()],
            },
            Facts(result.Cell),
            new FactsPart(
            [
                .. result.Finished is { } finished ? [("file", $"{finished.File}, {finished.Method}")] : Array.Empty<(string, string)>(),
                .. result.Fitting is { } fitting
                    ? [("fitted in", Invariant($"{result.Cost.FitSeconds:0.0} s, {fitting.Optimisation.Steps:#,0} steps"))]
                    : Array.Empty<(string, string)>(),
                ("evaluated in", Invariant($"{result.Cost.EvaluationSeconds:0.0} s")),
            ]));
    }

    private static Document Results(IReadOnlyList<AblationResult> results)
    {
        if (results.Count == 0)
            return new Document("Ablation", "no result yet");
        var rows = AblationView.Of(results);
        return new Document(
            "Ablation", Invariant($"{results.Count} results"), ResultsTable.Charts(rows),
            new FoldedPart("All numbers", ResultsTable.Table(rows)), new NotePart(AblationView.Note));
    }

    // Replaced again and again: pictures only.
    private static Document View(AblationView view) => new(
        view.Progress.What,
        "",
        [
            new ProgressPart(view.Progress.Fraction, view.Progress.Where),
            .. view.Rows.Count > 0
                ? [ResultsTable.Charts(view.Rows), new NotePart(AblationView.Note)]
                : Array.Empty<DocumentPart>(),
        ]);

    // What was found first, then the numbers it rests on.
    private static Document Summary(AblationSummary summary)
    {
        if (summary.Averages.Count == 0)
            return new Document($"Ablation: {summary.Grid.Name}", "no result yet");
        var averages = AblationReport.Averages(summary);
        return new Document(
            $"Ablation: {summary.Grid.Name}",
            Invariant($"{summary.Cells.Count} cells"),
            [
                .. summary.Orderings.Count > 0 ? [AblationReport.Orderings(summary)] : Array.Empty<DocumentPart>(),
                AblationReport.Sentences(summary),
                averages.Parts[0],
                (averages with { Title = "All numbers", Parts = [averages.Parts[1]] }).Folded(),
                .. AblationReport.PaperTables(summary).Append(AblationReport.Comparisons(summary)).Select(s => s.Folded()),
            ]);
    }

    private static Document Comparisons(IReadOnlyList<AblationComparison> comparisons) => comparisons.Count == 0
        ? new Document("Comparison", "nothing to compare")
        : new Document("Comparison", "", [.. AblationComparison.Sentences(comparisons).Select(s => new NotePart(s))]);

    private static TablePart Metrics(AblationAverage a) => new(
        ["Metric", Invariant($"mean of {a.Seeds} seeds"), "interval", "lowest seed", "highest seed"],
        [.. QualityScores.Names.Zip([a.Auroc, a.AurocAtLimit, a.AuproAtLimit], Row)]);

    private static IReadOnlyList<string> Row(string name, AveragedMetric metric) =>
        [name, Number(metric.Value), metric.Interval is { } i ? Invariant($"{i.Lower:0.000} – {i.Upper:0.000}") : "–",
            Number(metric.Lowest), Number(metric.Highest)];

    private static string Number(double? value) => value is { } v ? Invariant($"{v:0.000}") : "–";

    private static FactsPart Facts(AblationCell cell) => cell.IsFinished
        ? new(("finished model", cell.Row))
        : cell.IsBaseline
        ? new(("baseline", cell.Row), ("seed of the network", Invariant($"{cell.NetworkSeed}")))
        : new(
            ("descriptor", cell.Descriptor), ("condition", cell.Condition), ("density", cell.Density),
            ("seed of networks", Invariant($"{cell.NetworkSeed}")), ("seed of the density", Invariant($"{cell.DensitySeed}")));

    private static IEnumerable<string> Cells(EvaluationResult? result) =>
        result is null ? ["–", "–", "–"] : new[] { result.Auroc, result.AurocAtLimit, result.AuproAtLimit }.Select(m => Number(m.Value));

    private static string Changes(string? options, string? file) => (options, file) switch
    {
        (null, null) => "–",
        (_, null) => options,
        _ => $"ready: {NameOf(file)}",
    };

    private static string NameOf(string path) => Path.GetFileName(path.TrimEnd('/', '\\'));
}
