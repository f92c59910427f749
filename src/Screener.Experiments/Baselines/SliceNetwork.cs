using Screener.Models;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Baselines;

/// <summary>A 2-D convolution of stride 1 or 2 that keeps, or halves, the size.</summary>
internal sealed class SliceConvolution : nn.Module
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly long[] _stride;
    private readonly long[] _padding;

    internal SliceConvolution(int from, int to, int kernel, RandomStream random, int stride = 1, bool isZero = false)
        : base(nameof(SliceConvolution))
    {
        long reach = (long)from * kernel * kernel;
        weight = isZero ? WeightStart.Constant(0, to, from, kernel, kernel) : WeightStart.FanIn(random, reach, to, from, kernel, kernel);
        bias = isZero ? WeightStart.Constant(0, to) : WeightStart.FanIn(random, reach, to);
        (_stride, _padding) = ([stride, stride], [kernel / 2, kernel / 2]);
        RegisterComponents();
    }

    /// <summary>[S, from, H, W] to [S, to, H / stride, W / stride].</summary>
    internal Tensor Forward(Tensor slices) => nn.functional.conv2d(slices, weight, bias, strides: _stride, padding: _padding);
}

/// <summary>Features of slices on several scales, each of half the size of the one before; they tell organs, as an FCN's (Long 2015).
/// </summary>
internal sealed class SliceNetwork : nn.Module
{
    private readonly ModuleList<SliceConvolution> convolutions = new();
    private readonly ModuleList<GroupNormalization> norms = new();
    private readonly ModuleList<SliceConvolution> organs = new();

    /// <param name="firstChannels">Channels at full size; each level has twice as many as the one before.</param>
    /// <param name="levels">Levels of half the size.</param>
    /// <param name="classes">Labels.</param>
    /// <param name="random">Draws the weights.</param>
    internal SliceNetwork(int firstChannels, int levels, int classes, RandomStream random)
        : base(nameof(SliceNetwork))
    {
        int from = 1;
        for (int level = 0; level <= levels; level++)
        {
            int to = firstChannels << level;
            Add(from, to, level == 0 ? 1 : 2);
            Add(to, to, 1);
            if (level > 0)
                organs.Add(new SliceConvolution(to, classes, 1, random));
            from = to;
        }

        RegisterComponents();

        void Add(int inChannels, int outChannels, int stride)
        {
            convolutions.Add(new SliceConvolution(inChannels, outChannels, 3, random, stride));
            norms.Add(new GroupNormalization(outChannels));
        }
    }

    /// <summary>[S, 1, H, W] to the maps of all levels of half the size and below, finest first; in the scope of the caller.</summary>
    internal Tensor[] Features(Tensor slices)
    {
        var features = new Tensor[organs.Count];
        Tensor x = slices;
        for (int i = 0; i < convolutions.Count; i++)
        {
            // Norms know maps of volumes: a slice is one of depth 1.
            x = norms[i].ForwardActivated(convolutions[i].Forward(x).unsqueeze(2)).squeeze(2);
            if (i % 2 == 1 && i > 1)
                features[(i / 2) - 1] = x;
        }

        return features;
    }

    /// <summary>How likely each label is, [S, classes, H / 2, W / 2]: the sum of what all levels say; in the scope of the caller.</summary>
    internal Tensor Logits(Tensor[] features)
    {
        Tensor sum = organs[0].Forward(features[0]);
        for (int level = 1; level < features.Length; level++)
            sum = sum.Plus(Fit(organs[level].Forward(features[level]), sum.shape[2..], InterpolationMode.Bilinear));
        return sum;
    }

    /// <summary>Slices of another size.</summary>
    internal static Tensor Fit(Tensor slices, long[] size, InterpolationMode mode) =>
        nn.functional.interpolate(slices, size: size, mode: mode, align_corners: mode == InterpolationMode.Bilinear ? false : null);
}
