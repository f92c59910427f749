using Screener.Augmentation;
using Screener.Conditions;
using Screener.Densities;
using Screener.Imaging;
using Screener.Inference;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Training;

namespace Screener.Tests.Training;

/// <summary>Options and volumes so small that a training step takes milliseconds.</summary>
internal static class TinyTraining
{
    internal static readonly ComputeOptions Compute = new() { Device = "cpu", Threads = 1 };

    internal static readonly PretrainingOptions Descriptor = PretrainingOptions.Quick with
    {
        Seed = 5,
        Network = UNetOptions.Quick with { Channels = [8, 16], Depths = [1, 1], DescriptorChannels = 8, LayerScaleStart = 1 },
        Projector = new() { Width = 128 },
        VolumesPerBatch = 2,
        Crops = CropPairOptions.Quick with { PatchShape = new(16, 16, 16), PositionsPerPair = 24 },
        Optimisation = new() { Steps = 12, LearningRate = new() { Peak = 1e-2, WarmUpFraction = 0.2 } },
    };

    internal static readonly PretrainingOptions Condition = Descriptor with { Masked = true, Mask = new() { BlockShape = new(4, 4, 4) } };

    internal static readonly PretrainingOptions Embedding = PretrainingOptions.QuickEmbedding with
    {
        Seed = 5,
        Network = UNetOptions.Quick with
        {
            Channels = [8, 16], Depths = [1, 1], StemStride = 4, DescriptorChannels = 3, LayerScaleStart = 1,
        },
        VolumesPerBatch = 1,
        PairsPerVolume = 2,
        Crops = CropPairOptions.Quick with { PatchShape = new(16, 16, 16), PositionsPerPair = 24, Flips = false, AxialTurns = false },
        Mask = new() { BlockShape = new(4, 4, 4), Probability = 0.5 },
        Optimisation = new() { Steps = 12, LearningRate = new() { Peak = 1e-2, WarmUpFraction = 0.2 } },
    };

    internal static readonly GaussianDensityOptions Gaussian = new() { HiddenChannels = 8, Layers = 2 };

    internal static readonly GlowDensityOptions Glow = new() { Blocks = 2, HiddenChannels = 8 };

    internal static readonly DensityFittingOptions Density = DensityFittingOptions.Quick with
    {
        Seed = 6,
        Heads =
        [
            new(new NoCondition(), Gaussian),
            new(new SinCosCondition(), Gaussian),
            new(new MaskingInvariantCondition(), Gaussian),
            new(new MaskingInvariantCondition(), Glow),
            new(new AnatomicalEmbeddingCondition(), Gaussian),
        ],
        CropsPerBatch = 2,
        PatchShape = new(16, 16, 16),
        Optimisation = new() { Steps = 10, LearningRate = new() { Peak = 1e-2, WarmUpFraction = 0.2 } },
    };

    /// <summary>Fresh networks for every condition; the caller owns them.</summary>
    internal static ConditionNetworks Networks() => new(
        new TrainedNetwork(Condition, new ConditionModel(Condition.Network, new RandomStream(2)), []),
        new TrainedNetwork(Embedding, new AnatomicalEmbeddingModel(Embedding.Network, new RandomStream(3)), []));

    /// <summary>All heads fitted to <see cref="Volumes"/>; the caller owns it.</summary>
    internal static ScreenerModel Model()
    {
        var descriptor = new DescriptorModel(Descriptor.Network, new RandomStream(1));
        var networks = Networks();
        var densities = DensityFitting.Fit(Density, descriptor, networks, Volumes(), new TrainingRun { Compute = Compute });
        return new ScreenerModel(Descriptor, descriptor, networks, Density, densities);
    }

    /// <summary>Smooth random blobs, different in each volume.</summary>
    internal static IReadOnlyList<PreparedVolume> Volumes(int count = 3)
    {
        var volumes = new List<PreparedVolume>();
        for (int v = 0; v < count; v++)
        {
            var random = new RandomStream(100 + (ulong)v);
            var grid = new VolumeGrid(new(24 + v, 26, 28), Affine.Canonical(new(3, 3, 3)));
            var waves = Enumerable.Range(0, 6).Select(
                _ => (D: random.Uniform(-0.6, 0.6), H: random.Uniform(-0.6, 0.6), W: random.Uniform(-0.6, 0.6), P: random.Uniform(0, 6)))
                .ToArray();
            var voxels = new float[grid.Shape.CheckedLength()];
            for (int d = 0, i = 0; d < grid.Shape.Depth; d++)
            {
                for (int h = 0; h < grid.Shape.Height; h++)
                {
                    for (int w = 0; w < grid.Shape.Width; w++)
                        voxels[i++] = (float)(0.5 + (0.08 * waves.Sum(k => Math.Sin((k.D * d) + (k.H * h) + (k.W * w) + k.P))));
                }
            }

            volumes.Add(new PreparedVolume(grid, voxels, grid, $"blobs {v}"));
        }

        return volumes;
    }
}
