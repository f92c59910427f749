using System.CommandLine;
using Screener.Datasets;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Reporting;
using Screener.Runtime;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Compares models and baselines on datasets and phantom cohorts.</summary>
internal sealed class EvaluateVerb() : Verb(
    "evaluate",
    "Evaluate models on imported datasets or phantom cohorts, beside two baselines: AUROC, AUROC and AUPRO at FPR <= 0.3, with intervals.",
    "screener evaluate --model model.screener --data phantoms/lung-nodules,phantoms/liver-tumours --train-data phantoms/train --out "
    + "results.json",
    "screener evaluate --dataset lidc --data cache/lidc --model model.screener --out lidc.json",
    "screener evaluate --model quick.screener,long.screener --data phantoms/kidney-tumours --out results.json --pictures pictures")
{
    private readonly Option<string?> _models = Parsing.Text(
        "--model", "files", "What 'screener fit' wrote, with commas for several; the shipped one if not given.", "-m");
    private readonly Option<string?> _data = Parsing.Text(
        "--data", "folders", "Folders that 'screener import' or 'screener phantom' made, with commas.", "--cohorts");
    private readonly Option<string?> _dataset = Parsing.Text(
        "--dataset", "name", "What the data must be, a name that 'screener data list' shows; anything if not given.");
    private readonly Option<string?> _training = Parsing.Text(
        "--train-data", "folder",
        "The data that the models were trained on, for the baselines; without it there are none.", "--train-cohort");
    private readonly Option<string?> _baselines = Parsing.Text(
        "--baselines", "files", "Baselines that 'screener pretrain' wrote, with commas.");
    private readonly Option<string?> _heads = Parsing.Text(
        "--heads", "names", "Which conditions and densities, with commas, of those that a model has; all if not given.");
    private readonly Option<string?> _out = Parsing.Text("--out", "file", "The results, JSON.", "-o");
    private readonly Option<string?> _pictures = Parsing.Text(
        "--pictures", "folder", "A folder for a picture of each case: lesions and the map of the last model's last density.");
    private readonly Option<int> _bootstrap = Parsing.Whole(
        "--bootstrap", "n", EvaluationOptions.Paper.BootstrapReplicates, "Replicates for the 95 % intervals; 0 leaves them out.");
    private readonly Option<double?> _overlap = Parsing.Overlap("A method's");
    private readonly Option<string?> _protocol = Parsing.Text(
        "--protocol", "file", "A JSON file that says all of the above but --out and --pictures, as --print-protocol prints it.");
    private readonly Option<bool> _print = new("--print-protocol") { Description = "Print the protocol as JSON and do nothing." };

    private readonly Option<string?> _part = Parts.Option("Many cases");

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols =>
        [_models, _data, _dataset, _training, _baselines, _heads, _overlap, _out, _pictures, _bootstrap, _protocol, _print, _part];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths)
    {
        if (line.GetValue(_print))
            return;
        var protocol = Protocol(line, Settings.Of(line));
        paths.Read(_protocol.Name, line.GetValue(_protocol)).Read(_data.Name, protocol.Data).Read(_models.Name, protocol.Models)
            .Read(_baselines.Name, protocol.Baselines).Read(_training.Name, protocol.TrainingData)
            .Write(_out.Name, line.GetValue(_out)).Write(_pictures.Name, line.GetValue(_pictures));
    }

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var protocol = Protocol(line, context.Settings);
        protocol.Validate();
        if (line.GetValue(_print))
            return OptionsFile.Print(protocol);
        string file = Given(line, _out, "a file to write");
        var part = Parts.Of(line, _part, context.Activities);
        if (part is not null && line.GetValue(_pictures) is not null)
            throw new OptionException(_pictures.Name, "a part", "all cases", "Leave it out.");
        AtomicFile.RequireWritable(file);
        TemporaryFiles.RequireFolder();
        var pictures = line.GetValue(_pictures) is { } folder ? new CasePictures(folder) : null;
        var compute = context.Networks();
        protocol = protocol with
        {
            Options = protocol.Options with { Evaluation = protocol.Options.Evaluation with { Threads = compute.ThreadCount } },
        };
        using var stages = new StageActivities(context.Activities);
        var progress = new Relay<ProtocolProgress>(p => stages.Report(p.Title, p.Fraction, p.Detail));
        if (part is not null)
        {
            int maps = protocol.MakePart(file, part, compute, progress, cancellation);
            return new VerbResult(new { ok = true, file, part = $"{part}", maps }, Parts.Done(part, file, Invariant($"{maps} maps made.")));
        }

        var results = protocol.Run(compute, pictures is null ? null : pictures.See, progress, cancellation);
        CohortEvaluationFile.Write(file, results);
        return Told(file, results);
    }

    /// <summary>Puts the parts of an evaluation together.</summary>
    internal static VerbResult Merge(string file, VerbContext context, CancellationToken cancellation)
    {
        TemporaryFiles.RequireFolder();
        using var stages = new StageActivities(context.Activities);
        var progress = new Relay<ProtocolProgress>(p => stages.Report(p.Title, p.Fraction, p.Detail));
        var results = EvaluationProtocol.Merge(file, context.Networks(), progress, cancellation);
        CohortEvaluationFile.Write(file, results);
        return Told(file, results);
    }

    private static VerbResult Told(string file, IReadOnlyList<CohortEvaluationResult> results) => new(
            new
            {
                ok = true,
                file,
                cohorts = results.Select(r => new
                {
                    r.Cohort,
                    dataset = r.Dataset.Id,
                    methods = r.Methods.Select(
                        m => new
                        {
                            m.Name, baseline = m.IsBaseline, body = Json(m.Body), organ = m.Organ is null ? null : Json(m.Organ), m.Froc,
                        }),
                    r.Cost,
                    published = r.Dataset.Counts.Published,
                    paper = r.Dataset.Counts.Paper,
                    note = Note(r),
                }),
            },
            [.. results.SelectMany(Tables), new CodePart($"wrote {file}")]);

    private EvaluationProtocol Protocol(ParseResult line, Settings settings)
    {
        if (line.GetValue(_protocol) is { } file)
            return EvaluationProtocol.Read(file);
        return new EvaluationProtocol
        {
            Data = Given(line, _data, "folders that 'screener import' or 'screener phantom' made").Split(','),
            Dataset = line.GetValue(_dataset),
            Models = line.GetValue(_models)?.Split(',') ?? [DefaultModel.Resolve(null)],
            TrainingData = line.GetValue(_training),
            Baselines = line.GetValue(_baselines)?.Split(',') ?? [],
            Options = CohortEvaluationOptions.Paper with
            {
                Seed = settings.Seed,
                Heads = line.GetValue(_heads)?.Split(','),
                Overlap = line.GetValue(_overlap),
                Evaluation = EvaluationOptions.Paper with { BootstrapReplicates = line.GetValue(_bootstrap) },
            },
        };
    }

    // Where numbers of volumes are shown, that the paper's do not add up.
    private static string? Note(CohortEvaluationResult result) => result.Dataset.Role == DatasetRole.Benchmark
        ? DatasetCatalogue.CountDiscrepancy
        : null;

    private static object Json(EvaluationResult result) => new { result.Auroc, result.AurocAtLimit, result.AuproAtLimit };

    // Per scope a line per method, and the lesions found.
    private static IEnumerable<DocumentPart> Tables(CohortEvaluationResult result) =>
    [
        .. CohortReport.Scopes(result),
        .. CohortReport.Frocs([result]).Select(s => s with { Note = "" }),
        .. result.Dataset.Role == DatasetRole.Benchmark ? [CohortReport.Datasets([result])] : Array.Empty<DocumentPart>(),
    ];
}
