using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>A 1^3 convolution, as one matrix product per map: its backward pass is several times faster than that of conv3d.</summary>
internal sealed class PointwiseConvolution : nn.Module
{
    private readonly Parameter weight;
    private readonly Parameter? bias;

    internal PointwiseConvolution(int inChannels, int outChannels, RandomStream random, bool withBias = true, double? bound = null)
        : base(nameof(PointwiseConvolution))
    {
        double start = bound ?? Math.Sqrt(1.0 / inChannels);
        weight = WeightStart.Uniform(random, start, outChannels, inChannels, 1, 1, 1);
        bias = withBias ? WeightStart.Uniform(random, start, outChannels) : null;
        RegisterComponents();
    }

    /// <summary>[N, in, D, H, W] to [N, out, D, H, W].</summary>
    internal Tensor Forward(Tensor x) => Apply(x, weight, bias);

    /// <summary>The same on rows: [M, in] to [M, out].</summary>
    internal Tensor ForwardRows(Tensor rows)
    {
        using var scope = NewDisposeScope();
        return nn.functional.linear(rows, weight.flatten(1).to_type(rows.dtype), bias?.to_type(rows.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>The convolution with <paramref name="weight"/> [out, in, 1, 1, 1], in the type of the map.</summary>
    internal static Tensor Apply(Tensor x, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        Tensor rows = nn.functional.linear(ChannelsLast.Rows(x), weight.flatten(1).to_type(x.dtype), bias?.to_type(x.dtype));
        return ChannelsLast.Map(rows, x.shape).MoveToOuterDisposeScope();
    }
}
