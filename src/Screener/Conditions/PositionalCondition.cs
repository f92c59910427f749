using Screener.Errors;
using Screener.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Conditions;

/// <summary>Three coordinates u, given or learnt, each expanded to sines and cosines of 2 pi u 2^k.</summary>
public abstract record PositionalCondition : Condition
{
    private protected PositionalCondition()
    {
    }

    /// <summary>How many octaves of sines and cosines each coordinate is expanded to; 4 as the paper's code expands APE.</summary>
    public int Frequencies { get; init; } = 4;

    /// <summary>The lowest octave k, from half a turn over the body: features are the sine and cosine of 2 pi u 2^k.</summary>
    public int LowestOctave { get; init; } = -1;

    /// <inheritdoc/>
    public override string? PaperName => Name;

    /// <inheritdoc/>
    public override int Channels => 3 * Features;

    /// <inheritdoc/>
    public override string ContentKey => Storage.ContentKey.Of(new { Frequencies, LowestOctave });

    /// <summary>The features of one coordinate.</summary>
    private protected int Features => 2 * Frequencies;

    /// <inheritdoc/>
    public override void Validate()
    {
        OptionException.ThrowIfOutside(nameof(Frequencies), Frequencies, 1, 16);
        OptionException.ThrowIfOutside(nameof(LowestOctave), LowestOctave, -8, 8);
    }

    /// <summary>Expands every coordinate.</summary>
    /// <param name="u">[N, A, ...]: A coordinates; any floating-point type.</param>
    /// <returns>[N, A * 2 * <see cref="Frequencies"/>, ...], float32, which the caller owns; per coordinate per octave a sine, then a
    /// cosine.</returns>
    private protected Tensor Expand(Tensor u)
    {
        using var scope = NewDisposeScope();
        double[] turns = [.. Enumerable.Range(LowestOctave, Frequencies).Select(k => Math.Tau * Math.ScaleB(1, k))];
        long[] along = new long[u.shape.Length + 1];
        Array.Fill(along, 1);
        along[2] = turns.Length;
        Tensor angles = u.unsqueeze(2) * tensor(turns, along, u.dtype, u.device);
        return stack([angles.sin(), angles.cos()], 3).flatten(1, 3).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
