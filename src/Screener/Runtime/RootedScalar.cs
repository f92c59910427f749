using System.Collections.Concurrent;
using TorchSharp;

namespace Screener.Runtime;

/// <summary>Constants for tensor arithmetic that the garbage collector never frees.</summary>
/// <remarks>
/// <para>TorchSharp turns a number in <c>x * 0.5</c> into a <see cref="Scalar"/> that nothing holds once its native handle has
/// been read. If a collection happens during the native call, its finaliser frees the number under the call: a rare crash, or a
/// wrong result, in long runs. Tensors are safe, since the dispose scope holds them.</para>
/// <para>So arithmetic that runs in loops takes its constants from here, and numbers that change from step to step as tensors.</para>
/// </remarks>
internal static class RootedScalar
{
    private static readonly ConcurrentDictionary<double, Scalar> Numbers = new();
    private static readonly ConcurrentDictionary<long, Scalar> WholeNumbers = new();

    /// <summary>The scalar of a constant. Every different value is kept for the life of the process: for constants only.</summary>
    internal static Scalar Of(double value) => Numbers.GetOrAdd(value, static v => v);

    /// <summary>The scalar of a whole constant; does not turn a tensor of whole numbers into floating point.</summary>
    internal static Scalar Of(long value) => WholeNumbers.GetOrAdd(value, static v => v);
}
