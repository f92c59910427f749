using System.Text.Json;
using Microsoft.Extensions.Logging;
using Screener.Conditions;
using Screener.Densities;
using Screener.Errors;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Training;

/// <summary>Fits densities of the descriptor given the condition, over frozen networks (paper, section 3.3).</summary>
public static class DensityFitting
{
    /// <summary>Fits all heads in one pass over the crops.</summary>
    /// <param name="options">What to fit and how.</param>
    /// <param name="descriptor">The frozen descriptor model.</param>
    /// <param name="conditionModel">The frozen condition model; needed by heads with <see cref="ConditionKind.MaskingInvariant"/>.</param>
    /// <param name="volumes">The training volumes, prepared as for the descriptor.</param>
    /// <param name="run">Device, threads, checkpoint, progress. Densities are float32 whatever its precision; the networks follow it.</param>
    /// <param name="cancellation">Stops after the step under way; the checkpoint then holds it.</param>
    /// <returns>A density per head, in the order of <see cref="DensityFittingOptions.Heads"/>, in evaluation mode; the caller owns them.</returns>
    /// <exception cref="ScreenerException">Options, device or checkpoint are wrong.</exception>
    public static IReadOnlyList<DensityModel> Fit(
        DensityFittingOptions options, DescriptorModel descriptor, ConditionModel? conditionModel, IReadOnlyList<PreparedVolume> volumes, TrainingRun run, CancellationToken cancellation = default)
    {
        options.Validate();
        run.Validate();
        if (volumes.Count == 0)
            throw new OptionException("volumes", "none", "at least one training volume", "Prepare a training cohort first.");
        var device = run.Compute.Apply();
        descriptor.to(device);
        descriptor.Precision = run.Compute.Precision;
        descriptor.eval();
        if (conditionModel is not null)
        {
            conditionModel.to(device);
            conditionModel.Precision = run.Compute.Precision;
            conditionModel.eval();
        }

        var conditions = ConditionFactory.CreateAll(options, conditionModel);
        var densities = new List<DensityModel>();
        try
        {
            foreach (var (head, condition) in options.Heads.Zip(conditions))
                densities.Add(DensityFactory.Create(head.Density, descriptor.Options.DescriptorChannels, condition.Channels, options, new RandomStream(options.Seed).Fork(head.Name)));
            var task = new DensityTask(options, descriptor, conditionModel, conditions, densities, volumes);
            run.Logger.LogInformation("density: {Heads}, {Steps} steps on {Count} volumes, {Device}", string.Join("; ", options.Heads.Select(h => h.Name)), options.Optimisation.Steps, volumes.Count, device);
            TrainingLoop.Run(task, options.Optimisation, run, device, cancellation);
            foreach (var density in densities)
                density.eval();
            return densities;
        }
        catch
        {
            foreach (var density in densities)
                density.Dispose();
            throw;
        }
    }
}

/// <summary>Crops and where they were cut.</summary>
/// <param name="Images">[m, 1, D, H, W], 0 to 1.</param>
/// <param name="Placements">One per crop.</param>
internal sealed record DensityBatch(float[] Images, PatchPlacement[] Placements);

/// <summary>Batches and loss of density fitting.</summary>
internal sealed class DensityTask(
    DensityFittingOptions options, DescriptorModel descriptor, ConditionModel? conditionModel, IReadOnlyList<Condition> conditions, IReadOnlyList<DensityModel> densities, IReadOnlyList<PreparedVolume> volumes)
    : ITrainingTask<DensityBatch>
{
    private readonly RandomStream _random = new RandomStream(options.Seed).Fork("density batches");

    public string Stage => "density";

    public JsonElement Options { get; } = TrainingInputs.Describe(options, volumes, descriptor, conditionModel);

    public IReadOnlyList<(string Name, nn.Module Module)> Parts =>
        [.. options.Heads.Zip(densities, (head, density) => (head.Name, (nn.Module)density))];

    public bool ClipsPartsApart => true;

    public DensityBatch MakeBatch(long step, CancellationToken cancellation)
    {
        var random = _random.Fork((ulong)step);
        var shape = options.PatchShape;
        int voxels = shape.CheckedLength();
        var images = new float[options.CropsPerBatch * voxels];
        var placements = new PatchPlacement[options.CropsPerBatch];
        for (int i = 0; i < placements.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var volume = volumes[random.NextInt(volumes.Count)];
            var origin = (
                D: random.NextInt(Math.Max(1, volume.Grid.Shape.Depth - shape.Depth + 1)),
                H: random.NextInt(Math.Max(1, volume.Grid.Shape.Height - shape.Height + 1)),
                W: random.NextInt(Math.Max(1, volume.Grid.Shape.Width - shape.Width + 1)));
            VolumePatch.Copy(volume, origin, shape, images.AsSpan(i * voxels, voxels));
            placements[i] = new PatchPlacement(volume.Grid.Shape, origin.D, origin.H, origin.W);
        }

        return new DensityBatch(images, placements);
    }

    public void Prepare(DensityBatch first, Device device)
    {
        using var guard = no_grad();
        var (features, contexts) = Maps(first, 0, device);
        for (int i = 0; i < densities.Count; i++)
            densities[i].InitializeFrom(features[i], contexts[i]);
    }

    public StepLoss Loss(DensityBatch batch, long step, Device device)
    {
        var (features, contexts) = Maps(batch, step, device);
        var terms = new List<(string, Tensor)>();
        Tensor? total = null;
        for (int i = 0; i < densities.Count; i++)
        {
            var loss = densities[i].NegativeLogLikelihood(features[i], contexts[i]).mean();
            terms.Add((options.Heads[i].Name, loss));
            total = total is null ? loss : total + loss;
        }

        return new StepLoss(total!, terms);
    }

    // Each head has its own noise, drawn from (seed, step, head), so that it learns the same whatever heads are beside it.
    private (Tensor[] Features, Tensor?[] Conditions) Maps(DensityBatch batch, long step, Device device)
    {
        var shape = options.PatchShape;
        long[] pool = [options.PoolKernel.Depth, options.PoolKernel.Height, options.PoolKernel.Width];
        Tensor features;
        var contexts = new Tensor?[densities.Count];
        using (var guard = no_grad())
        {
            var images = tensor(batch.Images, [options.CropsPerBatch, 1, shape.Depth, shape.Height, shape.Width]).to(device);
            features = descriptor.ForwardPooled(images, pool);
            for (int i = 0; i < contexts.Length; i++)
            {
                int same = Enumerable.Range(0, i).FirstOrDefault(j => ReferenceEquals(conditions[j], conditions[i]), -1);
                contexts[i] = same >= 0 ? contexts[same] : conditions[i].Compute(images, batch.Placements, pool);
            }

            var noisy = new Tensor[densities.Count];
            for (int i = 0; i < noisy.Length; i++)
            {
                using var generator = new Generator(_random.Fork(options.Heads[i].Name).ForkSeed((ulong)step), device);
                noisy[i] = features + (randn(features.shape, generator: generator, device: device) * RootedScalar.Of(options.NoiseSigma));
            }

            for (int i = 0; i < noisy.Length; i++)
            {
                if (contexts[i] is not { } context)
                    continue;
                using var generator = new Generator(_random.Fork(options.Heads[i].Name).Fork("condition").ForkSeed((ulong)step), device);
                contexts[i] = context + (randn(context.shape, generator: generator, device: device) * RootedScalar.Of(options.NoiseSigma));
            }

            return (noisy, contexts);
        }
    }
}
