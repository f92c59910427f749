using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Screener.Baselines;
using Screener.Datasets;
using Screener.Errors;
using Screener.Inference;
using Screener.Phantoms;
using Screener.Preprocessing;
using Screener.Runtime;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Trains the paper's baselines with equal budgets and evaluates them beside a model.</summary>
internal sealed class BaselinesVerb() : Verb(
    "baselines",
    "Compare the paper's baselines with a model: each is trained for as many processor minutes, with several seeds, on the same volumes, "
    + "and all are evaluated on the same cohorts. Goes on where it was stopped.",
    "screener baselines",
    "screener baselines --names draem,mood-top1 --minutes 10 --seeds 1",
    "screener baselines --volumes prepared/mine --train-data cache/mine --data cache/lidc --out compared")
{
    private const int Few = 3, Many = 9;

    private static readonly string[] Cohorts = [.. PhantomCohortNames.Tests.Select(c => c.Name())];

    private readonly Option<string> _out = new("--out", "-o")
    {
        Description = "The folder of everything.", HelpName = "folder", DefaultValueFactory = _ => Path.Combine("artifacts", "baselines"),
    };

    private readonly Option<string?> _names = Parsing.Text("--names", "names", "Which baselines, with commas; all if not given.");
    private readonly Option<double> _minutes = Parsing.Number(
        "--minutes", "n", 4, "Processor minutes for each network: time on the clock times threads.");

    private readonly Option<int> _seeds = Parsing.Whole("--seeds", "n", 3, "Networks of each baseline.");
    private readonly Option<string?> _volumes = Parsing.Text(
        "--volumes", "folder", "What 'screener prepare --profile quick' wrote; phantoms if not given. msflow and supervised-flow want "
        + "organ labels beside the CTs.");
    private readonly Option<string?> _training = Parsing.Text(
        "--train-data", "folder", "The data that the volumes are of, for HU and HU + position; phantoms if not given.");
    private readonly Option<string?> _data = Parsing.Text(
        "--data", "folders", "What to evaluate on, with commas; four cohorts of phantoms if not given.");
    private readonly Option<string?> _model = Parsing.Text(
        "--model", "file", "The model beside them; the shipped one if not given.", "-m");
    private readonly Option<string?> _options = Parsing.Text("--options", "file", "The file for --options of 'screener pretrain'.");
    private readonly Option<string?> _part = Parts.Option("Many networks");
    private readonly Option<bool> _shared = new("--shared")
    {
        Description = "Only what networks share: phantoms, volumes, how many steps the budget is. Before --part, on one machine.",
    };

    /// <inheritdoc/>
    internal override bool IsResumable => true;

    /// <inheritdoc/>
    internal override bool RunsOthers => true;

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols =>
        [_out, _names, _minutes, _seeds, _volumes, _training, _data, _model, _options, _part, _shared];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths)
    {
        string folder = line.GetRequiredValue(_out);
        paths.Read(_volumes.Name, line.GetValue(_volumes)).Read(_training.Name, line.GetValue(_training))
            .Read(_data.Name, line.GetValue(_data)?.Split(',') ?? []).Read(_model.Name, DefaultModel.PathOf(line.GetValue(_model)))
            .Read(_options.Name, line.GetValue(_options))
            .Write(_out.Name, folder)
            .MakeAnew(_out.Name, Made(folder, line.GetValue(_volumes), line.GetValue(_training), line.GetValue(_data)));
    }

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        string folder = line.GetRequiredValue(_out);
        var settings = context.Settings;
        var plan = new Plan
        {
            Model = DefaultModel.Resolve(line.GetValue(_model)),
            Names = line.GetValue(_names)?.Split(',') ?? [.. Kinds<BaselineOptions>.OfLibrary.Select(k => k.Name)],
            Minutes = line.GetValue(_minutes),
            Seeds = line.GetValue(_seeds),
            Volumes = line.GetValue(_volumes),
            Training = line.GetValue(_training),
            Data = line.GetValue(_data)?.Split(','),
            Options = line.GetValue(_options),
            Seed = settings.Seed,
            Threads = settings.Compute.ThreadCount,
            Device = settings.Compute.Device,
            Precision = settings.Precision,
        };
        foreach (string name in plan.Names)
            _ = Kinds<BaselineOptions>.Named(name, _names.Name);
        OptionException.ThrowIfOutside(_minutes.Name, plan.Minutes, 0.001, 1e6);
        OptionException.ThrowIfOutside(_seeds.Name, plan.Seeds, 1, 1000);
        RequireInputs(plan, context);
        bool isShared = line.GetValue(_shared);
        var part = isShared ? null : Parts.Of(line, _part, context.Activities);
        if (part is not null)
            PartState.Begin(folder, part);
        return Run(plan, folder, part, isShared, context, cancellation);
    }

    /// <summary>Evaluates the networks that parts trained.</summary>
    internal static VerbResult Merge(string folder, VerbContext context, CancellationToken cancellation)
    {
        var plan = PartState.ReadComplete(folder, "networks", null, cancellation)[0].ContentAs<Plan>(folder);
        var settings = context.Settings with
        {
            Seed = plan.Seed, Precision = plan.Precision,
            Compute = context.Settings.Compute with { Device = plan.Device, Threads = plan.Threads },
        };
        return Run(plan, folder, null, false, context with { Settings = settings }, cancellation);
    }

    // What is not given is made in the folder; networks that are made there are nothing that is read here.
    private static IEnumerable<string> Made(string folder, object? volumes, object? training, object? data)
    {
        string[] made = [
            "stages", "results.json", "report.html", .. volumes is null ? ["prepared"] : Array.Empty<string>(),
            .. training is null ? ["phantoms/train"] : Array.Empty<string>(),
            .. data is null ? Cohorts.Select(c => $"phantoms/{c}") : []];
        return made.Select(name => Path.Combine(folder, name));
    }

    // What is needed only at the end fails now and not after an hour.
    private static void RequireInputs(Plan plan, VerbContext context)
    {
        if (plan.Volumes is { } volumes)
            PreparedCohort.Read(volumes);
        foreach (string data in new[] { plan.Training }.OfType<string>().Concat(plan.Data ?? []))
            AnnotatedCohort.Open(data);
        using var model = ScreenerModel.Load(plan.Model, context.Networks());
        model.Methods([EnsembleMethod.MethodName]);
    }

    private static VerbResult Run(
        Plan plan, string folder, WorkPart? part, bool isShared, VerbContext context, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var (names, model, minutes, seeds, threads) = (plan.Names, plan.Model, plan.Minutes, plan.Seeds, plan.Threads);
        var stages = new StageChain(folder, context, cancellation);
        var told = new List<string>();
        stages.Store.RequireOwn(Made(folder, plan.Volumes, plan.Training, plan.Data));
        string[] counted = [Invariant($"--threads={threads}")];
        string phantoms = In("phantoms"), training = plan.Training ?? Path.Combine(phantoms, "train");
        string[] data = plan.Data ?? [.. Cohorts.Select(c => Path.Combine(phantoms, c))];
        if (part is not null && names.FirstOrDefault(n => !File.Exists(In($"{n}.steps"))) is { } lacking)
        {
            throw new MissingInputException(
                In($"{lacking}.steps"), "nothing there", "what networks share, before they are trained in parts",
                "Make it first, with --shared.");
        }

        if (plan.Training is null)
            Stage("phantom-training", [], [training], ["phantom", "--out", phantoms, "--cohort", "train", "--cases", "48", .. Seed(0)]);
        if (plan.Data is null)
            Stage("phantom-tests", [], data, ["phantom", "--out", phantoms, "--cohort", .. Cohorts, "--cases", "6", .. Seed(0)]);
        string volumes = plan.Volumes ?? In("prepared");
        if (plan.Volumes is null)
            Stage("prepare", [training], [volumes], ["prepare", training, "--out", volumes, "--profile", "quick"]);

        // As many steps as fit into the budget here, measured once: a run that is gone on with takes the same.
        var steps = new Dictionary<string, long>();
        foreach (string name in names)
        {
            string file = In($"{name}.steps");
            stages.Store.Make($"{name}-budget", new { name, minutes, threads, options = Options() }, [volumes, .. Given()], [file], () =>
            {
                context.Activities.Note($"== how long a step of {name} takes");
                double few = Try(name, Few), many = Try(name, Many), step = Math.Max(1e-4, (many - few) / (Many - Few));
                AtomicFile.WriteText(file, Invariant($"{Math.Max(1, (long)(60 * minutes / threads / step))}\n"));
                return (few + many, 0);
            }, cancellation);
            steps[name] = JsonSerializer.Deserialize<long>(InputFile.ReadAllText(file));
        }

        if (isShared)
            return new VerbResult(new { ok = true, folder, steps }, $"{folder}: what networks share is there; now train with --part i/n");
        int count = names.Length * seeds;
        context.Activities.Note(
            Invariant($"== {count} networks, {minutes:0.#} processor minutes each: about {count * minutes / threads:0} minutes of ")
            + "training, then the evaluation");
        var networks = new List<string>();
        int place = 0;
        foreach (string name in names)
        {
            for (int seed = 0; seed < seeds; seed++, place++)
            {
                if (part?.Has(place) == false)
                    continue;
                string network = In(seeds == 1 ? name : Invariant($"{name}-{seed + 1}"));
                Stage(Path.GetFileName(network), [volumes, .. Given()], [network, network + ".checkpoint"],
                    ["pretrain", name, "--volumes", volumes, "--out", network, "--steps", Invariant($"{steps[name]}"), .. Seed(seed),
                        .. Options()]);
                networks.Add(network);
            }
        }

        if (part is not null)
        {
            PartState.Write(
                folder, part, "baselines", steps, plan,
                networks.Select(Path.GetFileName).Select(n => new PartItem(n!, n)), plan);
            return new VerbResult(
                new { ok = true, folder, part = $"{part}", networks },
                Parts.Done(part, folder, Invariant($"{networks.Count} networks trained.")));
        }

        string results = In("results.json"), report = In("report.html");
        string table = Stage("evaluate", [.. networks, model, .. data, training], [results],
            ["evaluate", "--model", model, "--heads", EnsembleMethod.MethodName, "--baselines", string.Join(',', networks), "--data",
                string.Join(',', data), "--train-data", training, "--overlap", StageChain.QuickOverlap, "--out", results, .. Seed(0)]);
        string timings = stages.WriteTimings(told).File;
        Stage("report", [results, timings], [report],
            ["report", results, "--timings", timings, "--title", Invariant($"Baselines, {minutes:0.#} processor minutes each"), "--out",
                report]);
        report = Path.GetFullPath(report);
        return new VerbResult(
            new
            {
                ok = true, report, results = Path.GetFullPath(results), minutes, steps, networks = networks.Select(Path.GetFullPath),
                seconds = clock.Elapsed.TotalSeconds,
            },
            Invariant($"{InputFile.ReadAllText(table)}\n== all: {clock.Elapsed.TotalSeconds:0} s\nReport: {report}"));

        string In(string name) => stages.In(name);

        string[] Seed(int more) => stages.Seed((ulong)more);

        string[] Given() => plan.Options is { } file ? [file] : [];

        string[] Options() => plan.Options is { } file ? ["--options", file] : [];

        double Try(string name, int few)
        {
            double seconds = 0;
            stages.Try(at =>
            {
                var watch = Stopwatch.StartNew();
                StageProcess.Run(
                    "the budget", ["pretrain", name, "--volumes", volumes, "--out", at(name), "--steps", Invariant($"{few}"), "--quiet",
                        .. Options(), .. counted, .. stages.Everywhere()], null, cancellation);
                seconds = watch.Elapsed.TotalSeconds;
            });
            return seconds;
        }

        string Stage(string name, string[] inputs, string[] outputs, string[] arguments)
        {
            told.Add(name);
            return stages.Run(name, inputs, outputs, [.. arguments, .. counted]);
        }
    }

    /// <summary>What is compared, and how.</summary>
    private sealed record Plan
    {
        public required string Model { get; init; }

        public required string[] Names { get; init; }

        public required double Minutes { get; init; }

        public required int Seeds { get; init; }

        public string? Volumes { get; init; }

        public string? Training { get; init; }

        public string[]? Data { get; init; }

        public string? Options { get; init; }

        public required ulong Seed { get; init; }

        public required int Threads { get; init; }

        public required string Device { get; init; }

        public ComputePrecision? Precision { get; init; }
    }
}
