using Screener.Conditions;
using Screener.Densities;
using Screener.Errors;
using Screener.Inference;
using Screener.Models;
using Screener.Randomness;
using Screener.Storage;
using Screener.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.PyTorch;

/// <summary>A network with the weights of a checkpoint.</summary>
/// <typeparam name="TNetwork"><see cref="DescriptorModel"/>, <see cref="ConditionModel"/>, <see cref="GlowDensity"/> or
/// <see cref="ScreenerModel"/>.</typeparam>
/// <param name="Network">The network, float32, on the CPU, in evaluation mode; the caller owns it.</param>
/// <param name="Notes">What of the checkpoint was changed or left out, one sentence each.</param>
public sealed record ImportedNetwork<TNetwork>(TNetwork Network, IReadOnlyList<string> Notes)
    where TNetwork : IDisposable;

/// <summary>
/// Reads the checkpoints that the paper's published code writes: state dicts of its descriptor, condition and marginal Glow networks,
/// bare or in Lightning checkpoints. The networks here compute the same numbers.
/// </summary>
/// <remarks>A name or shape that does not fit is an error that lists all of them; nothing of a checkpoint is executed.</remarks>
public static class PublishedCheckpoint
{
    private const string StemName = "unet.stem_conv.weight";
    private const string FlowName = "glow_blocks.";

    /// <summary>A descriptor network; its shape is told by the checkpoint.</summary>
    /// <param name="path">A file that torch.save wrote.</param>
    /// <param name="options">What the file does not say; null means the published code's.</param>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="StateDictException">Its tensors are not those of such a network.</exception>
    /// <exception cref="TorchFileException">It is damaged, or refused.</exception>
    public static ImportedNetwork<DescriptorModel> ReadDescriptor(string path, PublishedCheckpointOptions? options = null)
    {
        options = Checked(options);
        using var checkpoint = TorchCheckpoint.Open(path);
        return Descriptor(checkpoint, options);
    }

    /// <summary>A condition network: a descriptor network with the mask as one more input channel.</summary>
    /// <inheritdoc cref="ReadDescriptor"/>
    public static ImportedNetwork<ConditionModel> ReadCondition(string path, PublishedCheckpointOptions? options = null)
    {
        options = Checked(options);
        using var checkpoint = TorchCheckpoint.Open(path);
        return Features(
            checkpoint, options, "condition", o => new ConditionModel(o with { InChannels = o.InChannels - 1 }, new RandomStream(0)));
    }

    /// <summary>
    /// A model that screens: a marginal flow, and the descriptor network that lies beside it in the file or is given. The public code has
    /// no conditional flow.
    /// </summary>
    /// <param name="path">A file that torch.save wrote.</param>
    /// <param name="descriptor">The descriptor network where the file has none; the model takes it over.</param>
    /// <param name="options">What the file does not say; null means the published code's.</param>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="StateDictException">Its tensors are not those of such networks.</exception>
    /// <exception cref="TorchFileException">It is damaged, or refused, or the flow was made for other descriptors.</exception>
    public static ImportedNetwork<ScreenerModel> ReadModel(
        string path, TrainedNetwork? descriptor = null, PublishedCheckpointOptions? options = null)
    {
        options = Checked(options);
        using var checkpoint = TorchCheckpoint.Open(path);
        var flow = Glow(checkpoint, options);
        DenseNetwork? network = null;
        try
        {
            // A prefix that was given is the flow's.
            var imported = descriptor is null ? Descriptor(checkpoint, options with { Prefix = null }) : null;
            network = imported?.Network ?? descriptor!.Network;
            if (network.Options.DescriptorChannels != flow.Network.FeatureChannels)
                throw new TorchFileException(
                    path, $"a flow of {flow.Network.FeatureChannels} features", $"{network.Options.DescriptorChannels}, the descriptor's",
                    "Name the descriptor that the flow was trained with.");
            var pretraining = descriptor?.Options ?? TrainingOf(network.Options);
            var fitting = DensityFittingOptions.Paper with
            {
                Heads = [new DensityHead(new NoCondition(), flow.Network.Options)], PoolKernel = options.PoolKernel,
            };
            var model = new ScreenerModel(pretraining, network, ConditionNetworks.None, fitting, [flow.Network]);
            return new ImportedNetwork<ScreenerModel>(model, [.. imported?.Notes ?? [], .. flow.Notes]);
        }
        catch
        {
            flow.Network.Dispose();
            if (descriptor is null)
                network?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes an imported descriptor network as 'screener pretrain' would have, with the paper's settings: a checkpoint does not say how it
    /// was trained.
    /// </summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(string path, DescriptorModel network)
    {
        ArgumentNullException.ThrowIfNull(network);
        NetworkFile.Write(path, TrainingOf(network.Options), network, []);
    }

    /// <summary>Writes an imported condition network as 'screener pretrain' would have, with the paper's settings.</summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(string path, ConditionModel network)
    {
        ArgumentNullException.ThrowIfNull(network);
        NetworkFile.Write(path, TrainingOf(network.Options) with { Masked = true, MaskChannel = network.HasMaskChannel }, network, []);
    }

    private static PretrainingOptions TrainingOf(UNetOptions network) => PretrainingOptions.Paper with { Network = network };

    private static PublishedCheckpointOptions Checked(PublishedCheckpointOptions? options)
    {
        options ??= PublishedCheckpointOptions.Paper;
        options.Validate();
        return options;
    }

    private static ImportedNetwork<DescriptorModel> Descriptor(TorchCheckpoint checkpoint, PublishedCheckpointOptions options) =>
        Features(checkpoint, options, "descriptor", o => new DescriptorModel(o, new RandomStream(0)));

    private static ImportedNetwork<TNetwork> Features<TNetwork>(
        TorchCheckpoint checkpoint, PublishedCheckpointOptions options, string kind, Func<UNetOptions, TNetwork> create)
        where TNetwork : nn.Module
    {
        string prefix = options.Prefix ?? Prefix(checkpoint, kind, StemName);
        var plan = new WeightPlan(checkpoint, $"a {kind} network", prefix);
        var shape = Told(checkpoint, () => FeatureWeights.Options(plan));
        int inputs = kind == "condition" ? 2 : 1;
        if (shape.InChannels != inputs)
            throw new TorchFileException(
                checkpoint.Path, $"{shape.InChannels} input channels", $"{inputs} for a {kind} network",
                "A descriptor sees the image alone, a condition network image and mask.");
        var weights = FeatureWeights.Plan(plan, shape, options.Axes);
        plan.Check();
        var network = TensorArchive.Filled(create(shape), plan.CopyTo);
        var notes = new List<string>();
        if (weights.TimedBlocks > 0)
            notes.Add($"The constant time embedding is in the biases of {weights.TimedBlocks} convolutions.");
        if (plan.UnusedCount > 0)
            notes.Add($"{plan.UnusedCount} tensors of attention blocks, whose result the published network drops, are left out.");
        Outside(checkpoint, [prefix], notes);
        return new ImportedNetwork<TNetwork>(network, notes);
    }

    private static ImportedNetwork<GlowDensity> Glow(TorchCheckpoint checkpoint, PublishedCheckpointOptions options)
    {
        string prefix = options.Prefix ?? Prefix(checkpoint, "glow", FlowName + "0.inv_linear.weight");
        var plan = new WeightPlan(checkpoint, "a marginal Glow density", prefix + FlowName);
        var (shape, d) = Told(checkpoint, () => GlowWeights.Options(plan));
        GlowWeights.Plan(plan, shape, d);
        plan.Check();
        if (!GlowWeights.IsStarted(plan, shape))
            throw new TorchFileException(
                checkpoint.Path, "a flow whose act-norm was never started", "a trained flow", "Name a later checkpoint.");
        var network = TensorArchive.Filled(new GlowDensity(d, 0, shape, new RandomStream(0)), plan.CopyTo);
        var notes = new List<string>();
        Outside(checkpoint, [prefix + FlowName, prefix + "descriptor_model."], notes);
        return new ImportedNetwork<GlowDensity>(network, notes);
    }

    // What stands before the names: nothing, a module of Lightning's, a wrapper of parallel training.
    private static string Prefix(TorchCheckpoint checkpoint, string kind, string name)
    {
        string[] prefixes = [
            .. checkpoint.Tensors.Keys.Where(n => n == name || n.EndsWith("." + name, StringComparison.Ordinal)).Select(
                n => n[..^name.Length])];
        if (prefixes.Length == 0)
            throw new StateDictException(checkpoint.Path, $"a {kind} network", [name], [], []);
        string[] fitting = prefixes.Length == 1 ? prefixes : [.. prefixes.Where(p => p.Contains(kind, StringComparison.Ordinal))];
        return fitting.Length == 1
            ? fitting[0]
            : throw new TorchFileException(
                checkpoint.Path, $"several networks, under {string.Join(", ", prefixes.Select(p => $"'{p}'"))}",
                "one, or one named after its kind", "Say which by its prefix.");
    }

    private static T Told<T>(TorchCheckpoint checkpoint, Func<T> options)
    {
        try
        {
            return options();
        }
        catch (OptionException e)
        {
            throw new TorchFileException(
                checkpoint.Path, $"a network that cannot be: {e.Subject} {e.Found}", e.Expected, "Name a file of the published networks.",
                e);
        }
    }

    private static void Outside(TorchCheckpoint checkpoint, string[] prefixes, List<string> notes)
    {
        string[] others = [.. checkpoint.Tensors.Keys.Where(n => !prefixes.Any(p => n.StartsWith(p, StringComparison.Ordinal)))];
        if (others.Length > 0)
            notes.Add($"{others.Length} tensors of other networks are left out, '{others[0]}' the first.");
        if (checkpoint.LeftAlone is [var name, ..] names)
            notes.Add(
                $"The training's state beside the weights names '{name}'{(names.Count == 1 ? "" : $" and {names.Count - 1} more")}; it "
                + $"was left alone and nothing of it executed.");
    }
}
