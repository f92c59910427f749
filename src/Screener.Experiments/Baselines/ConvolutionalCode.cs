using Screener.Errors;
using Screener.Models;
using Screener.Randomness;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Baselines;

/// <summary>
/// Down by strided convolutions to a code, and up again by convolutions of maps twice as large: nothing passes beside the code.
/// </summary>
/// <remarks>
/// After Baur 2021 (min(128, 32 * 2^i) channels) with group norm and SiLU in place of batch norm and LeakyReLU, so that a crop's result
/// does not depend on the others of its batch.
/// </remarks>
internal sealed class ConvolutionalCode : nn.Module
{
    private readonly ModuleList<CubicConvolution> down = new();
    private readonly ModuleList<GroupNormalization> down_norms = new();
    private readonly ModuleList<CubicConvolution> up = new();
    private readonly ModuleList<GroupNormalization> up_norms = new();
    private readonly CubicConvolution last;
    private readonly PointwiseConvolution? narrow;
    private readonly Parameter? encode;
    private readonly Parameter? decode;
    private readonly PointwiseConvolution? widen;
    private readonly long[] _coarse;

    /// <param name="shape">Where it has levels of half the size, channels and kernel.</param>
    /// <param name="crop">Voxels of a crop, [D, H, W].</param>
    /// <param name="random">Draws the weights.</param>
    internal ConvolutionalCode(CodeShape shape, Imaging.VolumeShape crop, RandomStream random)
        : base(nameof(ConvolutionalCode))
    {
        int channels = 1;
        for (int level = 0; level < shape.Levels; level++)
        {
            int next = shape.ChannelsAt(level);
            down.Add(new CubicConvolution(channels, next, shape.Kernel, random, stride: 2, padding: shape.Kernel / 2));
            down_norms.Add(new GroupNormalization(next));
            channels = next;
        }

        _coarse = [.. new[] { crop.Depth, crop.Height, crop.Width }.Select(n => (long)n >> shape.Levels)];
        if (shape.CodeLength > 0)
        {
            // Baur 2021: an eighth of the channels, then a dense code.
            int few = Math.Max(1, channels / 8), numbers = checked((int)(few * _coarse.Aggregate(1L, (a, b) => a * b)));
            narrow = new PointwiseConvolution(channels, few, random);
            encode = WeightStart.FanIn(random, numbers, shape.CodeLength, numbers);
            decode = WeightStart.FanIn(random, shape.CodeLength, numbers, shape.CodeLength);
            widen = new PointwiseConvolution(few, channels, random);
        }

        for (int level = shape.Levels - 1; level >= 0; level--)
        {
            int next = shape.ChannelsAt(Math.Max(0, level - 1));
            up.Add(new CubicConvolution(channels, next, shape.Kernel, random, padding: shape.Kernel / 2));
            up_norms.Add(new GroupNormalization(next));
            channels = next;
        }

        last = new CubicConvolution(channels, 1, 1, random);
        RegisterComponents();
    }

    /// <summary>[N, 1, D, H, W] to its reconstruction, in the type of the input.</summary>
    internal Tensor Forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        Tensor x = images;
        for (int level = 0; level < down.Count; level++)
            x = down_norms[level].ForwardActivated(down[level].Forward(x));
        if (encode is not null)
        {
            Tensor few = narrow!.Forward(x);
            Tensor code = nn.functional.linear(few.flatten(1), encode.to_type(x.dtype));
            x = widen!.Forward(nn.functional.linear(code, decode!.to_type(x.dtype)).view(few.shape));
        }

        for (int level = 0; level < up.Count; level++)
        {
            x = nn.functional.interpolate(x, scale_factor: [2, 2, 2], mode: InterpolationMode.Nearest);
            x = up_norms[level].ForwardActivated(up[level].Forward(x));
        }

        return last.Forward(x).MoveToOuterDisposeScope();
    }
}

/// <summary>The shape of a network with a code.</summary>
public sealed record CodeShape
{
    /// <summary>How often the size is halved.</summary>
    public int Levels { get; init; } = 4;

    /// <summary>Channels of the first level; each further one has twice as many.</summary>
    public int FirstChannels { get; init; } = 32;

    /// <summary>No level has more.</summary>
    public int MostChannels { get; init; } = 128;

    /// <summary>Edge of the convolutions: odd.</summary>
    public int Kernel { get; init; } = 5;

    /// <summary>Numbers of the dense code; 0 leaves it a map.</summary>
    public int CodeLength { get; init; } = 128;

    /// <summary>Checks every option.</summary>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public void Validate(Imaging.VolumeShape crop)
    {
        OptionException.ThrowIfOutside(nameof(Levels), Levels, 1, 8);
        OptionException.ThrowIfOutside(nameof(FirstChannels), FirstChannels, 4, 8192);
        OptionException.ThrowIfOutside(nameof(MostChannels), MostChannels, FirstChannels, 8192);
        OptionException.ThrowIfOutside(nameof(Kernel), Kernel, 1, 7);
        OptionException.ThrowIfOutside(nameof(CodeLength), CodeLength, 0, 65536);
        if (Kernel % 2 == 0)
            throw new OptionException(nameof(Kernel), $"{Kernel}", "an odd number");
        for (int level = 0; level < Levels; level++)
        {
            if (ChannelsAt(level) % GroupNormalization.GroupsFor(ChannelsAt(level)) != 0)
                throw new OptionException(nameof(FirstChannels), $"{ChannelsAt(level)}", "multiples of 4, and above 128 multiples of 32");
        }

        foreach (int size in new[] { crop.Depth, crop.Height, crop.Width })
        {
            if (size % (1 << Levels) != 0)
                throw new OptionException("CropShape", $"{crop}", $"multiples of {1 << Levels}, which {Levels} levels halve");
        }
    }

    internal int ChannelsAt(int level) => (int)Math.Min(MostChannels, (long)FirstChannels << level);
}
