using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>The numbers that parameters start from, drawn from a passed stream: torch's global generator is never touched.</summary>
internal static class WeightStart
{
    /// <summary>Uniform in +-<paramref name="bound"/>.</summary>
    internal static Parameter Uniform(RandomStream random, double bound, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        float scale = (float)(2 * bound), low = (float)-bound;
        for (int i = 0; i < values.Length; i++)
            values[i] = ((random.NextBits() >> 40) * (1f / (1 << 24)) * scale) + low;
        return Of(TensorMemory.Of(values, shape));
    }

    /// <summary>Uniform in +-1/sqrt(fan-in), as torch starts its convolutions and linear layers.</summary>
    internal static Parameter FanIn(RandomStream random, long fanIn, params long[] shape) => Uniform(random, Math.Sqrt(1.0 / fanIn), shape);

    /// <summary>One value everywhere.</summary>
    internal static Parameter Constant(double value, params long[] shape) => Of(zeros(shape, ScalarType.Float32).Fill(value));

    /// <summary>A random rotation or reflection of <paramref name="size"/> dimensions (Q of a Gaussian matrix, signs fixed).</summary>
    internal static Parameter Orthogonal(RandomStream random, int size)
    {
        using var scope = NewDisposeScope();
        var values = new double[size * size];
        for (int i = 0; i < values.Length; i++)
            values[i] = random.NextGaussian();
        (Tensor q, Tensor r) = linalg.qr(TensorMemory.Of(values, size, size));
        Tensor start = (q * r.diagonal().sign()).to_type(ScalarType.Float32).contiguous();
        return Of(start.DetachFromDisposeScope());
    }

    // The parameter belongs to its module, not to a scope that happens to be open while the module is made.
    private static Parameter Of(Tensor start)
    {
        var parameter = new Parameter(start);
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}
