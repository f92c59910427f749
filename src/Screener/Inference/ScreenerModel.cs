using System.Text.Json.Serialization;
using Screener.HuBaselines;
using Screener.Conditions;
using Screener.Densities;
using Screener.Errors;
using Screener.Imaging;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.SyntheticLesions;
using Screener.Storage;
using Screener.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Inference;

/// <summary>
/// The trained models together, ready to screen: descriptor, the conditions' networks, and one or more densities ("heads").
/// </summary>
/// <remarks>Owns its networks. Not thread-safe.</remarks>
public sealed class ScreenerModel : IDisposable
{
    private const string Format = "screener-model";
    private const int Version = 1;

    private readonly List<Condition> _conditions;

    /// <summary>Puts trained models together; takes ownership of them.</summary>
    /// <param name="descriptorOptions">How the descriptor was trained.</param>
    /// <param name="descriptor">The descriptor model.</param>
    /// <param name="networks">The networks of the heads' conditions.</param>
    /// <param name="densityOptions">How the densities were fitted.</param>
    /// <param name="densities">A density per head.</param>
    /// <exception cref="OptionException">The number of densities is not that of the heads, or a condition's network is missing.</exception>
    public ScreenerModel(
        PretrainingOptions descriptorOptions, DenseNetwork descriptor, ConditionNetworks networks, DensityFittingOptions densityOptions,
        IReadOnlyList<DensityModel> densities)
    {
        ArgumentNullException.ThrowIfNull(networks);
        if (densities.Count != densityOptions.Heads.Count)
            throw new OptionException("densities", $"{densities.Count}", $"{densityOptions.Heads.Count}, one per head");
        DescriptorOptions = descriptorOptions;
        Descriptor = descriptor;
        Networks = networks;
        FittingOptions = densityOptions;
        Densities = densities;
        _conditions = [.. densityOptions.Heads.Select(h => networks.Under(h.Condition))];
    }

    /// <summary>How the descriptor was trained.</summary>
    public PretrainingOptions DescriptorOptions { get; }

    /// <summary>The descriptor model.</summary>
    public DenseNetwork Descriptor { get; }

    /// <summary>The networks of the heads' conditions, and how they were trained.</summary>
    public ConditionNetworks Networks { get; }

    /// <summary>How the densities were fitted.</summary>
    public DensityFittingOptions FittingOptions { get; }

    /// <summary>A density per head.</summary>
    public IReadOnlyList<DensityModel> Densities { get; }

    /// <summary>The heads, in order.</summary>
    public IReadOnlyList<DensityHead> Heads => FittingOptions.Heads;

    /// <summary>How volumes must be prepared.</summary>
    public PreprocessingOptions Preprocessing => DescriptorOptions.Preprocessing;

    /// <summary>Experts beside the densities, and what is rare in a population; null where the model has none. The model owns it.</summary>
    public Ensemble? Ensemble { get; init; }

    /// <summary>One network that says what the ensemble says; null where the model has none. The model owns it.</summary>
    public Distilled? Distilled { get; init; }

    /// <summary>This model's networks with other experts. Both share them: dispose of one only.</summary>
    public ScreenerModel With(Ensemble ensemble) => new(DescriptorOptions, Descriptor, Networks, FittingOptions, Densities)
    {
        Ensemble = ensemble,
    };

    /// <summary>This model with a distilled network beside its ensemble. Both share the rest: dispose of one only.</summary>
    public ScreenerModel With(Distilled distilled) => new(DescriptorOptions, Descriptor, Networks, FittingOptions, Densities)
    {
        Ensemble = Ensemble, Distilled = distilled,
    };

    /// <summary>
    /// What can be asked for by name: each density, and with an ensemble each kind of lesion networks and the ensemble itself, which
    /// comes last.
    /// </summary>
    public IReadOnlyList<string> MethodNames =>
        Ensemble is null
            ? [.. Heads.Select(h => h.Name)]
            :
            [
                .. Heads.Select(h => h.Name), .. LesionMethod.Of(Ensemble.Lesions).Select(m => m.Name),
                .. Distilled is null ? [] : new[] { DistilledMethod.MethodName },
                .. Ensemble.Places is null ? [] : new[] { EnsembleMethod.ByPlaceName }, EnsembleMethod.MethodName,
            ];

    /// <summary>Whether <see cref="Methods"/> knows the name.</summary>
    public bool HasMethod(string name) => MethodNames.Contains(name) || Heads.Any(h => h.Condition.Name == name);

    /// <summary>The methods of these names, which share what they can when they look at the same scan.</summary>
    /// <param name="names">Names of <see cref="MethodNames"/>, or of a density's condition; null means all.</param>
    /// <param name="windows">How a volume is covered; null means as the model was fitted. Lesion networks take the overlap.</param>
    /// <exception cref="OptionException">There is no such method.</exception>
    public IReadOnlyList<AnomalyMethod> Methods(IReadOnlyList<string>? names = null, SlidingWindowOptions? windows = null)
    {
        double overlap = windows?.Overlap ?? Distilled?.Overlap ?? 0;
        windows ??= SlidingWindowOptions.For(this);
        string[] wanted = [.. (names ?? MethodNames).Select(Canonical).Distinct()];
        var experts = Ensemble is null ? [] : Experts(Ensemble.Lesions, Ensemble.HuAndPosition, Ensemble.Options, windows);
        int[] heads = [.. wanted.Where(n => !IsBeside(n)).Select(HeadIndex)];

        // The ensemble's density goes through the networks together with the others.
        bool together = wanted.Contains(EnsembleMethod.MethodName) || wanted.Contains(EnsembleMethod.ByPlaceName);
        int[] all = together ? [.. heads.Append(((HeadMethod)experts[2]).Head).Distinct()] : heads;
        var made = HeadMethod.Of(this, all, windows);
        IReadOnlyList<AnomalyMethod> parts = together
            ? [.. experts.Select(e => e is HeadMethod h ? made.First(m => m.Head == h.Head) : e)]
            : [];
        return [.. wanted.Select(name => Coarse(name switch
        {
            DistilledMethod.MethodName => new DistilledMethod(Distilled!, overlap),
            EnsembleMethod.MethodName => new EnsembleMethod(Ensemble!, parts),
            EnsembleMethod.ByPlaceName => new EnsembleMethod(Ensemble!, parts, Ensemble!.Places),
            _ => experts.Select(e => (e as SmoothedMethod)?.Sharp ?? e).FirstOrDefault(e => e is LesionMethod && e.Name == name)
                ?? made.First(m => m.Name == name),
        }))];

        AnomalyMethod Coarse(AnomalyMethod method) => Ensemble is null ? method : new CoarseMethod(method, Ensemble.Options.LeastSpacing);

        string Canonical(string name) => IsBeside(name) ? name : Heads[HeadIndex(name)].Name;

        bool IsBeside(string name) => !Heads.Any(h => h.Name == name) && MethodNames.Contains(name);
    }

    /// <summary>
    /// The map of each expert of the ensemble by itself, as -log10 of how rare its scores are in the calibration's patients; not weighted.
    /// Of further kinds of lesion networks only what counts, smoothed (<see cref="EnsembleOptions.LargeAbove"/>).
    /// </summary>
    /// <param name="scan">The patient.</param>
    /// <param name="windows">How a volume is covered; null means as the model was fitted.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>Names and maps on the CT's grid: the first kind of lesion networks, HU + position, density, further kinds.</returns>
    /// <exception cref="OptionException">The model has no ensemble.</exception>
    public IReadOnlyList<(string Expert, AnomalyMap Map)> ExpertTails(
        PatientScan scan, SlidingWindowOptions? windows = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(scan);
        if (Ensemble is not { } ensemble)
            throw new OptionException(nameof(Ensemble), "none", "a model with an ensemble", "Make one with 'screener ensemble'.");
        var coarse = scan.NoFinerThan(ensemble.Options.LeastSpacing, cancellation);
        var experts = Experts(ensemble.Lesions, ensemble.HuAndPosition, ensemble.Options, windows);
        var tails = new EnsembleMethod(ensemble, experts).ExpertTails(coarse, cancellation);
        return [.. experts.Zip(tails, (expert, map) => (expert.Name, scan.OnItsGrid(map, cancellation)))];
    }

    /// <summary>The experts of an ensemble, in the order of their tables.</summary>
    internal IReadOnlyList<AnomalyMethod> Experts(
        IReadOnlyList<LesionNetwork> lesions, HuBaseline huAndPosition, EnsembleOptions options, SlidingWindowOptions? windows = null)
    {
        windows ??= SlidingWindowOptions.For(this);
        var byKind = LesionMethod.Of(lesions, windows.Overlap);
        return
        [
            byKind[0], new HuMethod(HuMethod.HuAndPositionName, huAndPosition),
            .. HeadMethod.Of(this, [options.Head is null ? 0 : HeadIndex(options.Head)], windows),
            .. byKind.Skip(1).Select(AnomalyMethod (m) =>
                options.LargeSmoothingMm == 0 ? m : new SmoothedMethod(m, options.LargeSmoothingMm)),
        ];
    }

    /// <summary>The index of the head with the given name or condition.</summary>
    /// <exception cref="OptionException">There is none.</exception>
    public int HeadIndex(string name)
    {
        for (int i = 0; i < Heads.Count; i++)
        {
            if (Heads[i].Name == name || Heads[i].Condition.Name == name)
                return i;
        }

        throw new OptionException("head", $"'{name}'", string.Join(" or ", MethodNames.Select(n => $"'{n}'")));
    }

    /// <summary>Reads a model file.</summary>
    /// <param name="path">The file that <see cref="Save"/> wrote.</param>
    /// <param name="compute">Device, precision and threads of the networks.</param>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ModelFileException">The file is damaged or of another kind.</exception>
    public static ScreenerModel Load(string path, ComputeOptions compute)
    {
        var device = compute.Apply();
        using var archive = TensorArchive.Read(path);
        var header = archive.ReadHeader<ModelHeader>(
            Format, Version, "a model that 'screener fit' wrote", "Name a file that 'screener fit' wrote.");
        archive.RequireValid(() =>
        {
            header.Descriptor.Validate();
            foreach (var (options, _) in header.Networks)
                options.Validate();
            header.Density.Validate();
        });
        archive.RequireNumbers(
            header.Descriptor.Network.LeastNumbers + header.Networks.Sum(n => n.Options.Network.LeastNumbers)
            + header.Density.LeastNumbers);

        var owned = new Stack<IDisposable>();
        try
        {
            var descriptor = Own(NetworkFile.Restore(archive, header.Descriptor, "descriptor.", []).Network);
            var networks = new ConditionNetworks([.. header.Networks.Select(n =>
            {
                var trained = NetworkFile.Restore(archive, n.Options, n.Prefix, []);
                owned.Push(trained.Network);
                return trained;
            })]);
            var densities = new List<DensityModel>();
            foreach (var head in header.Density.Heads)
            {
                // The weights are overwritten by the file's.
                var density = Own(head.Density.Create(
                    header.Descriptor.Network.DescriptorChannels, networks.Under(head.Condition).Channels, new RandomStream(0)));
                archive.CopyTo(density, $"density.{densities.Count}.");
                densities.Add(density);
            }

            var model = new ScreenerModel(header.Descriptor, descriptor, networks, header.Density, densities)
            {
                Ensemble = header.Ensemble is { } ensemble ? Own(EnsembleFile.Read(archive, path, ensemble)) : null,
                Distilled = header.Distilled is { } distilled ? Own(distilled.Read(archive)) : null,
            };
            model.MoveTo(device, compute.Precision);
            return model;
        }
        catch
        {
            foreach (var item in owned)
                item.Dispose();
            throw;
        }

        T Own<T>(T item)
            where T : IDisposable
        {
            owned.Push(item);
            return item;
        }
    }

    /// <summary>Writes the model to one file; equal models give equal bytes.</summary>
    public void Save(string path)
    {
        var tensors = Descriptor.state_dict().Select(p => ("descriptor." + p.Key, p.Value));
        foreach (var trained in Networks.All)
            tensors = tensors.Concat(trained.Network.state_dict().Select(p => (ModelHeader.PrefixOf(trained.Options) + p.Key, p.Value)));
        for (int i = 0; i < Densities.Count; i++)
        {
            int head = i;
            tensors = tensors.Concat(Densities[i].state_dict().Select(p => ($"density.{head}.{p.Key}", p.Value)));
        }

        if (Ensemble is { } ensemble)
            tensors = tensors.Concat(EnsembleFile.TensorsOf(ensemble));
        if (Distilled is { } distilled)
            tensors = tensors.Concat(DistilledHeader.TensorsOf(distilled));
        TensorArchive.Write(
            path,
            new ModelHeader(
                Format, Version, DescriptorOptions, Networks.Find(ConditionModel.StageName)?.Options, FittingOptions,
                LibraryVersions.All(), Networks.Find(AnatomicalEmbeddingModel.StageName)?.Options,
                Ensemble is null ? null : EnsembleHeader.Of(Ensemble), Distilled is null ? null : DistilledHeader.Of(Distilled)),
            tensors);
    }

    /// <summary>Moves the networks to a device and sets their precision; densities stay float32.</summary>
    public void MoveTo(Device device, ComputePrecision precision)
    {
        Descriptor.MoveTo(device, precision);
        Networks.MoveTo(device, precision);
        foreach (var density in Densities)
        {
            density.to(device);
            density.eval();
        }

        foreach (var network in Ensemble?.Lesions ?? [])
            network.MoveTo(device, precision);
        Distilled?.Network.MoveTo(device, precision);
    }

    /// <summary>Scores windows: descriptor, conditions and densities, minus log-likelihood per voxel.</summary>
    /// <param name="windows">[N, 1, D, H, W], float32, 0 to 1.</param>
    /// <param name="placements">Where each window lies.</param>
    /// <param name="heads">Which heads, in the order of the result.</param>
    /// <returns>[N, K, D, H, W], float32, nats; the caller owns it.</returns>
    public Tensor Score(Tensor windows, PatchPlacement[] placements, IReadOnlyList<int> heads)
    {
        using var guard = inference_mode();
        return BatchShares.Compute(placements.Length, windows.device, (first, count) =>
            ScoreShare(windows.narrow(0, first, count), placements[first..(first + count)], heads));
    }

    private Tensor ScoreShare(Tensor windows, PatchPlacement[] placements, IReadOnlyList<int> heads)
    {
        using var scope = NewDisposeScope();
        var kernel = FittingOptions.PoolKernel;
        long[] pool = [kernel.Depth, kernel.Height, kernel.Width];
        var features = Descriptor.ForwardPooled(windows, pool);
        var contexts = new Dictionary<Condition, Tensor?>();
        var maps = new List<Tensor>();
        foreach (int head in heads)
        {
            var condition = _conditions[head];
            if (!contexts.TryGetValue(condition, out var context))
                contexts[condition] = context = condition.Compute(windows, placements, pool);
            maps.Add(Densities[head].NegativeLogLikelihood(features, context));
        }

        return Spread(maps, windows.shape[2..]).MoveToOuterDisposeScope();
    }

    /// <summary>Scores of pooled positions, K maps of [N, D, H, W], to the voxels of the windows: [N, K, D, H, W], trilinear.</summary>
    internal static Tensor Spread(IReadOnlyList<Tensor> maps, long[] window)
    {
        using var scope = NewDisposeScope();
        return nn.functional.interpolate(
            stack(maps, 1), size: window, mode: InterpolationMode.Trilinear, align_corners: false).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ensemble?.Dispose();
        Distilled?.Dispose();
        foreach (var density in Densities)
            density.Dispose();
        Networks.Dispose();
        Descriptor.Dispose();
    }

    // Files of models without an embedding network are as they were before there were any.
    private sealed record ModelHeader(
        string Format, int Version, PretrainingOptions Descriptor, PretrainingOptions? Condition, DensityFittingOptions Density,
        IReadOnlyDictionary<string, string> Libraries,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PretrainingOptions? Embedding = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EnsembleHeader? Ensemble = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DistilledHeader? Distilled = null)
    {
        /// <summary>The networks of conditions: how they were trained, and how the archive names their tensors.</summary>
        internal IEnumerable<(PretrainingOptions Options, string Prefix)> Networks =>
            new[] { (Condition, "condition."), (Embedding, "embedding.") }.Where(n => n.Item1 is not null).Select(n => (n.Item1!, n.Item2));

        internal static string PrefixOf(PretrainingOptions options) =>
            options.Stage == AnatomicalEmbeddingModel.StageName ? "embedding." : options.Stage + ".";
    }
}
