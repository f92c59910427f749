using Screener.Runtime;
using static TorchSharp.torch;

namespace Screener.Losses;

/// <summary>Losses whose derivative is cheaper to write down than to trace.</summary>
internal static class KnownGradient
{
    /// <summary>
    /// A scalar equal to <paramref name="value"/> whose derivative by <paramref name="z"/> is <paramref name="gradient"/>; first
    /// derivatives only.
    /// </summary>
    internal static Tensor Attach(Tensor value, Tensor z, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        Tensor linear = (z * gradient).sum();
        return value.Plus(linear - linear.detach()).MoveToOuterDisposeScope();
    }
}
