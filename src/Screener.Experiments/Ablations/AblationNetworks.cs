using Microsoft.Extensions.Logging;
using Screener.Errors;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;

namespace Screener.Ablations;

/// <summary>A trained network's file.</summary>
/// <param name="Path">The file; may have to be made.</param>
/// <param name="Options">How it is trained.</param>
/// <param name="Title">What to call it while it trains.</param>
/// <param name="IsGiven">True if the reader named a ready file.</param>
internal sealed record NetworkPlan(string Path, PretrainingOptions Options, string Title, bool IsGiven)
{
    /// <summary>The content of the file; null if it is not there.</summary>
    internal string? Key => ContentKey.OfFile(Path);
}

/// <summary>The networks of a grid: trained once for each options and seed, kept, and gone on with where training was stopped.</summary>
/// <param name="grid">The grid.</param>
/// <param name="folder">Where they are kept.</param>
internal sealed class AblationNetworks(AblationGrid grid, string folder)
{
    /// <summary>A descriptor's preprocessing, which is known before the volumes are.</summary>
    internal PretrainingOptions DescriptorOptions(AblationDescriptor descriptor, ulong seed)
    {
        if (descriptor.File is not { } file)
            return AblationPlan.TrainingOf(grid, descriptor, seed);
        var given = NetworkFile.ReadDescriptor(file);
        given.Network.Dispose();
        return given.Options;
    }

    /// <summary>A descriptor's file.</summary>
    internal NetworkPlan Descriptor(AblationDescriptor descriptor, PretrainingOptions options, string trainingKey) =>
        Plan(descriptor.Name, descriptor.File, options, trainingKey);

    /// <summary>The file of a condition's network; null for a condition without one.</summary>
    /// <exception cref="ScreenerException">A given file is missing, of another kind, or of other preprocessing than the
    /// descriptor's.</exception>
    internal NetworkPlan? Condition(AblationCondition condition, PretrainingOptions descriptor, string trainingKey, ulong seed)
    {
        if (AblationPlan.TrainingOf(grid, condition, descriptor.Preprocessing, seed) is not { } options)
            return null;
        if (condition.File is { } file)
        {
            using var given = new ConditionNetworks(NetworkFile.Read(file, condition.Kind.NetworkStage!));
            given.Check(descriptor.Preprocessing);
            options = given.All[0].Options;
        }

        return Plan(condition.Name, condition.File, options, trainingKey);
    }

    /// <summary>Trains a network if its file is not there, or not whole. Its name says what it is made of.</summary>
    /// <exception cref="ScreenerException">Training failed, or a given file is missing.</exception>
    internal static void Require(NetworkPlan plan, AblationVolumes volumes, TrainingRun run, CancellationToken cancellation)
    {
        if (plan.IsGiven && !File.Exists(plan.Path))
            throw new MissingInputException(plan.Path, "nothing there", "a trained network", "Check the grid's 'file'.");
        if (plan.IsGiven)
            return;
        Require(
            plan.Path, run, file => NetworkFile.Read(file, plan.Options.Stage).Network,
            training => Pretraining.Train(plan.Options, volumes.Training, training, cancellation),
            (network, history) => NetworkFile.Write(plan.Path, plan.Options, network, history));
    }

    /// <summary>Trains a network if its file is not there, or not whole; a training that was stopped is gone on with.</summary>
    /// <param name="path">The file.</param>
    /// <param name="run">Device, progress.</param>
    /// <param name="read">Reads the file.</param>
    /// <param name="train">Trains the network.</param>
    /// <param name="write">Writes it, with the records of its training.</param>
    internal static void Require<T>(
        string path, TrainingRun run, Func<string, IDisposable> read, Func<TrainingRun, T> train,
        Action<T, IReadOnlyList<TrainingRecord>> write)
        where T : IDisposable
    {
        if (IsWhole(path, read, run.Logger))
            return;
        string checkpoint = path + ".checkpoint";
        run = run with { CheckpointPath = checkpoint, CheckpointEvery = 100 };
        using var network = train(run);
        write(network, run.History.Records);
        File.Delete(checkpoint);
    }

    /// <summary>The file of a network that is trained here: its name says what it is made of.</summary>
    internal static string PathOf(string folder, string name, ulong seed, object content)
    {
        string safe = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '_'));
        return Path.Combine(folder, "networks", FormattableString.Invariant($"{safe}-{seed}-{ContentKey.Of(content)[..8]}.network"));
    }

    private static bool IsWhole(string path, Func<string, IDisposable> read, ILogger logger)
    {
        if (!File.Exists(path))
            return false;
        try
        {
            read(path).Dispose();
            return true;
        }
        catch (ModelFileException e)
        {
            logger.LogWarning("{Message} It is trained again.", e.Message);
            return false;
        }
    }

    private NetworkPlan Plan(string name, string? file, PretrainingOptions options, string trainingKey) => new(
        file ?? PathOf(folder, name, options.Seed, new { options, trainingKey }), options,
        FormattableString.Invariant($"training {name}, seed {options.Seed}"), file is not null);
}
