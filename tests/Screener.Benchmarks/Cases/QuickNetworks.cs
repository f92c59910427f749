using Screener.Conditions;
using Screener.Densities;
using Screener.Inference;
using Screener.Models;
using Screener.Randomness;
using Screener.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Benchmarks.Cases;

/// <summary>The Quick profile's networks with fresh weights: speed does not depend on what was learnt.</summary>
internal static class QuickNetworks
{
    internal static ScreenerModel Model()
    {
        var random = new RandomStream(1);
        var density = DensityFittingOptions.Quick with { Heads = [new(new MaskingInvariantCondition(), GaussianDensityOptions.Quick)] };
        var descriptor = PretrainingOptions.Quick;
        int channels = descriptor.Network.DescriptorChannels;
        var gaussian = new GaussianDensity(channels, channels, GaussianDensityOptions.Quick, random);

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
            new(new TrainedNetwork(PretrainingOptions.QuickCondition, new ConditionModel(descriptor.Network, random), [])), density,
            [gaussian]);
    }

    /// <summary>
    /// Floating-point operations of screening one window, two per multiply-add, of the convolutions as this library carries
    /// them out (the lower part of a merge before upsampling, the finest level's head after pooling); all else is not counted.
    /// </summary>
    internal static double WindowOperations(ScreenerModel model, int edge, int pool)
    {
        var gaussian = ((GaussianDensity)model.Densities[0]).Options;
        double pooled = Math.Pow(edge / pool, 3);
        int d = model.Descriptor.Options.DescriptorChannels;
        double density = 0;
        for (int layer = 0; layer < gaussian.Layers; layer++)
        {
            density += 2 * pooled * Math.Pow(gaussian.Kernel, 3)
                * (layer == 0 ? d : gaussian.HiddenChannels) * (layer == gaussian.Layers - 1 ? 2 * d : gaussian.HiddenChannels);
        }

        return density + Network(model.Descriptor.Options, 1) + Network(model.Networks.All[0].Network.Options, 2);

        double Network(UNetOptions options, int inputs)
        {
            double operations = 0;
            for (int level = 0; level < options.Levels; level++)
            {
                double voxels = Math.Pow(edge / options.StemStride >> level, 3);
                int c = options.Channels[level];
                bool last = level == options.Levels - 1;
                operations += 2 * voxels * 27 * (level == 0 ? inputs * c : 0);
                operations += 2 * voxels * 27 * 2 * c * c * options.Depths[level] * (last ? 1 : 2);
                operations += level == 0 ? 0 : 2 * voxels * 8 * options.Channels[level - 1] * c;
                operations += last ? 0 : 2 * voxels * ((c * c) + (options.Channels[level + 1] * c / 8.0));
                operations += 2 * (level == 0 ? pooled : voxels) * c * d;
            }

            return operations;
        }
    }
}
