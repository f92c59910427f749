using Screener.Randomness;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>A cubic 3-D convolution whose weights follow the type of its input.</summary>
internal sealed class CubicConvolution : nn.Module
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly long[] _stride;
    private readonly long[] _padding;

    internal CubicConvolution(int inChannels, int outChannels, int kernel, RandomStream random, int stride = 1, int padding = 0, double? bound = null)
        : base(nameof(CubicConvolution))
    {
        double start = bound ?? Math.Sqrt(1.0 / ((double)inChannels * kernel * kernel * kernel));
        weight = WeightStart.Uniform(random, start, outChannels, inChannels, kernel, kernel, kernel);
        bias = WeightStart.Uniform(random, start, outChannels);
        _stride = [stride, stride, stride];
        _padding = [padding, padding, padding];
        RegisterComponents();
    }

    internal ScalarType Type => weight.dtype;

    /// <summary>[N, in, D, H, W] to [N, out, D', H', W'], optionally with every output channel multiplied by <paramref name="scale"/>.</summary>
    internal Tensor Forward(Tensor x, Tensor? scale = null)
    {
        using var scope = NewDisposeScope();
        Tensor w = weight, b = bias;
        if (scale is not null)
        {
            // Scaling the weights instead of the map saves a pass over the map, forward and backward.
            w = w * scale.view(-1, 1, 1, 1, 1);
            b = b * scale;
        }

        return nn.functional.conv3d(x, w.to_type(x.dtype), b.to_type(x.dtype), strides: _stride, padding: _padding).MoveToOuterDisposeScope();
    }
}
