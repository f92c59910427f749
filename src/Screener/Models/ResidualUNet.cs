using Screener.Errors;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>
/// The residual 3-D UNet (arXiv 2502.08321, appendix and published code): an image to a pyramid of feature maps, finest first.
/// </summary>
internal sealed class ResidualUNet : nn.Module
{
    private readonly CubicConvolution stem;
    private readonly ModuleList<ResidualStage> down_stages = new();
    private readonly ModuleList<CubicConvolution> downs = new();
    private readonly ModuleList<SkipMerge> merges = new();
    private readonly ModuleList<ResidualStage> up_stages = new();
    private readonly int _minimumInput;

    internal ResidualUNet(UNetOptions options, RandomStream random)
        : base(nameof(ResidualUNet))
    {
        var channels = options.Channels;

        // A stem of stride 4 sees every voxel only with a kernel of 5; so padded, it makes ceil(n / stride) voxels of n.
        int reach = options.StemStride > 2 ? 2 : 1;
        stem = new CubicConvolution(options.InChannels, channels[0], (2 * reach) + 1, random, options.StemStride, padding: reach);
        for (int level = 0; level < options.Levels; level++)
        {
            down_stages.Add(new ResidualStage(channels[level], options.Depths[level], options.LayerScaleStart, random));
            if (level + 1 == options.Levels)
                break;
            downs.Add(new CubicConvolution(channels[level], channels[level + 1], 2, random, stride: 2));
            merges.Add(new SkipMerge(channels[level], channels[level + 1], random));
            up_stages.Add(new ResidualStage(channels[level], options.Depths[level], options.LayerScaleStart, random));
        }

        _minimumInput = options.MinimumInput;
        RegisterComponents();
    }

    internal ScalarType Type => stem.Type;

    /// <summary>[N, C, D, H, W] to one map per level, [N, C_l, D_l, H_l, W_l]; the caller owns them.</summary>
    internal Tensor[] Forward(Tensor x)
    {
        if (x.shape.Length != 5 || x.shape[2..].Min() < _minimumInput)
            throw new OptionException(
                "input", $"a tensor of shape [{string.Join(", ", x.shape)}]",
                $"[N, C, D, H, W] with at least {_minimumInput} voxels along each axis",
                "Pad the crop or use a network with fewer levels.");
        using var scope = NewDisposeScope();
        int levels = down_stages.Count;
        var pyramid = new Tensor[levels];
        Tensor y = stem.Forward(x);
        for (int level = 0; level < levels; level++)
        {
            if (level > 0)
                y = downs[level - 1].Forward(pyramid[level - 1]);
            using Tensor input = y;
            pyramid[level] = down_stages[level].Forward(input);
        }

        for (int level = levels - 2; level >= 0; level--)
        {
            using Tensor skip = pyramid[level];
            using Tensor merged = merges[level].Forward(skip, pyramid[level + 1]);
            pyramid[level] = up_stages[level].Forward(merged);
        }

        foreach (Tensor map in pyramid)
            map.MoveToOuterDisposeScope();
        return pyramid;
    }
}

/// <summary>Residual blocks, one after the other.</summary>
internal sealed class ResidualStage : nn.Module
{
    private readonly ModuleList<ResidualBlock> blocks = new();

    internal ResidualStage(int channels, int depth, double layerScaleStart, RandomStream random)
        : base(nameof(ResidualStage))
    {
        for (int i = 0; i < depth; i++)
            blocks.Add(new ResidualBlock(channels, layerScaleStart, random));
        RegisterComponents();
    }

    internal Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor y = x;
        for (int i = 0; i < blocks.Count; i++)
        {
            Tensor next = blocks[i].Forward(y);
            if (i > 0)
                y.Dispose();
            y = next;
        }

        return y.MoveToOuterDisposeScope();
    }
}

/// <summary>
/// The way up: nearest upsampling by 2, cropped or edge-padded to the skip's size, concatenated behind the skip, 1^3 convolution.
/// </summary>
/// <remarks>Computed as the sum of two 1^3 convolutions, the lower one before it is upsampled: the same numbers for an eighth of
/// the work, and no concatenated map.</remarks>
internal sealed class SkipMerge : nn.Module
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly int _skipChannels;
    private readonly int _lowChannels;

    internal SkipMerge(int skipChannels, int lowChannels, RandomStream random)
        : base(nameof(SkipMerge))
    {
        _skipChannels = skipChannels;
        _lowChannels = lowChannels;
        weight = WeightStart.FanIn(random, skipChannels + lowChannels, skipChannels, skipChannels + lowChannels, 1, 1, 1);
        bias = WeightStart.FanIn(random, skipChannels + lowChannels, skipChannels);
        RegisterComponents();
    }

    internal Tensor Forward(Tensor skip, Tensor low)
    {
        using var scope = NewDisposeScope();
        using Tensor below = PointwiseConvolution.Apply(low, weight.narrow(1, _skipChannels, _lowChannels), bias);
        Tensor up = nn.functional.interpolate(below, scale_factor: [2, 2, 2], mode: InterpolationMode.Nearest);
        Tensor beside = PointwiseConvolution.Apply(skip, weight.narrow(1, 0, _skipChannels), null);
        return beside.Increase(MapFitting.CropOrPad(up, skip.shape)).MoveToOuterDisposeScope();
    }
}
