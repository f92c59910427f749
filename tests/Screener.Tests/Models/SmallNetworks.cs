using Screener.Models;
using Screener.Randomness;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Tests.Models;

/// <summary>Networks that take milliseconds, with every parameter away from its start so that each one matters.</summary>
internal static class SmallNetworks
{
    internal static UNetOptions Options(int stemStride = 1, int inChannels = 1) => new()
    {
        InChannels = inChannels,
        Channels = [4, 8, 12],
        Depths = [1, 2, 1],
        StemStride = stemStride,
        DescriptorChannels = 5,
        LayerScaleStart = 0.7,
    };

    internal static Tensor Random(ulong seed, params long[] shape)
    {
        var random = new RandomStream(seed);
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)random.NextGaussian();
        return tensor(values, shape);
    }

    /// <summary>Adds noise to every parameter and buffer.</summary>
    internal static T Shaken<T>(this T module, double size = 0.2)
        where T : nn.Module
    {
        using var noGradient = no_grad();
        ulong seed = 99;
        foreach (var parameter in module.parameters())
        {
            using var noise = Random(seed++, parameter.shape);
            using var scaled = noise * size;
            parameter.add_(scaled);
        }

        return module;
    }

    internal static double MaximumDifference(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(a.shape, b.shape);
        return (a.to_type(ScalarType.Float64) - b.to_type(ScalarType.Float64)).abs().max().item<double>();
    }
}
