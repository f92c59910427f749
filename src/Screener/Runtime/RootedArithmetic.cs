using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Runtime;

/// <summary>Tensor arithmetic with numbers that the garbage collector cannot free during the call.</summary>
/// <remarks>
/// <para>TorchSharp turns a number in <c>x * 0.5</c> into a <see cref="Scalar"/> that nothing holds once its native handle has
/// been read. If a collection happens during the native call, its finaliser frees the number under the call: a rare crash, or a
/// wrong result, in long runs. Tensors are safe, since the dispose scope holds them. TorchSharp's <c>a + b</c> is a + 1 * b with such
/// a 1, and its <c>square</c> a power with such a 2.</para>
/// <para>Here the number is held until the call has returned. A test looks for calls to the others in the library.</para>
/// </remarks>
internal static class RootedArithmetic
{
    private static readonly Scalar Once = new Number(1L).ToScalar(), Two = new Number(2L).ToScalar();

    /// <summary>a + b.</summary>
    internal static Tensor Plus(this Tensor a, Tensor b) => a.add(b, Once);

    /// <summary>a + times * b.</summary>
    internal static Tensor Plus(this Tensor a, Tensor b, Number times)
    {
        using var scalar = times.ToScalar();
        return a.add(b, scalar);
    }

    // Not one with a Number: a tensor would do as well for the compiler, and TorchSharp would make it.

    /// <summary>a + b.</summary>
    internal static Tensor Plus(this Tensor a, double b) => Sum(a, b);

    /// <summary>a + b.</summary>
    internal static Tensor Plus(this Tensor a, long b) => Sum(a, b);

    /// <summary>a - b.</summary>
    internal static Tensor Minus(this Tensor a, Number b)
    {
        using var scalar = b.ToScalar();
        return a.sub(scalar);
    }

    /// <summary>a * b.</summary>
    internal static Tensor Times(this Tensor a, Number b)
    {
        using var scalar = b.ToScalar();
        return a.mul(scalar);
    }

    /// <summary>a / b.</summary>
    internal static Tensor Over(this Tensor a, Number b)
    {
        using var scalar = b.ToScalar();
        return a.div(scalar);
    }

    /// <summary>a * a.</summary>
    internal static Tensor Squared(this Tensor a) => a.pow(Two);

    /// <summary>The larger of a and b.</summary>
    internal static Tensor AtLeast(this Tensor a, Number b)
    {
        using var scalar = b.ToScalar();
        return a.clamp_min(scalar);
    }

    /// <summary>The smaller of a and b.</summary>
    internal static Tensor AtMost(this Tensor a, Number b)
    {
        using var scalar = b.ToScalar();
        return a.clamp_max(scalar);
    }

    /// <summary>a with b where a mask is true.</summary>
    internal static Tensor Filled(this Tensor a, Tensor mask, Number b)
    {
        using var scalar = b.ToScalar();
        return a.masked_fill(mask, scalar);
    }

    /// <summary>Fills a with b, and returns a.</summary>
    internal static Tensor Fill(this Tensor a, Number b)
    {
        using var scalar = b.ToScalar();
        return a.fill_(scalar);
    }

    /// <summary>Adds b to a, and returns a.</summary>
    internal static Tensor Increase(this Tensor a, Tensor b) => a.add_(b, Once);

    /// <summary>Multiplies a by b, and returns a.</summary>
    internal static Tensor Multiply(this Tensor a, Number b)
    {
        using var scalar = b.ToScalar();
        return a.mul_(scalar);
    }

    /// <summary>Divides a by b, and returns a.</summary>
    internal static Tensor Divide(this Tensor a, Number b)
    {
        using var scalar = b.ToScalar();
        return a.div_(scalar);
    }

    /// <summary>The whole numbers from one to before another, int64.</summary>
    internal static Tensor Range(long from, long to, Device device)
    {
        using Scalar first = new Number(from).ToScalar(), end = new Number(to).ToScalar();
        return arange(first, end, Once, device: device);
    }

    private static Tensor Sum(Tensor a, Number b)
    {
        using var scalar = b.ToScalar();
        return a.add(scalar, Once);
    }
}
