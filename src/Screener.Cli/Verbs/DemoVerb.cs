using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Screener.Inference;
using Screener.Phantoms;
using Screener.Runtime;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Shows the whole of it on phantoms.</summary>
internal sealed class DemoVerb() : Verb(
    "demo",
    "Show the whole of it on phantoms: make cohorts, train, fit, evaluate beside baselines, screen a CT, write a report. Goes on where it "
    + "was stopped; what is done is done again only if something that it was made of has changed.",
    "screener demo",
    "screener demo --out demo --cases 2 --test-cases 1 --calibration-cases 2 --descriptor-steps 20 --condition-steps 20 "
    + "--lesion-steps 20 --fit-steps 10")
{
    /// <summary>The part of the networks' training in the whole, in runs on two processors.</summary>
    private const double TrainingPart = 0.55;

    /// <summary>The paper's best condition, the expert that finds most, and all of them together.</summary>
    private const string Shown = $"masking-invariant,{LesionMethod.MethodName},{EnsembleMethod.MethodName}";

    private static readonly string[] Cohorts = [.. PhantomCohortNames.Tests.Select(c => c.Name())];

    /// <summary>All that lies in the folder in the end.</summary>
    internal static readonly string[] Made = [
        "stages", "phantoms", "others", "prepared", "prepared-lesions", "dicom", "pictures", "map.nii.gz", "body.nii.gz", "screened.png",
        "results.json", "timings.txt", "report.html",
        .. new[] { "descriptor.network", "condition.network", "lesions.network", "densities.screener" }.SelectMany(
            file => new[] { file, file + ".checkpoint", TrainingCard.FileOf(file), TrainingCard.FileOf(file + ".checkpoint") }),
        "quick-here.screener", TrainingCard.FileOf("quick-here.screener")];

    private readonly Option<string> _out = new("--out", "-o")
    {
        Description = "The folder of everything.", HelpName = "folder", DefaultValueFactory = _ => Path.Combine("artifacts", "demo"),
    };

    private readonly Option<int> _cases = Parsing.Whole("--cases", "n", 48, "Patients to train on.");
    private readonly Option<int> _testCases = Parsing.Whole("--test-cases", "n", 6, "Patients in each test cohort.");
    private readonly Option<int> _calibrationCases = Parsing.Whole("--calibration-cases", "n", 12, "Patients that tell what is rare.");

    // With these a run takes 12 to 20 minutes on 2 processors.
    private readonly Option<int> _descriptorSteps = Parsing.Whole("--descriptor-steps", "n", 300, "Steps of the descriptor's training.");
    private readonly Option<int> _conditionSteps = Parsing.Whole("--condition-steps", "n", 300, "Steps of the condition's training.");
    private readonly Option<int> _lesionSteps = Parsing.Whole("--lesion-steps", "n", 750, "Steps of the lesion network's training.");
    private readonly Option<int> _fitSteps = Parsing.Whole("--fit-steps", "n", 200, "Steps of the densities' fitting.");
    private readonly Option<string?> _trainingOptions = OptionsOf("--training-options", "pretrain descriptor' and 'pretrain condition");
    private readonly Option<string?> _lesionOptions = OptionsOf("--lesion-options", "pretrain lesions");
    private readonly Option<string?> _fitOptions = OptionsOf("--fit-options", "fit");
    private readonly Option<string> _beside = new("--beside")
    {
        Description = "A model to evaluate beside the one that is made, where it is there.", HelpName = "file",
        DefaultValueFactory = _ => DefaultModel.PathOf(null),
    };
    private readonly Option<string?> _ct = Parsing.Text(
        "--ct", "path", "The CT to screen, as 'screener screen' takes it; a phantom if not given.");
    private readonly Option<string?> _annotations = Parsing.Text("--annotations", "file", "An LIDC-IDRI XML file of that CT.");

    /// <inheritdoc/>
    internal override bool IsResumable => true;

    /// <inheritdoc/>
    internal override bool RunsOthers => true;

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [
        _out, _cases, _testCases, _calibrationCases, _descriptorSteps, _conditionSteps, _lesionSteps, _fitSteps, _trainingOptions,
        _lesionOptions, _fitOptions, _beside, _ct, _annotations];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths)
    {
        string folder = line.GetRequiredValue(_out);
        paths.Write(_out.Name, folder).MakeAnew(_out.Name, Made.Select(name => Path.Combine(folder, name)))
            .Read(_trainingOptions.Name, line.GetValue(_trainingOptions)).Read(_lesionOptions.Name, line.GetValue(_lesionOptions))
            .Read(_fitOptions.Name, line.GetValue(_fitOptions)).Read(_beside.Name, line.GetValue(_beside))
            .Read(_ct.Name, line.GetValue(_ct)).Read(_annotations.Name, line.GetValue(_annotations));
    }

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation) =>
        new Chain(this, line, context, cancellation).Run();

    private static Option<string?> OptionsOf(string name, string commands) =>
        Parsing.Text(name, "file", $"The file for --options of 'screener {commands}'.");

    /// <summary>
    /// The stages, one after the other; the lesion network beside the other two, their densities and more phantoms, each on half of the
    /// processors.
    /// </summary>
    private sealed class Chain(DemoVerb verb, ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        // In the order of the report.
        private static readonly string[] Told = [
            "phantom-training", "phantom-tests", "prepare", "prepare-lesions", "pretrain-lesions", "pretrain-condition",
            "pretrain-descriptor", "fit", "phantom-others", "ensemble", "evaluate", "screen"];

        private readonly StageChain _stages = new(line.GetRequiredValue(verb._out), context, cancellation);
        private readonly string _half = Invariant($"{Math.Max(1, context.Settings.Compute.ThreadCount / 2)}");
        private readonly Stopwatch _clock = Stopwatch.StartNew();

        internal VerbResult Run()
        {
            string phantoms = In("phantoms"), training = In("phantoms/train"), others = In("others"), rare = In("others/train");
            string prepared = In("prepared"), preparedLesions = In("prepared-lesions"), densities = In("densities.screener");
            string descriptor = In("descriptor.network"), condition = In("condition.network"), lesions = In("lesions.network");
            string model = In("quick-here.screener"), results = In("results.json"), pictures = In("pictures");
            string[] tests = [.. Cohorts.Select(c => Path.Combine(phantoms, c))];
            string[] histories = [descriptor, condition, CheckpointOf(densities)];
            _stages.Store.RequireOwn(Made.Select(In));
            if (!File.Exists(descriptor))
                Foretell();

            _stages.Run("phantom-training", [], [training],
                ["phantom", "--out", phantoms, "--cohort", "train", "--cases", Value(verb._cases), .. _stages.Seed()]);
            _stages.Run("phantom-tests", [], tests,
                ["phantom", "--out", phantoms, "--cohort", .. Cohorts, "--cases", Value(verb._testCases), .. _stages.Seed()]);
            _stages.Run("prepare", [training], [prepared], ["prepare", training, "--out", prepared, "--profile", "quick"]);
            _stages.Run("prepare-lesions", [training], [preparedLesions],
                ["prepare", training, "--out", preparedLesions, "--profile", "lesions"]);

            // Only what runs in front shows its progress. What is rare is told by phantoms that no network has seen.
            Beside(
                stop => Train("lesions", lesions, preparedLesions, verb._lesionSteps, verb._lesionOptions, isQuiet: true, stop),
                () =>
                {
                    Train("condition", condition, prepared, verb._conditionSteps, verb._trainingOptions, isQuiet: false, cancellation);
                    Train("descriptor", descriptor, prepared, verb._descriptorSteps, verb._trainingOptions, isQuiet: false, cancellation);
                    _stages.Run("fit", [descriptor, condition, prepared, .. Given(verb._fitOptions)], [densities, CheckpointOf(densities)],
                        ["fit", "--descriptor", descriptor, "--condition-model", condition, "--conditions", "none,masking-invariant",
                            "--density", "gaussian", "--volumes", prepared, "--out", densities, "--steps", Value(verb._fitSteps),
                            "--threads", _half, .. _stages.Seed(), .. Options(verb._fitOptions)]);
                    _stages.Run("phantom-others", [], [others],
                        ["phantom", "--out", others, "--cohort", "train", "--cases", Value(verb._calibrationCases), "--threads", _half,
                            .. _stages.Seed(2)]);
                });
            _stages.Run("ensemble", [rare, densities, lesions], [model],
                ["ensemble", rare, "--model", densities, "--lesions", lesions, "--out", model, .. _stages.Seed()]);
            string beside = line.GetRequiredValue(verb._beside);
            string[] models = File.Exists(beside) ? [beside, model] : [model];
            string table = _stages.Run("evaluate", [.. models, .. tests, training], [results, pictures],
                ["evaluate", "--model", string.Join(',', models), "--cohorts", string.Join(',', tests), "--train-cohort", training,
                    "--heads", Shown, "--overlap", StageChain.QuickOverlap, "--out", results, "--pictures", pictures, .. _stages.Seed()]);
            string ct = line.GetValue(verb._ct) ?? Phantom(), screened = Screen(ct, model);

            string report = In("report.html");
            var (timings, times) = _stages.WriteTimings(Told);
            _stages.Run("report", [results, .. histories, pictures, screened, timings], [report],
                ["report", results, "--training", string.Join(',', histories), "--pictures", pictures, "--screened", screened,
                    "--timings", timings, "--title", "Screener: demonstration", "--out", report]);
            report = Path.GetFullPath(report);
            return new VerbResult(
                new
                {
                    ok = true, report, results = Path.GetFullPath(results), seconds = _clock.Elapsed.TotalSeconds,
                    stages = Told.Select(name => new { name, _stages[name].Seconds, _stages[name].PeakMemoryBytes }),
                },
                Invariant($"{Text(table)}\n{times}\n== all: {_clock.Elapsed.TotalSeconds:0} s\nReport: {report}"));
        }

        private static string CheckpointOf(string file) => file + ".checkpoint";

        private static string Text(string file) => Encoding.UTF8.GetString(InputFile.Reading(
            file, "what a stage printed", "Start again.", () => InputFile.ReadAllBytes(file)));

        private string In(string name) => _stages.In(name);

        private string Value(Option<int> option) => Invariant($"{line.GetValue(option)}");

        private string[] Given(Option<string?> option) => line.GetValue(option) is { } file ? [file] : [];

        private string[] Options(Option<string?> option) => line.GetValue(option) is { } file ? ["--options", file] : [];

        private void Train(
            string network, string file, string volumes, Option<int> steps, Option<string?> options, bool isQuiet,
            CancellationToken stop) =>
            _stages.Run($"pretrain-{network}", [volumes, .. Given(options)], [file, CheckpointOf(file)],
                ["pretrain", network, "--volumes", volumes, "--out", file, "--steps", Value(steps), .. _stages.Seed(), "--threads", _half,
                    .. Options(options)], isQuiet, stop);

        // The folder of a phantom's DICOM series.
        private string Phantom()
        {
            string folder = In("dicom");
            _stages.Run("phantom-dicom", [], [folder],
                ["phantom", "--out", folder, "--cohort", "lung-nodules", "--cases", "1", "--dicom", .. _stages.Seed(1)]);
            return Path.Combine(folder, "lung-nodules", "case_000", "dicom");
        }

        private string Screen(string ct, string model)
        {
            string map = In("map.nii.gz"), body = In("body.nii.gz"), picture = In("screened.png");
            string[] given = Given(verb._annotations);
            return _stages.Run("screen", [ct, model, .. given], [map, body, picture],
                ["screen", ct, .. given.SelectMany(file => new[] { "--annotations", file }), "--model", model, "--out", map, "--body", body,
                    "--picture", picture, "--json"]);
        }

        // A stopped front stops what runs beside it, which then saves its state.
        private void Beside(Action<CancellationToken> beside, Action front)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var task = Task.Run(() => beside(stop.Token), CancellationToken.None);
            try
            {
                front();
            }
            catch
            {
                stop.Cancel();
                task.ContinueWith(_ => { }, TaskScheduler.Default).Wait(CancellationToken.None);
                throw;
            }

            task.GetAwaiter().GetResult();
        }

        // Says how long all will take, from a few steps of the training.
        private void Foretell() => _stages.Try(at =>
        {
            string patients = at("phantoms/train"), prepared = at("prepared"), preparedLesions = at("prepared-lesions");
            int steps = line.GetValue(verb._descriptorSteps) + line.GetValue(verb._conditionSteps);
            Try("phantom", "--out", at("phantoms"), "--cohort", "train", "--cases", "1");
            Try("prepare", patients, "--out", prepared, "--profile", "quick");
            Try("prepare", patients, "--out", preparedLesions, "--profile", "lesions");
            const int Few = 4, Many = 28;
            double few = Seconds(Few), many = Seconds(Many), training = steps * (many - few) / (Many - Few) / 60;
            context.Activities.Note(Invariant(
                $"== all will take {Words(training / TrainingPart)} on this machine, {Words(training)} of it training"));

            static string Words(double minutes) => Forecast.Words(TimeSpan.FromMinutes(minutes));

            // That many steps of the descriptor, and as many of the lesion network as go with them.
            double Seconds(int count)
            {
                var clock = Stopwatch.StartNew();
                int lesions = (count * line.GetValue(verb._lesionSteps) / Math.Max(1, steps)) + 1;
                Beside(
                    _ => Steps("lesions", preparedLesions, lesions, verb._lesionOptions),
                    () => Steps("descriptor", prepared, count, verb._trainingOptions));
                return clock.Elapsed.TotalSeconds;
            }

            void Steps(string network, string volumes, int count, Option<string?> options) => Try(
                ["pretrain", network, "--volumes", volumes, "--out", at(Invariant($"{network}-{count}.network")),
                    "--steps", Invariant($"{count}"), "--threads", _half, .. Options(options)]);

            void Try(params string[] arguments) =>
                StageProcess.Run("the forecast", [.. arguments, .. _stages.Everywhere(), "--quiet"], null, cancellation);
        });
    }
}
