using System.CommandLine;
using System.Globalization;
using System.Text;
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
    "Evaluate models on prepared datasets or phantom cohorts, beside two baselines: AUROC, AUROC and AUPRO at FPR <= 0.3, with intervals.",
    "screener evaluate --model model.screener --data phantoms/lung-nodules,phantoms/liver-tumours --train-data phantoms/train --out results.json",
    "screener evaluate --dataset lidc --data cache/lidc --model model.screener --out lidc.json",
    "screener evaluate --model quick.screener,long.screener --data phantoms/kidney-tumours --out results.json --pictures pictures")
{
    private readonly Option<string?> _models = new("--model", "-m") { Description = "What 'screener fit' wrote, with commas for several; the shipped one if not given.", HelpName = "files" };
    private readonly Option<string?> _data = new("--data", "--cohorts") { Description = "Folders that 'screener data prepare' or 'screener phantom' made, with commas.", HelpName = "folders" };
    private readonly Option<string?> _dataset = new("--dataset") { Description = "What the data must be, a name that 'screener data list' shows; anything if not given.", HelpName = "name" };
    private readonly Option<string?> _training = new("--train-data", "--train-cohort") { Description = "The data that the models were trained on, for the baselines; without it there are none.", HelpName = "folder" };
    private readonly Option<string?> _heads = new("--heads") { Description = "Which conditions and densities, with commas; all if not given.", HelpName = "names" };
    private readonly Option<string?> _out = new("--out", "-o") { Description = "The results, JSON.", HelpName = "file" };
    private readonly Option<string?> _pictures = new("--pictures") { Description = "A folder for a picture of each case: lesions and the map of the last model's last density.", HelpName = "folder" };
    private readonly Option<int> _bootstrap = Parsing.Whole("--bootstrap", "n", EvaluationOptions.Paper.BootstrapReplicates, "Replicates for the 95 % intervals; 0 leaves them out.");
    private readonly Option<string?> _protocol = new("--protocol") { Description = "A JSON file that says all of the above but --out and --pictures, as --print-protocol prints it.", HelpName = "file" };
    private readonly Option<bool> _print = new("--print-protocol") { Description = "Print the protocol as JSON and do nothing." };

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_models, _data, _dataset, _training, _heads, _out, _pictures, _bootstrap, _protocol, _print];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths)
    {
        if (line.GetValue(_print))
            return;
        var protocol = Protocol(line, Settings.Of(line));
        paths.Read(_protocol.Name, line.GetValue(_protocol)).Read(_data.Name, protocol.Data).Read(_models.Name, protocol.Models)
            .Read(_training.Name, protocol.TrainingData)
            .Write(_out.Name, line.GetValue(_out)).Write(_pictures.Name, line.GetValue(_pictures));
    }

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var protocol = Protocol(line, context.Settings);
        protocol.Validate();
        if (line.GetValue(_print))
            return OptionsFile.Print(protocol);
        string file = line.GetValue(_out) ?? throw new OptionException(_out.Name, "nothing", "a file to write", $"Add {_out.Name}.");
        AtomicFile.RequireWritable(file);
        TemporaryFiles.RequireFolder();
        var pictures = line.GetValue(_pictures) is { } folder ? new CasePictures(folder) : null;
        var compute = context.Networks();
        protocol = protocol with { Options = protocol.Options with { Evaluation = protocol.Options.Evaluation with { Threads = compute.ThreadCount } } };
        using var stages = new StageActivities(context.Activities);
        var progress = new Relay<ProtocolProgress>(p => stages.Report(p.Title, p.Fraction, p.Detail));
        var results = protocol.Run(compute, pictures is null ? null : pictures.See, progress, cancellation);
        CohortEvaluationFile.Write(file, results);
        return new VerbResult(
            new
            {
                ok = true,
                file,
                cohorts = results.Select(r => new
                {
                    r.Cohort,
                    dataset = r.Dataset.Id,
                    methods = r.Methods.Select(m => new { m.Name, baseline = m.IsBaseline, body = Json(m.Body), organ = m.Organ is null ? null : Json(m.Organ), m.Froc }),
                    r.Cost,
                    published = r.Dataset.Counts.Published,
                    paper = r.Dataset.Counts.Paper,
                    note = Note(r),
                }),
            },
            Table(results) + Environment.NewLine + $"wrote {file}");
    }

    private EvaluationProtocol Protocol(ParseResult line, Settings settings)
    {
        if (line.GetValue(_protocol) is { } file)
            return EvaluationProtocol.Read(file);
        return new EvaluationProtocol
        {
            Data = line.GetValue(_data)?.Split(',') ?? throw new OptionException(_data.Name, "nothing", "folders that 'screener data prepare' or 'screener phantom' made", $"Add {_data.Name}."),
            Dataset = line.GetValue(_dataset),
            Models = line.GetValue(_models)?.Split(',') ?? [DefaultModel.Resolve(null)],
            TrainingData = line.GetValue(_training),
            Options = CohortEvaluationOptions.Paper with
            {
                Seed = settings.Seed,
                Heads = line.GetValue(_heads)?.Split(','),
                Evaluation = EvaluationOptions.Paper with { BootstrapReplicates = line.GetValue(_bootstrap) },
            },
        };
    }

    // Where numbers of volumes are shown, that the paper's do not add up.
    private static string? Note(CohortEvaluationResult result) => result.Dataset.Role == DatasetRole.Benchmark ? DatasetCatalogue.CountDiscrepancy : null;

    private static object Json(EvaluationResult result) => new { result.Auroc, result.AurocAtLimit, result.AuproAtLimit };

    /// <summary>The results as text: per cohort and scope a line per method.</summary>
    internal static string Table(IReadOnlyList<CohortEvaluationResult> results)
    {
        int width = results.SelectMany(r => r.Methods).Max(m => m.Name.Length) + 2;
        var text = new StringBuilder();
        foreach (var result in results)
        {
            foreach (var scope in Enum.GetValues<EvaluationScope>())
            {
                var rows = result.Methods.Select(m => (m.Name, Result: scope == EvaluationScope.Body ? m.Body : m.Organ)).Where(r => r.Result is not null).ToList();
                if (rows.Count == 0)
                    continue;
                string title = scope == EvaluationScope.Body ? "over the body" : "within the organ";
                text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{result.Cohort}, {title}: {rows[0].Result!.Cases} cases, {rows[0].Result!.Regions} lesions");
                text.AppendLine(CultureInfo.InvariantCulture, $"  {"".PadRight(width)}{"AUROC",-24}{"AUROC, FPR <= 0.3",-24}AUPRO, FPR <= 0.3");
                foreach (var (name, r) in rows)
                    text.AppendLine(CultureInfo.InvariantCulture, $"  {name.PadRight(width)}{Show(r!.Auroc),-24}{Show(r.AurocAtLimit),-24}{Show(r.AuproAtLimit)}");
            }

            var frocs = result.Methods.Where(m => m.Froc is not null).ToList();
            if (frocs.Count == 0)
                continue;
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{result.Cohort}, lesions found by false findings a scan");
            var rates = frocs[0].Froc!.FalsePositivesPerScan;
            text.AppendLine(CultureInfo.InvariantCulture, $"  {"".PadRight(width)}{string.Concat(rates.Select(r => Invariant($"{r,-8:0.###}")))}mean");
            foreach (var method in frocs)
            {
                string numbers = string.Concat(method.Froc!.Sensitivity.Select(s => Invariant($"{s,-8:0.00}")));
                text.AppendLine(CultureInfo.InvariantCulture, $"  {method.Name.PadRight(width)}{numbers}{method.Froc.Mean:0.00}");
            }
        }

        foreach (var result in results.Where(r => r.Dataset.Role == DatasetRole.Benchmark))
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{result.Dataset.Name}: {result.Methods[0].Body.Cases} volumes evaluated, {result.Dataset.Counts.Published:N0} published, {(result.Dataset.Counts.Paper is { } paper ? string.Create(CultureInfo.InvariantCulture, $"{paper:N0}") : "none")} in the paper. {DatasetCatalogue.CountDiscrepancy}");
        return text.ToString().Trim('\r', '\n');
    }

    private static string Show(Metric metric) => metric switch
    {
        { Value: null } => $"- ({metric.Undefined})",
        { Interval: { } i } => Invariant($"{metric.Value:0.000} [{i.Lower:0.000}, {i.Upper:0.000}]"),
        _ => Invariant($"{metric.Value:0.000}"),
    };
}
