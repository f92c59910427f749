using System.Runtime.Intrinsics.X86;
using Screener.Randomness;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>A cubic 3-D convolution whose weights follow the type of its input.</summary>
internal sealed class CubicConvolution : nn.Module
{
    // oneDNN has no AVX2 code for weight gradients of maps that are padded along the depth; what it does instead takes four times as long.
    private static readonly bool PadsDepthApart = Avx2.IsSupported && !Avx512F.IsSupported;

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

        // On a CPU, bfloat16 gradients of the weights come out as memory's rubbish where the map is two slices deep (libtorch 2.10).
        ScalarType type = x.dtype == ScalarType.BFloat16 && x.shape[2] == 2 && x.device.type == DeviceType.CPU && is_grad_enabled() ? ScalarType.Float32 : x.dtype;
        Tensor input = ChannelsLast.Of(x).to_type(type);
        long[] padding = _padding;
        if (PadsDepthApart && padding[0] > 0 && type == ScalarType.Float32 && is_grad_enabled())
        {
            input = nn.functional.pad(input, [0, 0, 0, 0, padding[0], padding[0]]);
            padding = [0, padding[1], padding[2]];
        }

        Tensor y = nn.functional.conv3d(input, w.to_type(type), b.to_type(type), strides: _stride, padding: padding);
        return y.to_type(x.dtype).MoveToOuterDisposeScope();
    }
}
