using System.Text.Json;
using Screener.Conditions;
using Screener.Densities;
using Screener.Errors;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Inference;

/// <summary>
/// The three trained models together, ready to screen: descriptor, condition, and one or more densities ("heads").
/// </summary>
/// <remarks>Owns its networks. Not thread-safe.</remarks>
[Runtime.TypeFormatterSource(typeof(Runtime.NotebookFormatterSource))]
public sealed class ScreenerModel : IDisposable
{
    private const string Format = "screener-model";
    private const int Version = 1;

    private readonly List<Condition> _conditions;

    /// <summary>Puts trained models together; takes ownership of them.</summary>
    /// <exception cref="OptionException">The number of densities is not that of the heads, or a condition model is missing.</exception>
    public ScreenerModel(
        PretrainingOptions descriptorOptions, DescriptorModel descriptor, PretrainingOptions? conditionOptions, ConditionModel? conditionModel,
        DensityFittingOptions densityOptions, IReadOnlyList<DensityModel> densities)
    {
        if (densities.Count != densityOptions.Heads.Count)
            throw new OptionException("densities", $"{densities.Count}", $"{densityOptions.Heads.Count}, one per head");
        DescriptorOptions = descriptorOptions;
        Descriptor = descriptor;
        ConditionOptions = conditionOptions;
        ConditionModel = conditionModel;
        DensityOptions = densityOptions;
        Densities = densities;
        _conditions = [.. ConditionFactory.CreateAll(densityOptions, conditionModel)];
    }

    /// <summary>How the descriptor was trained.</summary>
    public PretrainingOptions DescriptorOptions { get; }

    /// <summary>The descriptor model.</summary>
    public DescriptorModel Descriptor { get; }

    /// <summary>How the condition model was trained; null where no head needs one.</summary>
    public PretrainingOptions? ConditionOptions { get; }

    /// <summary>The condition model; null where no head needs one.</summary>
    public ConditionModel? ConditionModel { get; }

    /// <summary>How the densities were fitted.</summary>
    public DensityFittingOptions DensityOptions { get; }

    /// <summary>A density per head.</summary>
    public IReadOnlyList<DensityModel> Densities { get; }

    /// <summary>The heads, in order.</summary>
    public IReadOnlyList<DensityHead> Heads => DensityOptions.Heads;

    /// <summary>How volumes must be prepared.</summary>
    public PreprocessingOptions Preprocessing => DescriptorOptions.Preprocessing;

    /// <summary>The index of the head with the given name or condition.</summary>
    /// <exception cref="OptionException">There is none.</exception>
    public int HeadIndex(string name)
    {
        for (int i = 0; i < Heads.Count; i++)
        {
            if (Heads[i].Name == name || DensityHead.ConditionName(Heads[i].Condition) == name)
                return i;
        }

        throw new OptionException("head", $"'{name}'", string.Join(" or ", Heads.Select(h => $"'{h.Name}'")));
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
        var header = archive.ReadHeader<ModelHeader>();
        if (header.Format != Format || header.Version != Version)
            throw new ModelFileException(path, $"{header.Format} version {header.Version}", $"{Format} version {Version}", "Name a file that 'screener fit' wrote.");
        try
        {
            header.Descriptor.Validate();
            header.Condition?.Validate();
            header.Density.Validate();
        }
        catch (OptionException e)
        {
            throw new ModelFileException(path, e.Message, "valid options", "Restore the file from a copy, or train again.", e);
        }

        // The weights are overwritten by the file's.
        var random = new RandomStream(0);
        var owned = new Stack<IDisposable>();
        try
        {
            var descriptor = Own(new DescriptorModel(header.Descriptor.Network, random));
            archive.CopyTo(descriptor, "descriptor.");
            var conditionModel = header.Condition is null ? null : Own(new ConditionModel(header.Condition.Network, random));
            if (conditionModel is not null)
                archive.CopyTo(conditionModel, "condition.");
            var conditions = ConditionFactory.CreateAll(header.Density, conditionModel).ToList();
            var densities = new List<DensityModel>();
            for (int i = 0; i < header.Density.Heads.Count; i++)
            {
                var density = Own(DensityFactory.Create(header.Density.Heads[i].Density, header.Descriptor.Network.DescriptorChannels, conditions[i].Channels, header.Density, random));
                archive.CopyTo(density, $"density.{i}.");
                densities.Add(density);
            }

            var model = new ScreenerModel(header.Descriptor, descriptor, header.Condition, conditionModel, header.Density, densities);
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
        if (ConditionModel is not null)
            tensors = tensors.Concat(ConditionModel.state_dict().Select(p => ("condition." + p.Key, p.Value)));
        for (int i = 0; i < Densities.Count; i++)
        {
            int head = i;
            tensors = tensors.Concat(Densities[i].state_dict().Select(p => ($"density.{head}.{p.Key}", p.Value)));
        }

        TensorArchive.Write(path, new ModelHeader(Format, Version, DescriptorOptions, ConditionOptions, DensityOptions, CheckpointHeader.LibraryVersions()), tensors);
    }

    /// <summary>Moves the networks to a device and sets their precision; densities stay float32.</summary>
    public void MoveTo(Device device, ComputePrecision precision)
    {
        Descriptor.to(device);
        Descriptor.Precision = precision;
        Descriptor.eval();
        if (ConditionModel is not null)
        {
            ConditionModel.to(device);
            ConditionModel.Precision = precision;
            ConditionModel.eval();
        }

        foreach (var density in Densities)
        {
            density.to(device);
            density.eval();
        }
    }

    /// <summary>Scores windows: descriptor, conditions and densities, minus log-likelihood per voxel.</summary>
    /// <param name="windows">[N, 1, D, H, W], float32, 0 to 1.</param>
    /// <param name="placements">Where each window lies.</param>
    /// <param name="heads">Which heads, in the order of the result.</param>
    /// <returns>[N, K, D, H, W], float32, nats; the caller owns it.</returns>
    public Tensor Score(Tensor windows, PatchPlacement[] placements, IReadOnlyList<int> heads)
    {
        using var guard = inference_mode();
        using var scope = NewDisposeScope();
        var kernel = DensityOptions.PoolKernel;
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
        return nn.functional.interpolate(stack(maps, 1), size: window, mode: InterpolationMode.Trilinear, align_corners: false).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var density in Densities)
            density.Dispose();
        ConditionModel?.Dispose();
        Descriptor.Dispose();
    }

    private sealed record ModelHeader(
        string Format, int Version, PretrainingOptions Descriptor, PretrainingOptions? Condition, DensityFittingOptions Density, IReadOnlyDictionary<string, string> Libraries);
}
