using System.CommandLine;
using System.Diagnostics;
using Screener.Baselines;
using Screener.Errors;
using Screener.Preprocessing;
using Screener.Runtime;
using Screener.Storage;
using Screener.SyntheticLesions;
using Screener.Training;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Trains a network: one of the method's or of the ensemble's, or a baseline.</summary>
internal sealed class PretrainVerb() : TrainingVerb(
    "pretrain",
    "Train the descriptor model, the condition model, the network of anatomical positions (ape), one that finds drawn-in lesions, or one "
    + "of the paper's baselines on prepared volumes, without labels; msflow and supervised-flow learn from organ labels that lie beside "
    + "the CTs, organs.nii.gz beside ct.nii.gz and name-organs.nii.gz beside name.nii.gz. Goes on where it was stopped.",
    "screener pretrain descriptor --volumes prepared/train --out descriptor.network",
    "screener pretrain condition --volumes prepared/train --out condition.network --steps 2000",
    "screener pretrain ape --volumes prepared/train --out ape.network",
    "screener pretrain lesions --volumes prepared/patients,prepared/phantoms --out lesions.network",
    "screener pretrain draem --volumes prepared/train --out draem.network",
    "screener pretrain supervised-flow --volumes prepared/train --out flow.network",
    "screener pretrain descriptor --profile paper --print-options")
{
    private static readonly string Networks =
        $"descriptor, condition, ape, lesions, {string.Join(", ", Kinds<BaselineOptions>.OfLibrary.Select(k => k.Name))}";

    private readonly Argument<string> _network = new("network") { Description = $"One of {Networks}." };
    private readonly Option<string> _objective = Parsing.OneOf(
        "--objective", "name", "The self-supervised loss of descriptor and condition; profile is what the options say", "profile", "vicreg",
        "infonce");

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_network, .. base.Symbols, _objective];

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        if (Baseline(line) is { } baseline)
            return TrainBaseline(baseline, line, context, cancellation);
        if (TakesCohorts(line))
            return TrainLesions(line, context, cancellation);
        var options = OptionsOf(line, context.Settings);
        options.Validate();
        if (PrintsOptions(line))
            return OptionsFile.Print(options);
        string stage = line.GetRequiredValue(_network);
        return Train(
            line, context, stage, $"the {stage} model", options.Preprocessing, options.Optimisation, options.Seed,
            (volumes, run) => Pretraining.Train(options, volumes[0], run, cancellation),
            (file, network, history) => NetworkFile.Write(file, options, network, history));
    }

    /// <inheritdoc/>
    protected override bool TakesCohorts(ParseResult line) => line.GetRequiredValue(_network) == "lesions" || Baseline(line) is not null;

    private BaselineOptions? Baseline(ParseResult line) =>
        Kinds<BaselineOptions>.OfLibrary.FirstOrDefault(k => k.Name == line.GetRequiredValue(_network));

    private VerbResult TrainBaseline(BaselineOptions paper, ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        if (line.GetValue(_objective) != "profile")
            throw new OptionException(
                _objective.Name, $"'{line.GetValue(_objective)}' for {paper.Name}", "no objective: a baseline has one of its own",
                $"Leave {_objective.Name} out.");
        var profile = (IsPaper(line) ? paper : paper.Small) with { Seed = context.Settings.Seed };
        var options = OptionsFile.OverKind(profile, OptionsPath(line));
        options = options with { Seed = Seed(context.Settings, options.Seed), Optimisation = Steps(line, options.Optimisation) };
        options.Validate();
        if (PrintsOptions(line))
            return OptionsFile.PrintKind(options);
        return Train(
            line, context, options.Name, $"the baseline {options.Name}", options.Preprocessing, options.Optimisation, options.Seed,
            (cohorts, run) => BaselineTraining.Train(options, cohorts, run, cancellation), BaselineFile.Write);
    }

    private VerbResult TrainLesions(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        if (IsPaper(line) || line.GetValue(_objective) != "profile")
            throw new OptionException(
                _network.Name, "'lesions' with a profile or objective of the paper", "neither: the paper has no such network",
                "Leave them out.");
        var options = Options(line, LesionNetworkOptions.Quick with { Seed = context.Settings.Seed });
        options = options with
        {
            Seed = Seed(context.Settings, options.Seed),
            Optimisation = Steps(line, options.Optimisation),
        };
        options.Validate();
        if (PrintsOptions(line))
            return OptionsFile.Print(options);
        return Train(
            line, context, "lesions", "the lesion network", options.Preprocessing, options.Optimisation, options.Seed,
            (cohorts, run) => LesionTraining.Train(options, cohorts, run, cancellation), LesionNetworkFile.Write);
    }

    // The frame of all three.
    private VerbResult Train<T>(
        ParseResult line, VerbContext context, string stage, string title, PreprocessingOptions preprocessing,
        OptimisationOptions optimisation, ulong seed, Func<IReadOnlyList<PreparedVolumes>, TrainingRun, T> train,
        Action<string, T, IReadOnlyList<TrainingRecord>> write)
        where T : IDisposable
    {
        string file = Out(line);
        var cohorts = TakesCohorts(line) ? Cohorts(line, preprocessing) : [Volumes(line, preprocessing)];
        var clock = Stopwatch.StartNew();
        using var activity = context.Activities.Begin($"Training {title}");
        var (run, log) = RunOf(line, context, activity, Named(line, cohorts));
        using var network = train(cohorts, run);
        write(file, network, run.History.Records);
        log.Finish();
        activity.Report(1);
        return Result(file, stage, optimisation.Steps, seed, cohorts.Sum(c => c.Count), run, clock);
    }

    private static VerbResult Result(string file, string stage, long steps, ulong seed, int volumes, TrainingRun run, Stopwatch clock)
    {
        var last = run.History.Records[^1];
        return new VerbResult(
            new
            {
                ok = true,
                file,
                network = stage,
                steps,
                seed,
                volumes,
                precision = $"{run.Compute.Precision}".ToLowerInvariant(),
                loss = last.Values,
                seconds = clock.Elapsed.TotalSeconds,
                peakMemoryBytes = ProcessMemory.PeakBytes,
            },
            Invariant($"{file}: {stage}, {steps} steps on {volumes} volumes, loss {last.Values["loss"]:0.###}, ")
            + Invariant($"{clock.Elapsed.TotalSeconds:0} s, peak memory {ProcessMemory.PeakBytes / 1e9:0.0} GB"));
    }

    private PretrainingOptions OptionsOf(ParseResult line, Settings settings)
    {
        string network = line.GetRequiredValue(_network);
        if (network is not ("descriptor" or "condition" or "ape"))
            throw new OptionException(_network.Name, $"'{network}'", Networks);
        var profile = PretrainingOptions.Of(network, IsPaper(line));
        string? objective = line.GetValue(_objective);
        if (network == "ape" && objective != "profile")
            throw new OptionException(
                _objective.Name, $"'{objective}' for ape", "no objective: ape has one of its own", $"Leave {_objective.Name} out.");
        var options = Options(line, profile with { Seed = settings.Seed });
        return options with
        {
            // A file of options serves descriptor and condition alike.
            Masked = network == "ape" ? options.Masked : network == "condition",
            Seed = Seed(settings, options.Seed),
            Optimisation = Steps(line, options.Optimisation),
            Objective = (network, objective) switch
            {
                ("ape", _) => PretrainingObjective.AnatomicalDistance,
                (_, "vicreg") => PretrainingObjective.DenseVicReg,
                (_, "infonce") => PretrainingObjective.DenseInfoNce,
                _ => options.Objective,
            },
        };
    }
}
