using System.Collections.Immutable;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Screener.Datasets;
using Screener.Errors;
using Screener.FineTuning;
using Screener.Inference;
using Screener.Reporting;
using Screener.Runtime;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Trains a model's networks on a few labelled cases, and says what that brings.</summary>
internal sealed class FineTuneVerb() : Verb(
    "finetune",
    "Train a model's distilled network on a few labelled cases, against the same network from random weights: Dice by number of labels, "
    + "in folds by patient, and what the map without labels reaches. Goes on where it was stopped.",
    "screener finetune --data phantoms/kidney-tumours --model fast.screener --out tuned",
    "screener finetune --data cache/kits --model fast.screener --out tuned --labelled 10,25 --folds 5 --steps 1000",
    "screener finetune --data phantoms/liver-tumours --starts lesions,descriptor,random --out tuned")
{
    private static readonly FineTuningOptions Standard = new();

    private readonly Option<string?> _data = Parsing.Text(
        "--data", "folder", "Labelled cases: what 'screener import' or 'screener phantom' made.");
    private readonly Option<string?> _model = Parsing.Text(
        "--model", "file", "What 'screener distil' wrote; the shipped one if not given.", "-m");
    private readonly Option<string?> _out = Parsing.Text("--out", "folder", "The folder of everything: finetune.json, report.html.", "-o");
    private readonly Option<string?> _starts = Parsing.Text(
        "--starts", "names",
        $"Where weights come from, with commas, of {string.Join(", ", StartingWeights.Names)}; each is compared with the last. "
        + $"{string.Join(',', Standard.Starts)} if not given.");
    private readonly Option<string?> _labelled = Parsing.Text(
        "--labelled", "numbers", $"Numbers of labelled cases, with commas; {string.Join(',', Standard.Labelled)} if not given.");
    private readonly Option<int> _folds = Parsing.Whole(
        "--folds", "n", 0, $"Parts that patients are divided into; 0 means {Standard.Folds}.");
    private readonly Option<long> _steps = Parsing.Whole(
        "--steps", "n", 0L, $"Training steps of a network; 0 means {Standard.Optimisation.Steps}.");
    private readonly Option<string?> _options = Parsing.Text("--options", "file", "A JSON file with options that differ.");
    private readonly Option<bool> _print = new("--print-options") { Description = "Print the options as JSON and do nothing." };

    /// <inheritdoc/>
    internal override bool IsResumable => true;

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_data, _model, _out, _starts, _labelled, _folds, _steps, _options, _print];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths)
    {
        paths.Read(_data.Name, line.GetValue(_data)).Read(_model.Name, DefaultModel.PathOf(line.GetValue(_model)))
            .Read(_options.Name, line.GetValue(_options));
        if (line.GetValue(_out) is { } folder)
            paths.Write(_out.Name, folder).MakeAnew(_out.Name, ResultsIn(folder), ReportIn(folder), Path.Combine(folder, "parts"));
    }

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var options = Options(line, context.Settings);
        options.Validate();
        if (line.GetValue(_print))
            return OptionsFile.Print(options);
        string folder = Given(line, _out, "a folder to write"), modelFile = DefaultModel.Resolve(line.GetValue(_model));
        string results = ResultsIn(folder), report = ReportIn(folder);
        var cohort = AnnotatedCohort.Open(Given(line, _data, "labelled cases"));
        AtomicFile.RequireWritable(results);
        var compute = context.Networks();
        var clock = Stopwatch.StartNew();
        using var model = ScreenerModel.Load(modelFile, compute);
        using var stages = new StageActivities(context.Activities);
        var study = new FineTuningStudy(
            cohort, model, modelFile, options, folder, compute, context.Activities,
            new Relay<FineTuningProgress>(p => stages.Report(p.Title, p.Fraction, p.Detail)));
        var result = study.Run(cancellation);
        result.Write(results);
        DocumentPage.Save(FineTuningReport.Of(result), report);
        return new VerbResult(
            new
            {
                ok = true, results = Path.GetFullPath(results), report = Path.GetFullPath(report), cases = result.Cases.Count,
                dice = result.FineTuned.Select(f => new { f.Start, f.Labelled, f.Mean, f.Lead }),
                unsupervised = result.Unsupervised?.Mean, seconds = clock.Elapsed.TotalSeconds, peakMemoryBytes = ProcessMemory.PeakBytes,
            },
            FineTuningReport.Table(result),
            new CodePart(Invariant($"{clock.Elapsed.TotalSeconds:0} s, peak memory {ProcessMemory.PeakBytes / 1e9:0.0} GB\n")
                + $"Report: {Path.GetFullPath(report)}"));
    }

    private static string ResultsIn(string folder) => Path.Combine(folder, "finetune.json");

    private static string ReportIn(string folder) => Path.Combine(folder, "report.html");

    private FineTuningOptions Options(ParseResult line, Settings settings)
    {
        var options = OptionsFile.Over(Standard with { Seed = settings.Seed }, line.GetValue(_options));
        if (line.GetValue(_starts) is { } starts)
            options = options with { Starts = [.. starts.Split(',')] };
        if (line.GetValue(_labelled) is { } labelled)
            options = options with { Labelled = Numbers(labelled) };
        if (line.GetValue(_folds) is var folds and not 0)
            options = options with { Folds = folds };
        if (line.GetValue(_steps) is var steps and not 0)
            options = options with { Optimisation = options.Optimisation with { Steps = steps } };
        return settings.IsSeedGiven ? options with { Seed = settings.Seed } : options;
    }

    private ImmutableArray<int> Numbers(string text) =>
    [
        .. text.Split(',').Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new OptionException(_labelled.Name, $"'{word}'", "whole numbers with commas, as in 5,10,25")),
    ];
}
