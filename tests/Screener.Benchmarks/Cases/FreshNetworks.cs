using Screener.Conditions;
using Screener.Densities;
using Screener.Imaging;
using Screener.Inference;
using Screener.Models;
using Screener.Randomness;
using Screener.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Benchmarks.Cases;

/// <summary>Networks with fresh weights: speed does not depend on what was learnt.</summary>
internal static class FreshNetworks
{
    internal static ScreenerModel Quick() => Model(PretrainingOptions.Quick, DensityFittingOptions.Quick, GaussianDensityOptions.Quick);

    internal static ScreenerModel Paper() => Model(PretrainingOptions.Paper, DensityFittingOptions.Paper, GaussianDensityOptions.Paper);

    private static ScreenerModel Model(PretrainingOptions descriptor, DensityFittingOptions fitting, GaussianDensityOptions options)
    {
        var random = new RandomStream(1);
        var density = fitting with { Heads = [new(new MaskingInvariantCondition(), options)] };
        int channels = descriptor.Network.DescriptorChannels;
        var gaussian = new GaussianDensity(channels, channels, options, random);

        // A fresh density ignores its condition; shaken weights make every layer count when results are compared.
        using (no_grad())
        {
            foreach (var parameter in gaussian.parameters())
            {
                using var noise = tensor(
                    Enumerable.Range(0, (int)parameter.numel()).Select(_ => (float)random.Uniform(-0.05, 0.05)).ToArray(), parameter.shape);
                parameter.add_(noise);
            }
        }

        return new ScreenerModel(
            descriptor, new DescriptorModel(descriptor.Network, random),
            new(new TrainedNetwork(descriptor with { Masked = true }, new ConditionModel(descriptor.Network, random), [])), density,
            [gaussian]);
    }

    /// <summary>
    /// Floating-point operations of screening one window, two per multiply-add, of the convolutions as this library carries
    /// them out (the lower part of a merge before upsampling, the finest level's head after pooling); all else is not counted.
    /// </summary>
    internal static double WindowOperations(ScreenerModel model)
    {
        var gaussian = ((GaussianDensity)model.Densities[0]).Options;
        var (window, pool) = (model.FittingOptions.PatchShape, model.FittingOptions.PoolKernel);
        double pooled = (double)window.VoxelCount / pool.VoxelCount;
        int d = model.Descriptor.Options.DescriptorChannels;
        double density = 0;
        for (int layer = 0; layer < gaussian.Layers; layer++)
        {
            density += 2 * pooled * Math.Pow(gaussian.Kernel, 3)
                * (layer == 0 ? d : gaussian.HiddenChannels) * (layer == gaussian.Layers - 1 ? 2 * d : gaussian.HiddenChannels);
        }

        return density + NetworkOperations(model.Descriptor.Options, window, pooled)
            + NetworkOperations(model.Networks.All[0].Network.Options with { InChannels = 2 }, window, pooled);
    }

    /// <summary>The same of one network.</summary>
    /// <param name="options">Its shape.</param>
    /// <param name="window">Voxels of the window.</param>
    /// <param name="outputs">Voxels of the finest level's head.</param>
    internal static double NetworkOperations(UNetOptions options, VolumeShape window, double outputs)
    {
        double operations = 0;
        for (int level = 0; level < options.Levels; level++)
        {
            double voxels = window.VoxelCount / Math.Pow(options.StemStride << level, 3);
            int c = options.Channels[level], d = options.DescriptorChannels;
            bool last = level == options.Levels - 1;
            operations += 2 * voxels * 27 * (level == 0 ? options.InChannels * c : 0);
            operations += 2 * voxels * 27 * 2 * c * c * options.Depths[level] * (last ? 1 : 2);
            operations += level == 0 ? 0 : 2 * voxels * 8 * options.Channels[level - 1] * c;
            operations += last ? 0 : 2 * voxels * ((c * c) + (options.Channels[level + 1] * c / 8.0));
            operations += 2 * (level == 0 ? outputs : voxels) * c * d;
        }

        return operations;
    }
}
