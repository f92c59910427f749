using System.CommandLine;
using Screener.Errors;
using Screener.Imaging;
using Screener.Preprocessing;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>What the verbs that train have in common.</summary>
internal abstract class TrainingVerb(string name, string description, params IReadOnlyList<string> examples) : Verb(
    name, description, examples)
{
    private readonly Option<string?> _volumes = Parsing.Text("--volumes", "folder", "The folder that 'screener prepare' wrote.");
    private readonly Option<string?> _out = Parsing.Text(
        "--out", "file", "The file to write; its checkpoint lies beside it and is gone on with.", "-o");
    private readonly Option<string> _profile = Parsing.OneOf(
        "--profile", "name", "Minutes on a laptop, or the paper's settings", "quick", "paper");
    private readonly Option<long> _steps = Parsing.Whole("--steps", "n", 0L, "Training steps; 0 means the profile's.");
    private readonly Option<string?> _options = Parsing.Text(
        "--options", "file", "A JSON file with options that differ from the profile's.");
    private readonly Option<string?> _csv = Parsing.Text("--csv", "file", "Also write loss and its terms as a table while training.");
    private readonly Option<string?> _tensorBoard = Parsing.Text(
        "--tensorboard", "folder", "Also write loss and its terms as event files for TensorBoard while training.");
    private readonly Option<bool> _printOptions = new("--print-options") { Description = "Print the options as JSON and do nothing." };

    /// <inheritdoc/>
    internal override bool IsResumable => true;

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_volumes, _profile, .. TrainingSymbols];

    /// <summary>Those of them that do not say what is learnt from.</summary>
    protected IEnumerable<Symbol> TrainingSymbols => [_out, _steps, _options, _csv, _tensorBoard, _printOptions];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths)
    {
        string? file = line.GetValue(_out);
        string?[] volumes = [line.GetValue(_volumes)];
        if (TakesCohorts(line) && volumes[0] is { } folders)
            volumes = folders.Split(',');
        paths.Read(_volumes.Name, volumes).Read(_options.Name, line.GetValue(_options)).Write(_out.Name, file)
            .WriteOn(_out.Name, file is null ? null : CheckpointOf(file))
            .WriteOn(_out.Name, file is null ? null : TrainingCard.FileOf(file))
            .WriteOn(_out.Name, file is null ? null : TrainingCard.FileOf(CheckpointOf(file))).Write(_csv.Name, line.GetValue(_csv))
            .Write(_tensorBoard.Name, line.GetValue(_tensorBoard));
    }

    /// <summary>True if --volumes may name several folders, separated by commas.</summary>
    protected virtual bool TakesCohorts(ParseResult line) => false;

    /// <summary>True if nothing is to be done but to print the options.</summary>
    protected bool PrintsOptions(ParseResult line) => line.GetValue(_printOptions);

    /// <summary>True for the paper's profile.</summary>
    protected bool IsPaper(ParseResult line) => line.GetValue(_profile) == "paper";

    /// <summary>The profile with what the options file changes.</summary>
    protected T Options<T>(ParseResult line, T profile) => OptionsFile.Over(profile, OptionsPath(line));

    /// <summary>The file with what differs from the profile; null where there is none.</summary>
    protected string? OptionsPath(ParseResult line) => line.GetValue(_options);

    /// <summary>The optimiser's options with the steps of the command line.</summary>
    protected OptimisationOptions Steps(ParseResult line, OptimisationOptions options) => line.GetValue(_steps) is var steps and not 0
        ? options with { Steps = steps }
        : options;

    /// <summary>The seed of the command line, or that of the options.</summary>
    protected static ulong Seed(Settings settings, ulong ofOptions) => settings.IsSeedGiven ? settings.Seed : ofOptions;

    /// <summary>The file to write.</summary>
    protected string Out(ParseResult line) => Given(line, _out, "a file to write");

    /// <summary>The prepared volumes, checked to be prepared as the options say.</summary>
    protected PreparedVolumes Volumes(ParseResult line, PreprocessingOptions preprocessing) =>
        Volumes(Given(line, _volumes, "the folder that 'screener prepare' wrote"), preprocessing);

    /// <summary>The prepared volumes of several folders, separated by commas.</summary>
    protected IReadOnlyList<PreparedVolumes> Cohorts(ParseResult line, PreprocessingOptions preprocessing) =>
        [.. Given(line, _volumes, "folders that 'screener prepare' wrote").Split(',').Select(folder => Volumes(folder, preprocessing))];

    private PreparedVolumes Volumes(string folder, PreprocessingOptions preprocessing)
    {
        var cohort = PreparedCohort.Read(folder);
        if (cohort.Cases.Count == 0)
            throw new MissingInputException(folder, "no prepared volume", "at least one", "Prepare a training cohort.");
        if (cohort.Options.Fingerprint() != preprocessing.Fingerprint())
        {
            throw new OptionException(
                _volumes.Name, $"volumes prepared at {cohort.Options.TargetSpacing} with other options",
                $"volumes prepared as the options say, at {preprocessing.TargetSpacing}",
                "Prepare them with the same --profile, or give their preprocessing in --options.");
        }

        return new PreparedVolumes(cohort);
    }

    /// <summary>The circumstances of a run that shows itself on <paramref name="activity"/>.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="context">What the verb works with.</param>
    /// <param name="activity">The run.</param>
    /// <param name="data">What is learnt from, and how many volumes that has.</param>
    /// <param name="parts">Files whose networks become part of it.</param>
    /// <returns>The run, and what is to be finished when the file is written.</returns>
    protected (TrainingRun Run, TrainingLog Log) RunOf(
        ParseResult line, VerbContext context, Activity activity, IEnumerable<(string Name, int Volumes)> data,
        params IEnumerable<string> parts)
    {
        string file = Out(line), checkpoint = CheckpointOf(file);
        AtomicFile.RequireWritable(file, parts.Sum(p => new FileInfo(p).Length));
        AtomicFile.RequireWritable(checkpoint);
        var compute = context.Networks(TrainingRun.PrecisionOf(checkpoint));
        var counted = data.GroupBy(d => d.Name).ToDictionary(g => g.Key, g => g.Sum(d => d.Volumes));
        var log = new TrainingLog(
            file, checkpoint, new SortedDictionary<string, int>(counted, StringComparer.Ordinal), compute, context.Activities.Note);
        var history = new TrainingHistory();
        if (line.GetValue(_csv) is { } csv)
            HistoryCsv.Follow(history, csv);
        if (line.GetValue(_tensorBoard) is { } folder)
            HistoryEvents.Follow(history, folder);
        var run = TrainingRun.Of(compute) with
        {
            CheckpointPath = checkpoint,
            CheckpointEvery = 100,
            History = history,
            Logger = context.Activities,
            Progress = new Relay<TrainingProgress>(p =>
            {
                log.See(p);
                activity.Report((double)p.Step / p.Steps, Describe(p));
            }),
        };
        return (run, log);
    }

    /// <summary>Volumes as a card names them: by the last part of their folder.</summary>
    protected IEnumerable<(string Name, int Volumes)> Named(ParseResult line, params IReadOnlyList<PreparedVolumes> volumes)
    {
        string given = line.GetValue(_volumes)!;
        string[] folders = TakesCohorts(line) ? given.Split(',') : [given];
        return folders.Zip(
            volumes, (folder, v) => (Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), v.Count));
    }

    /// <summary>Where the state of an unfinished training is.</summary>
    protected static string CheckpointOf(string file) => file + ".checkpoint";

    private static string Describe(TrainingProgress p)
    {
        string terms = string.Join(
            ", ", p.Values.Where(v => v.Key != "loss" || p.Values.Count == 1).Select(v => Invariant($"{v.Key} {v.Value:0.###}")));
        string loss = p.Values.Count > 1 && p.Values.TryGetValue("loss", out double total)
            ? Invariant($"loss {total:0.###} ({terms})")
            : terms;
        return Invariant($"step {p.Step} of {p.Steps}, {loss}, {p.StepsPerSecond:0.0#} steps/s, {p.Remaining:hh\\:mm\\:ss} left");
    }
}
