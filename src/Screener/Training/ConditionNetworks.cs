using Screener.Conditions;
using Screener.Errors;
using Screener.Models;
using Screener.Runtime;
using static TorchSharp.torch;

namespace Screener.Training;

/// <summary>The trained networks that conditions ask, one of a stage. A model needs those of its heads only.</summary>
/// <param name="all">The networks; this owns them.</param>
public sealed class ConditionNetworks(params IReadOnlyList<TrainedNetwork> all) : IDisposable
{
    /// <summary>No network: enough for the conditions that need none.</summary>
    public static ConditionNetworks None { get; } = new();

    /// <summary>The networks.</summary>
    public IReadOnlyList<TrainedNetwork> All { get; } = all;

    /// <summary>The network of a stage; null if there is none.</summary>
    public TrainedNetwork? Find(string stage) => All.FirstOrDefault(n => n.Network.Stage == stage);

    /// <summary>These with the networks that heads need beside them, each read or trained when it is asked for.</summary>
    public static ConditionNetworks Of(IReadOnlyList<DensityHead> heads, Func<string, TrainedNetwork> network)
    {
        var read = new List<TrainedNetwork>();
        try
        {
            foreach (string stage in heads.Select(h => h.Condition.NetworkStage).OfType<string>().Distinct())
                read.Add(network(stage));
            return new ConditionNetworks(read);
        }
        catch
        {
            new ConditionNetworks(read).Dispose();
            throw;
        }
    }

    /// <summary>A condition over the network that it asks, if it asks one.</summary>
    /// <exception cref="OptionException">There is no such network.</exception>
    public Condition Under(Condition condition)
    {
        if (condition.NetworkStage is not { } stage)
            return condition;
        var network = Find(stage)?.Network ?? throw new OptionException(
            NetworkFile.Named(stage), "none", "a trained one",
            $"Train one with 'screener pretrain {stage}', or leave {condition.Name} out.");
        return condition.Over(network);
    }

    /// <summary>Checks that the networks were trained on volumes like the descriptor's.</summary>
    /// <exception cref="OptionException">One was trained on volumes prepared with other options.</exception>
    public void Check(Preprocessing.PreprocessingOptions preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        foreach (var (options, network, _) in All)
        {
            if (options.Preprocessing.Fingerprint() != preprocessing.Fingerprint())
                throw new OptionException(
                    NetworkFile.Named(network.Stage), "one of other preprocessing than the descriptor's",
                    "the same preprocessing for all networks", "Train them on the same prepared volumes.");
        }
    }

    /// <summary>Moves the networks to a device, sets their precision, and puts them into evaluation mode.</summary>
    internal void MoveTo(Device device, ComputePrecision precision)
    {
        foreach (var trained in All)
            trained.Network.MoveTo(device, precision);
    }

    /// <summary>Disposes the networks.</summary>
    public void Dispose()
    {
        foreach (var trained in All)
            trained.Network.Dispose();
    }
}
