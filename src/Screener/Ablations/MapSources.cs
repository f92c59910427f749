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
    private readonly List<ConditionNetworks> _loaded = [];
    private DescriptorModel? _network;

    /// <summary>The descriptor.</summary>
    internal MapSource Descriptor { get => field ??= MakeDescriptor(); }

    /// <summary>A cell's condition.</summary>
    internal MapSource Of(PlannedCell cell)
    {
        lock (_turn)
        {
            // A density may ask for other frequencies of the same condition.
            object key = cell.Own ?? (object)(cell.Condition!, cell.Fitting.SinCos);
            return _conditions.TryGetValue(key, out var source) ? source : _conditions[key] = Make(cell);
        }
    }

    public void Dispose()
    {
        _network?.Dispose();
        foreach (var networks in _loaded)
            networks.Dispose();
    }

    private MapSource MakeDescriptor() => new($"{networks.Descriptor.Key} {compute.Precision}", networks.Descriptor.Options.Network.DescriptorChannels, (images, _, pool) =>
    {
        if (_network is null)
        {
            _network = NetworkFile.ReadDescriptor(networks.Descriptor.Path).Network;
            _network.to(ComputeDevice.Resolve(compute.Device));
            _network.Precision = compute.Precision;
        }

        return _network.ForwardPooled(images, pool);
    });

    private MapSource Make(PlannedCell cell)
    {
        if (cell.Own is { } own)
            return new MapSource(own.ContentKey is null ? null : $"own {own.Name} {own.ContentKey}", own.Channels, Locked(own));
        if (!networks.Conditions.TryGetValue(cell.Condition!, out var plan))
        {
            var simple = ConditionFactory.CreateAll(cell.Fitting, ConditionNetworks.None)[0];
            return new MapSource(null, simple.Channels, (images, places, pool) => simple.Compute(images, places, pool)!);
        }

        // The network is read when maps must be made; what it makes has a length that its options tell.
        bool embeds = cell.Fitting.Uses(ConditionKind.AnatomicalEmbedding);
        Condition? condition = null;
        return new MapSource(
            embeds ? $"{plan.Key} {compute.Precision} {ContentKey.Of(cell.Fitting.SinCos)}" : $"{plan.Key} {compute.Precision}",
            embeds ? new SinCosCondition(cell.Fitting.SinCos).Channels : plan.Options.Network.DescriptorChannels,
            (images, places, pool) => (condition ??= Load(cell, plan)).Compute(images, places, pool)!);
    }

    private Condition Load(PlannedCell cell, NetworkPlan plan)
    {
        var read = cell.Fitting.Uses(ConditionKind.AnatomicalEmbedding)
            ? new ConditionNetworks(Embedding: NetworkFile.ReadEmbedding(plan.Path))
            : new ConditionNetworks(MaskingInvariant: NetworkFile.ReadCondition(plan.Path));
        _loaded.Add(read);
        read.MoveTo(ComputeDevice.Resolve(compute.Device), compute.Precision);
        return ConditionFactory.CreateAll(cell.Fitting, read)[0];
    }

    // A reader's class need not be made for several threads.
    private static Func<torch.Tensor, PatchPlacement[], long[], torch.Tensor> Locked(Condition own)
    {
        var turn = new Lock();
        return (images, places, pool) =>
        {
            lock (turn)
                return own.Compute(images, places, pool) ?? throw new Errors.OptionException(own.Name, "no map", $"a map of {own.Channels} channels", "Return null only if Channels is 0.");
        };
    }
}
