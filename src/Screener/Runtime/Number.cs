using TorchSharp;

namespace Screener.Runtime;

/// <summary>A number for <see cref="RootedArithmetic"/>; a whole one does not turn a tensor of whole numbers into floating point.</summary>
internal readonly struct Number
{
    private readonly double _real;
    private readonly long? _whole;

    internal Number(double value) => _real = value;

    internal Number(long value) => _whole = value;

    public static implicit operator Number(double value) => new(value);

    public static implicit operator Number(long value) => new(value);

    /// <summary>The scalar, which the caller must hold or dispose after it was used.</summary>
    internal Scalar ToScalar() => _whole is { } whole ? (Scalar)whole : (Scalar)_real;
}
