using System.CommandLine;
using System.Diagnostics;
using Screener.Runtime;
using Screener.Training;
using TorchSharp;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Trains a descriptor or condition model without labels.</summary>
internal sealed class PretrainVerb() : TrainingVerb(
    "pretrain",
    "Train the descriptor model or the condition model on prepared volumes, without labels; goes on where it was stopped.",
    "screener pretrain descriptor --volumes prepared/train --out descriptor.network",
    "screener pretrain condition --volumes prepared/train --out condition.network --steps 2000",
    "screener pretrain descriptor --profile paper --print-options")
{
    private readonly Argument<string> _network = new("network") { Description = "descriptor or condition." };

    private readonly Option<string> _objective = Parsing.OneOf("--objective", "name", "The self-supervised loss; profile is what the options say", "profile", "vicreg", "infonce");

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_network, .. base.Symbols, _objective];

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var options = OptionsOf(line, context.Settings);
        options.Validate();
        if (PrintsOptions(line))
            return OptionsFile.Print(options);
        string file = Out(line), stage = options.Masked ? "condition" : "descriptor";
        var volumes = Volumes(line, options.Preprocessing);
        var clock = Stopwatch.StartNew();
        using var activity = context.Activities.Begin($"Training the {stage} model");
        var run = RunOf(file, context, activity);
        using torch.nn.Module network = options.Masked
            ? Pretraining.TrainCondition(options, volumes, run, cancellation)
            : Pretraining.TrainDescriptor(options, volumes, run, cancellation);
        NetworkFile.Write(file, options, network, run.History.Records);
        activity.Report(1);
        var last = run.History.Records[^1];
        return new VerbResult(
            new
            {
                ok = true,
                file,
                network = stage,
                options.Optimisation.Steps,
                options.Seed,
                volumes = volumes.Count,
                precision = $"{run.Compute.Precision}".ToLowerInvariant(),
                loss = last.Values,
                seconds = clock.Elapsed.TotalSeconds,
                peakMemoryBytes = ProcessMemory.PeakBytes,
            },
            Invariant($"{file}: {stage} model, {options.Optimisation.Steps} steps on {volumes.Count} volumes, loss {last.Values["loss"]:0.###}, {clock.Elapsed.TotalSeconds:0} s, peak memory {ProcessMemory.PeakBytes / 1e9:0.0} GB"));
    }

    private PretrainingOptions OptionsOf(ParseResult line, Settings settings)
    {
        bool masked = line.GetRequiredValue(_network) switch
        {
            "descriptor" => false,
            "condition" => true,
            var other => throw new Errors.OptionException(_network.Name, $"'{other}'", "descriptor or condition"),
        };
        var profile = (IsPaper(line), masked) switch
        {
            (true, false) => PretrainingOptions.Paper,
            (true, true) => PretrainingOptions.PaperCondition,
            (false, false) => PretrainingOptions.Quick,
            (false, true) => PretrainingOptions.QuickCondition,
        };
        var options = Options(line, profile with { Seed = settings.Seed });
        return options with
        {
            // A file of options serves both networks.
            Masked = masked,
            Seed = settings.IsSeedGiven ? settings.Seed : options.Seed,
            Optimisation = Steps(line, options.Optimisation),
            Objective = line.GetValue(_objective) switch
            {
                "vicreg" => PretrainingObjective.DenseVicReg,
                "infonce" => PretrainingObjective.DenseInfoNce,
                _ => options.Objective,
            },
        };
    }
}
