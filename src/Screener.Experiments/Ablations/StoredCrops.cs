using System.Text.Json;
using Screener.Conditions;
using Screener.Imaging;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Ablations;

/// <summary>One training volume's windows with what is kept of them.</summary>
/// <param name="Windows">The windows.</param>
/// <param name="Features">The descriptor's maps.</param>
/// <param name="Conditions">The condition's maps; null where they are computed as they are needed.</param>
internal sealed record StoredVolume(VolumeWindows Windows, StoredMaps Features, StoredMaps? Conditions);

/// <summary>Boxes of kept maps.</summary>
/// <param name="Features">[m, d, D, H, W].</param>
/// <param name="Conditions">[m, c, D, H, W]; null where they are not kept.</param>
/// <param name="Images">The windows' intensities where the condition is computed from them; null elsewhere.</param>
/// <param name="Placements">The windows' places.</param>
/// <param name="Boxes">The boxes' first positions in the maps.</param>
internal sealed record StoredBatch(
    float[] Features, float[]? Conditions, float[]? Images, PatchPlacement[] Placements, (int D, int H, int W)[] Boxes);

/// <summary>
/// What a density is fitted to without the networks: random boxes of the kept maps of random windows of the training volumes.
/// </summary>
/// <param name="fitting">The density's options.</param>
/// <param name="box">Positions of a box.</param>
/// <param name="featureChannels">d.</param>
/// <param name="condition">The condition.</param>
/// <param name="stored">What is kept of each volume.</param>
/// <param name="volumes">The volumes, for conditions that are not kept.</param>
/// <param name="key">The cell's key.</param>
internal sealed class StoredCrops(
    DensityFittingOptions fitting, VolumeShape box, int featureChannels, MapSource condition, IReadOnlyList<StoredVolume> stored,
    IReadOnlyList<PreparedVolume> volumes, string key) : IDensityMaps<StoredBatch>
{
    public int FeatureChannels => featureChannels;

    public IReadOnlyList<int> ConditionChannels { get; } = [condition.Channels];

    public JsonElement Inputs { get; } = StoredJson.Write(new { fitting, cell = key });

    public StoredBatch MakeBatch(RandomStream random, CancellationToken cancellation)
    {
        int m = fitting.CropsPerBatch, positions = box.CheckedLength(), voxels = fitting.PatchShape.CheckedLength();
        bool kept = stored[0].Conditions is not null, computed = !kept && condition.Channels > 0;
        var features = new float[m * featureChannels * positions];
        var conditions = kept ? new float[m * condition.Channels * positions] : null;
        var images = computed ? new float[m * voxels] : null;
        var placements = new PatchPlacement[m];
        var boxes = new (int D, int H, int W)[m];
        for (int i = 0; i < m; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            int volume = random.NextInt(stored.Count);
            var (windows, maps, conditionMaps) = stored[volume];
            int window = random.NextInt(windows.Origins.Count);
            var pooled = windows.Pooled;
            boxes[i] = (random.NextInt(pooled.Depth - box.Depth + 1), random.NextInt(pooled.Height - box.Height + 1),
                random.NextInt(pooled.Width - box.Width + 1));
            maps.Read(window, boxes[i], box, features.AsSpan(i * featureChannels * positions, featureChannels * positions));
            conditionMaps?.Read(
                window, boxes[i], box, conditions.AsSpan(i * condition.Channels * positions, condition.Channels * positions));
            if (!computed)
                continue;
            windows.Copy(volumes[volume], window, images.AsSpan(i * voxels, voxels));
            placements[i] = windows.Placement(volumes[volume].Shape, window);
        }

        return new StoredBatch(features, conditions, images, placements, boxes);
    }

    public (Tensor Features, Tensor?[] Conditions) Compute(StoredBatch batch, Device device)
    {
        int m = batch.Boxes.Length;
        var features = TensorMemory.Of(batch.Features, [m, featureChannels, box.Depth, box.Height, box.Width]).to(device);
        if (batch.Conditions is not null)
            return (features, [TensorMemory.Of(batch.Conditions, [m, condition.Channels, box.Depth, box.Height, box.Width]).to(device)]);
        if (batch.Images is null)
            return (features, [null]);
        var patch = fitting.PatchShape;
        var images = TensorMemory.Of(batch.Images, [m, 1, patch.Depth, patch.Height, patch.Width]).to(device);
        var whole = condition.Compute(
            images, batch.Placements, [fitting.PoolKernel.Depth, fitting.PoolKernel.Height, fitting.PoolKernel.Width]);
        var boxes = batch.Boxes.Select(
            (b, i) => whole[i].narrow(1, b.D, box.Depth).narrow(2, b.H, box.Height).narrow(3, b.W, box.Width)).ToArray();
        return (features, [stack(boxes)]);
    }
}
