using System.CommandLine;
using System.Text.Json;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Reporting;
using Screener.Storage;
using Screener.Training;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Makes one HTML page of results.</summary>
internal sealed class ReportVerb() : Verb(
    "report",
    "Make one HTML page of evaluation results: tables, charts, pictures, training curves, times and versions.",
    "screener report results.json --out report.html",
    "screener report results.json --training descriptor.network,condition.network,model.screener.checkpoint --pictures pictures "
    + "--screened lidc.json --out report.html")
{
    private readonly Argument<string[]> _results = new("results")
    {
        Description = "What 'screener evaluate' wrote.", Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string> _out = Parsing.Required("--out", "file", "The page.", "-o");
    private readonly Option<string?> _training = Parsing.Text(
        "--training", "files", "Trained networks and checkpoints whose curves to show, with commas.");
    private readonly Option<string?> _pictures = Parsing.Text(
        "--pictures", "folder", "The folder that 'screener evaluate --pictures' filled.");
    private readonly Option<string?> _screened = Parsing.Text(
        "--screened", "files", "What 'screener screen --picture ... --json' printed, with commas for several.");
    private readonly Option<string?> _timings = Parsing.Text(
        "--timings", "file", "A text file of stages and what they took, a line each, with a tab between.");
    private readonly Option<string> _title = new("--title")
    {
        Description = "The heading.", HelpName = "text", DefaultValueFactory = _ => "Screener: results",
    };

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_results, _out, _training, _pictures, _screened, _timings, _title];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths) => paths
        .Read(_results.Name, line.GetValue(_results) ?? []).Read(_training.Name, line.GetValue(_training)?.Split(',') ?? [])
        .Read(_pictures.Name, line.GetValue(_pictures))
        .Read(_screened.Name, line.GetValue(_screened)?.Split(',') ?? []).Read(_timings.Name, line.GetValue(_timings))
        .Write(_out.Name, line.GetValue(_out));

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var results = line.GetRequiredValue(_results).SelectMany(CohortEvaluationFile.Read).ToList();
        if (results.Count == 0)
            throw new MissingInputException(
                line.GetRequiredValue(_results)[0], "no cohort", "at least one evaluated cohort", "Evaluate again.");
        var sections = new List<DocumentPart>
        {
            new NotePart(Summary(results)), CohortReport.Results(results), CohortReport.Datasets(results),
        };
        sections.AddRange(CohortReport.Frocs(results));
        sections.AddRange(CohortReport.PaperTables(results));
        if (results.Any(r => r.Differences.Count > 0))
            sections.Add(CohortReport.Differences(results));
        if (line.GetValue(_pictures) is { } folder)
            sections.Add(Cases(results, folder));
        if (line.GetValue(_screened) is { } screened)
            sections.Add(Screened(screened.Split(',')));
        sections.Add(CohortReport.Curves(results));
        if (line.GetValue(_training) is { } training)
        {
            sections.Add(CohortReport.Training([.. training.Split(',').Select(f =>
            {
                var (stage, history) = NetworkFile.ReadHistory(f);
                return ($"{stage} ({Path.GetFileName(f)})", history);
            })]));
        }

        if (line.GetValue(_timings) is { } timings)
            sections.Add(new SectionPart(
                "Time and memory of the stages",
                "",
                new FactsPart([.. Text(timings).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t', 2)).Select(
                    p => (p[0], p[^1]))])));
        sections.AddRange(CohortReport.Circumstances(results));
        string file = line.GetRequiredValue(_out);
        DocumentPage.Save(new Document(line.GetRequiredValue(_title), "", sections), file);
        return new VerbResult(
            new { ok = true, file = Path.GetFullPath(file), cohorts = results.Select(r => r.Cohort) }, Path.GetFullPath(file));
    }

    private static string Summary(List<CohortEvaluationResult> results)
    {
        var means = results.SelectMany(r => r.Methods).Where(m => m.Body.Auroc.Value is not null).GroupBy(m => m.Name)
            .Select(g => Invariant($"{g.Key} {g.Average(m => m.Body.Auroc.Value):0.000}"));
        return Invariant(
            $"Voxel-wise anomaly scores without labels on {string.Join(", ", results.Select(r => r.Dataset.Name).Distinct())}. Mean AUROC ")
            + Invariant($"over the body: {string.Join(", ", means)}.");
    }

    private static SectionPart Cases(List<CohortEvaluationResult> results, string folder)
    {
        var (drawn, pictures) = (new CasePictures(folder), new List<Picture>());
        foreach (var result in results)
        {
            foreach (var (which, metrics) in CohortReport.BestAndMedian(result))
                pictures.Add(
                    new Picture(
                        drawn.Read(result.Cohort, metrics.CaseId),
                        Invariant($"{result.Cohort}, {which} case {metrics.CaseId}: AUROC {metrics.Auroc:0.000}, {result.Shown!.Name}")));
        }

        return new SectionPart("Cases", CasePictures.Note, new PicturesPart(pictures));
    }

    /// <summary>Pictures of CTs, of what 'screener screen --json' printed of each.</summary>
    internal static SectionPart Screened(string[] files) => new("Screened CTs", "", new PicturesPart([.. files.Select(file =>
    {
        try
        {
            var summary = JsonDocument.Parse(Text(file)).RootElement;
            var scores = summary.GetProperty("scores");
            string found = summary.GetProperty("nodulesAuroc") is { ValueKind: JsonValueKind.Number } auroc
                ? Invariant($", annotated nodules' AUROC over the body {auroc.GetDouble():0.000}")
                : "";
            string shape = string.Join(" x ", summary.GetProperty("shape").EnumerateArray());
            return new Picture(
                Bytes(summary.GetProperty("picture").GetString() ?? throw new KeyNotFoundException("no picture")),
                Invariant(
                    $"{summary.GetProperty("ct").GetString()}, {shape} voxels, {summary.GetProperty("head").GetString()}: highest score ")
                    + Invariant(
                        $"{scores.GetProperty("highest").GetDouble():0.0}{found}; {summary.GetProperty("seconds").GetDouble():0} s, peak ")
                        + Invariant($"memory {summary.GetProperty("peakMemoryBytes").GetInt64() / 1e9:0.0} GB"));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            or ArgumentException)
        {
            throw new ManifestException(file, e.Message, "what 'screener screen --picture ... --json' printed", "Screen again.", e);
        }
    })]));

    private static string Text(string file) => System.Text.Encoding.UTF8.GetString(Bytes(file));

    private static byte[] Bytes(string file) => InputFile.Reading(
        file, "a file that can be read", "Check the path, or make it again.", () => InputFile.ReadAllBytes(file));
}
