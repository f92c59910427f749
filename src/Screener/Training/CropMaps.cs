using System.Text.Json;
using Screener.Conditions;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Training;

/// <summary>Crops and where they were cut.</summary>
/// <param name="Images">[m, 1, D, H, W], 0 to 1.</param>
/// <param name="Placements">One per crop.</param>
internal sealed record DensityBatch(float[] Images, PatchPlacement[] Placements);

/// <summary>Maps that the frozen networks make of random crops.</summary>
internal sealed class CropMaps(
    DensityFittingOptions options, DenseNetwork descriptor, ConditionNetworks networks, IReadOnlyList<Condition> conditions,
    IReadOnlyList<PreparedVolume> volumes)
    : IDensityMaps<DensityBatch>
{
    public int FeatureChannels => descriptor.Options.DescriptorChannels;

    public IReadOnlyList<int> ConditionChannels { get; } = [.. conditions.Select(c => c.Channels)];

    public JsonElement Inputs { get; } = TrainingInputs.Of(options, volumes, [descriptor, .. networks.All.Select(n => n.Network)]);

    public DensityBatch MakeBatch(RandomStream random, CancellationToken cancellation)
    {
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

    public (Tensor Features, Tensor?[] Conditions) Compute(DensityBatch batch, Device device)
    {
        var shape = options.PatchShape;
        long[] pool = [options.PoolKernel.Depth, options.PoolKernel.Height, options.PoolKernel.Width];
        var images = TensorMemory.Of(batch.Images, [options.CropsPerBatch, 1, shape.Depth, shape.Height, shape.Width]).to(device);
        int crops = batch.Placements.Length;
        var features = BatchShares.Compute(crops, device, (first, count) => descriptor.ForwardPooled(images.narrow(0, first, count), pool));
        var contexts = new Tensor?[conditions.Count];
        for (int i = 0; i < contexts.Length; i++)
        {
            int same = Enumerable.Range(0, i).FirstOrDefault(j => conditions[j].Equals(conditions[i]), -1);
            contexts[i] = same >= 0 ? contexts[same] : Map(conditions[i]);
        }

        return (features, contexts);

        // Only networks are worth the threads.
        Tensor? Map(Condition condition) => condition.IsCheap
            ? condition.Compute(images, batch.Placements, pool)
            : BatchShares.Compute(crops, device, (first, count) =>
                condition.Compute(images.narrow(0, first, count), batch.Placements[first..(first + count)], pool)!);
    }
}
