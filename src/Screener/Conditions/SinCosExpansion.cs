using Screener.Errors;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Conditions;

/// <summary>The frequencies of the positional encoding.</summary>
public sealed record SinCosOptions
{
    /// <summary>The defaults: 4 frequencies from half a turn over the body, 24 features, as the paper's code expands APE.</summary>
    public static SinCosOptions Paper { get; } = new();

    /// <summary>How many octaves of sines and cosines each coordinate is expanded to.</summary>
    public int Frequencies { get; init; } = 4;

    /// <summary>The lowest octave k: features are the sine and cosine of 2 pi u 2^k.</summary>
    public int LowestOctave { get; init; } = -1;

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionException">A field is out of range; it is named.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside(nameof(Frequencies), Frequencies, 1, 16);
        OptionException.ThrowIfOutside(nameof(LowestOctave), LowestOctave, -8, 8);
    }
}

/// <summary>Positions u, given or learnt, expanded to sines and cosines of 2 pi u 2^k.</summary>
/// <param name="options">The frequencies; null means the paper's.</param>
public sealed class SinCosExpansion(SinCosOptions? options = null)
{
    private readonly SinCosOptions _options = Checked(options);

    /// <summary>The features of one coordinate.</summary>
    public int Features => 2 * _options.Frequencies;

    /// <summary>Expands every coordinate.</summary>
    /// <param name="u">[N, A, ...]: A coordinates; any floating-point type.</param>
    /// <returns>[N, A * <see cref="Features"/>, ...], float32, which the caller owns; per coordinate per octave a sine, then a cosine.</returns>
    public Tensor Expand(Tensor u)
    {
        ArgumentNullException.ThrowIfNull(u);
        using var scope = NewDisposeScope();
        double[] turns = [.. Enumerable.Range(_options.LowestOctave, _options.Frequencies).Select(k => Math.Tau * Math.ScaleB(1, k))];
        long[] along = new long[u.shape.Length + 1];
        Array.Fill(along, 1);
        along[2] = turns.Length;
        Tensor angles = u.unsqueeze(2) * tensor(turns, along, u.dtype, u.device);
        return stack([angles.sin(), angles.cos()], 3).flatten(1, 3).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    private static SinCosOptions Checked(SinCosOptions? options)
    {
        options ??= SinCosOptions.Paper;
        options.Validate();
        return options;
    }
}
