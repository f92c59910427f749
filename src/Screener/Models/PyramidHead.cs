using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>Each pyramid level through a 1^3 convolution to d channels, summed from coarse to fine with trilinear upsampling.</summary>
internal sealed class PyramidHead : nn.Module
{
    private readonly ModuleList<PointwiseConvolution> levels = new();

    internal PyramidHead(UNetOptions options, RandomStream random)
        : base(nameof(PyramidHead))
    {
        // As one linear layer over the concatenated pyramid would start; one bias is enough for a sum.
        double bound = Math.Sqrt(1.0 / options.Channels.Sum());
        for (int level = 0; level < options.Levels; level++)
            levels.Add(
                new PointwiseConvolution(options.Channels[level], options.DescriptorChannels, random, withBias: level == 0, bound: bound));
        RegisterComponents();
    }

    /// <summary>The sum of the levels from the coarsest to <paramref name="finest"/>, on the grid of that level.</summary>
    internal Tensor Sum(Tensor[] pyramid, int finest = 0)
    {
        using var scope = NewDisposeScope();
        Tensor sum = levels[^1].Forward(pyramid[^1]);
        for (int level = pyramid.Length - 2; level >= finest; level--)
        {
            using Tensor below = sum;
            using Tensor beside = levels[level].Forward(pyramid[level]);
            sum = MapFitting.Upsample(below, pyramid[level].shape).Increase(beside);
        }

        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>The convolution of the finest level alone.</summary>
    internal Tensor Finest(Tensor map) => levels[0].Forward(map);

    /// <summary>The convolution of the finest level on rows [M, C].</summary>
    internal Tensor FinestRows(Tensor rows) => levels[0].ForwardRows(rows);
}
