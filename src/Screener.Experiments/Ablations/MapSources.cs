using Screener.Conditions;
using Screener.Models;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;
using TorchSharp;

namespace Screener.Ablations;

/// <summary>The networks of the cells over one descriptor.</summary>
/// <param name="Descriptor">The descriptor.</param>
/// <param name="Conditions">Those of the conditions that have one.</param>
internal sealed record GroupNetworks(NetworkPlan Descriptor, IReadOnlyDictionary<AblationCondition, NetworkPlan> Conditions)
{
    /// <summary>All of them, each file once.</summary>
    internal IEnumerable<NetworkPlan> All => Conditions.Values.Append(Descriptor).Reverse().DistinctBy(p => p.Path);
}

/// <summary>What makes the maps of the cells over one descriptor. Networks are read when they are first needed.</summary>
/// <param name="compute">Device and precision.</param>
/// <param name="networks">The networks' files.</param>
internal sealed class MapSources(ComputeOptions compute, GroupNetworks networks) : IDisposable
{
    private readonly Lock _turn = new();
    private readonly Dictionary<object, MapSource> _conditions = [];
    private readonly List<TrainedNetwork> _loaded = [];

    /// <summary>The descriptor.</summary>
    internal MapSource Descriptor { get => field ??= MakeDescriptor(); }

    /// <summary>A cell's condition.</summary>
    internal MapSource Of(PlannedCell cell)
    {
        lock (_turn)
        {
            // A density may ask for other frequencies of the same condition.
            object key = (cell.Condition, cell.Head.Condition);
            return _conditions.TryGetValue(key, out var source) ? source : _conditions[key] = Make(cell);
        }
    }

    public void Dispose()
    {
        foreach (var trained in _loaded)
            trained.Network.Dispose();
    }

    // A network is read when maps must be made; the length of what it makes is in its options.
    private MapSource MakeDescriptor()
    {
        DenseNetwork? network = null;
        return new MapSource(
            $"{networks.Descriptor.Key} {compute.Precision}", networks.Descriptor.Options.Network.DescriptorChannels,
            (images, _, pool) => (network ??= Read(networks.Descriptor)).ForwardPooled(images, pool));
    }

    private MapSource Make(PlannedCell cell)
    {
        var condition = cell.Head.Condition;
        if (networks.Conditions.TryGetValue(cell.Condition, out var plan))
        {
            Condition? over = null;
            return new MapSource(
                $"{plan.Key} {compute.Precision} {condition.ContentKey}".TrimEnd(), condition.ChannelsOver(plan.Options.Network),
                Locked(condition, () => over ??= condition.Over(Read(plan))));
        }

        if (condition.IsCheap)
            return new MapSource(null, condition.Channels, (images, places, pool) => condition.Compute(images, places, pool)!);
        string? key = condition.ContentKey is { } content ? $"own {condition.Name} {content}" : null;
        return new MapSource(key, condition.Channels, Locked(condition, () => condition));
    }

    private DenseNetwork Read(NetworkPlan plan)
    {
        var trained = NetworkFile.Read(plan.Path, plan.Options.Stage);
        _loaded.Add(trained);
        trained.Network.MoveTo(ComputeDevice.Resolve(compute.Device), compute.Precision);
        return trained.Network;
    }

    // A reader's class need not be made for several threads.
    private static Func<torch.Tensor, PatchPlacement[], long[], torch.Tensor> Locked(Condition condition, Func<Condition> ready)
    {
        var turn = new Lock();
        return (images, places, pool) =>
        {
            lock (turn)
                return ready().Compute(images, places, pool)
                    ?? throw new Errors.OptionException(
                        condition.Name, "no map", "a map of its channels", "Return null only if Channels is 0.");
        };
    }
}
