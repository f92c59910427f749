using System.CommandLine;
using System.Diagnostics;
using Screener.Conditions;
using Screener.Densities;
using Screener.Errors;
using Screener.Inference;
using Screener.Models;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Fits the densities and puts the model together.</summary>
internal sealed class FitVerb() : TrainingVerb(
    "fit",
    "Fit densities over the trained networks and write the model that screens; goes on where it was stopped. The paper's baselines score "
    + "by themselves and need none: 'screener evaluate --baselines' takes what 'screener pretrain' wrote.",
    "screener fit --descriptor descriptor.network --condition-model condition.network --volumes prepared/train --out model.screener",
    "screener fit --descriptor descriptor.network --conditions none,sin-cos --volumes prepared/train --out model.screener")
{
    private readonly Option<string?> _descriptor = Parsing.Text("--descriptor", "file", "What 'screener pretrain descriptor' wrote.");
    private readonly Option<string?> _conditionModel = Parsing.Text(
        "--condition-model", "file", "What 'screener pretrain condition' wrote; masking-invariant needs it.");
    private readonly Option<string?> _embedding = Parsing.Text("--embedding", "file", "What 'screener pretrain ape' wrote; ape needs it.");

    private readonly Option<string?> _conditions = Parsing.Text(
        "--conditions", "names",
        $"What the densities are conditioned on, with commas: {NamesOf<Condition>()}. The profile's if not given.");
    private readonly Option<string?> _density = Parsing.Text(
        "--density", "names", $"The families of the densities, with commas: {NamesOf<DensityOptions>()}. The profile's if not given.");

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_descriptor, _conditionModel, _embedding, _conditions, _density, .. base.Symbols];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths)
    {
        paths.Read(_descriptor.Name, line.GetValue(_descriptor)).Read(_conditionModel.Name, line.GetValue(_conditionModel))
            .Read(_embedding.Name, line.GetValue(_embedding));
        base.NamePaths(line, paths);
    }

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var options = OptionsOf(line, context.Settings);
        options.Validate();
        if (PrintsOptions(line))
            return OptionsFile.Print(options);
        string file = Out(line), descriptorFile = Given(line, _descriptor, "what 'screener pretrain descriptor' wrote");
        var files = options.Heads.Select(h => h.Condition).Where(c => c.NetworkStage is not null).DistinctBy(c => c.NetworkStage)
            .ToDictionary(c => c.NetworkStage!, c => Given(
                line, c.NetworkStage == AnatomicalEmbeddingModel.StageName ? _embedding : _conditionModel,
                $"what 'screener pretrain {c.NetworkStage}' wrote, for {c.Name}"));
        var clock = Stopwatch.StartNew();
        using var loaded = new Networks();
        var descriptor = NetworkFile.ReadDescriptor(descriptorFile);
        loaded.Descriptor = descriptor.Network;
        var networks = loaded.Conditions = ConditionNetworks.Of(options.Heads, stage => NetworkFile.Read(files[stage], stage));
        networks.Check(descriptor.Options.Preprocessing);
        var volumes = Volumes(line, descriptor.Options.Preprocessing);
        using var activity = context.Activities.Begin("Fitting densities");
        string[] parts = [descriptorFile, .. files.Values];
        var (run, log) = RunOf(line, context, activity, Named(line, volumes), parts);
        var densities = DensityFitting.Fit(options, descriptor.Network, networks, volumes, run, cancellation);
        using var model = new ScreenerModel(descriptor.Options, descriptor.Network, networks, options, densities);
        loaded.Release();
        model.Save(file);
        log.Finish(parts.SelectMany(part => TrainingCard.Read(part, context.Activities.Note)));
        activity.Report(1);
        var last = run.History.Records[^1];
        return new VerbResult(
            new
            {
                ok = true,
                file,
                heads = options.Heads.Select(h => h.Name),
                options.Optimisation.Steps,
                options.Seed,
                volumes = volumes.Count,
                precision = $"{run.Compute.Precision}".ToLowerInvariant(),
                loss = last.Values,
                seconds = clock.Elapsed.TotalSeconds,
                peakMemoryBytes = ProcessMemory.PeakBytes,
            },
            Invariant(
                $"{file}: {string.Join("; ", options.Heads.Select(h => h.Name))}; {options.Optimisation.Steps} steps on ")
                + Invariant(
                    $"{volumes.Count} volumes, {clock.Elapsed.TotalSeconds:0} s, peak memory {ProcessMemory.PeakBytes / 1e9:0.0} GB"));
    }

    private DensityFittingOptions OptionsOf(ParseResult line, Settings settings)
    {
        bool isPaper = IsPaper(line);
        string? conditionNames = line.GetValue(_conditions), families = line.GetValue(_density);
        var profile = (isPaper ? DensityFittingOptions.Paper : DensityFittingOptions.Quick) with { Seed = settings.Seed };

        // What a file of options says of a family holds for the families that are asked for.
        var options = Options(line, Asked(profile));
        return Asked(options) with
        {
            Seed = Seed(settings, options.Seed), Optimisation = Steps(line, options.Optimisation),
        };

        DensityFittingOptions Asked(DensityFittingOptions given)
        {
            if (conditionNames is null && families is null)
                return given;
            var conditions = Wanted(conditionNames, _conditions.Name, [.. given.Heads.Select(h => h.Condition)], c => c);
            var densities = Wanted(families, _density.Name, [.. given.Heads.Select(h => h.Density)], d => isPaper ? d : d.Small);
            return given with { Heads = [.. densities.SelectMany(d => conditions.Select(c => new DensityHead(c, d)))] };
        }
    }

    private static string NamesOf<T>()
        where T : class, IKind<T> => string.Join(", ", Kinds<T>.OfLibrary.Select(k => k.Name));

    // The kinds of these names, as they are given or as the profile has them.
    private static IReadOnlyList<T> Wanted<T>(string? names, string option, IReadOnlyList<T> given, Func<T, T> ofProfile)
        where T : class, IKind<T> => names is null
            ? [.. given.DistinctBy(k => k.Name)]
            : [.. names.Split(',').Select(n => given.FirstOrDefault(k => k.Name == n) ?? ofProfile(Kinds<T>.Named(n, option)))];

    /// <summary>Networks until the model owns them.</summary>
    private sealed class Networks : IDisposable
    {
        internal DenseNetwork? Descriptor { get; set; }

        internal ConditionNetworks Conditions { get; set; } = ConditionNetworks.None;

        internal void Release() => (Descriptor, Conditions) = (null, ConditionNetworks.None);

        public void Dispose()
        {
            Descriptor?.Dispose();
            Conditions.Dispose();
        }
    }
}
