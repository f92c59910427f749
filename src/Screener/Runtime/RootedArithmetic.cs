using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Runtime;

/// <summary>
/// Tensor arithmetic without the numbers that TorchSharp makes on its own and the garbage collector may free during the call; see
/// <see cref="RootedScalar"/>.
/// </summary>
/// <remarks>TorchSharp's <c>a + b</c> is a + 1 * b with such a 1, and its <c>square</c> a power with such a 2. A test looks for calls to
/// them in the library.</remarks>
internal static class RootedArithmetic
{
    private static readonly Scalar Once = RootedScalar.Of(1L), Two = RootedScalar.Of(2L);

    /// <summary>a + b.</summary>
    internal static Tensor Plus(this Tensor a, Tensor b) => a.add(b, Once);

    /// <summary>a + b.</summary>
    internal static Tensor Plus(this Tensor a, Scalar b) => a.add(b, Once);

    /// <summary>Adds b to a, and returns a.</summary>
    internal static Tensor Increase(this Tensor a, Tensor b) => a.add_(b, Once);

    /// <summary>a * a.</summary>
    internal static Tensor Squared(this Tensor a) => a.pow(Two);

    /// <summary>The whole numbers from one to before another, int64.</summary>
    internal static Tensor Range(long from, long to, Device device) => arange(
        RootedScalar.Of(from), RootedScalar.Of(to), Once, device: device);
}
