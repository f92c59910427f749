using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>GroupNorm - SiLU - conv 3^3 - GroupNorm - SiLU - conv 3^3 - layer scale, added to the input.</summary>
internal sealed class ResidualBlock : nn.Module
{
    private readonly GroupNormalization norm1;
    private readonly CubicConvolution conv1;
    private readonly GroupNormalization norm2;
    private readonly CubicConvolution conv2;
    private readonly Parameter layer_scale;

    internal ResidualBlock(int channels, double layerScaleStart, RandomStream random)
        : base(nameof(ResidualBlock))
    {
        norm1 = new GroupNormalization(channels);
        conv1 = new CubicConvolution(channels, channels, 3, random, padding: 1);
        norm2 = new GroupNormalization(channels);
        conv2 = new CubicConvolution(channels, channels, 3, random, padding: 1);
        layer_scale = WeightStart.Constant(layerScaleStart, channels);
        RegisterComponents();
    }

    internal Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor y = conv1.Forward(norm1.ForwardActivated(x));
        y = conv2.Forward(norm2.ForwardActivated(y), layer_scale);
        return y.Increase(x).MoveToOuterDisposeScope();
    }
}
