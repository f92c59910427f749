using System.Numerics;

namespace Screener.Evaluation;

/// <summary>
/// The counts of a stretch of keys, with a mark for each key that has any: to read or clear it costs as much as was added, however sparse.
/// </summary>
internal sealed class KeyWindow
{
    /// <summary>Number of keys; a power of two, so that a key's low bits are its slot.</summary>
    internal const uint Keys = 1 << 14;

    internal ulong[] Negatives { get; } = new ulong[Keys];

    internal ulong[] Positives { get; } = new ulong[Keys];

    internal UInt128[] Weights { get; } = new UInt128[Keys];

    /// <summary>Bit i of element j is set if slot 64 j + i has negatives.</summary>
    internal ulong[] NegativeMarks { get; } = new ulong[Keys / 64];

    internal ulong[] PositiveMarks { get; } = new ulong[Keys / 64];

    /// <summary>Passes the counts to <paramref name="curve"/> in the order of the keys, and clears them.</summary>
    /// <param name="first">The key of slot 0.</param>
    /// <param name="curve">Adds up the areas.</param>
    internal void Drain(uint first, CurveIntegral curve)
    {
        ulong pending = 0;
        int pendingAt = 0;
        for (int word = 0; word < NegativeMarks.Length; word++)
        {
            ulong negative = NegativeMarks[word], positive = PositiveMarks[word];
            for (ulong marks = negative | positive; marks != 0; marks &= marks - 1)
            {
                int slot = (word * 64) + BitOperations.TrailingZeroCount(marks);
                ulong count = Negatives[slot];
                Negatives[slot] = 0;
                if ((positive >> slot & 1) == 0)
                {
                    pending += count;
                    pendingAt = slot;
                    continue;
                }

                if (pending > 0)
                    curve.Negatives(pending, first + (uint)pendingAt);
                pending = 0;
                curve.Step(first + (uint)slot, count, Positives[slot], Weights[slot]);
                Positives[slot] = 0;
                Weights[slot] = 0;
            }

            NegativeMarks[word] = PositiveMarks[word] = 0;
        }

        if (pending > 0)
            curve.Negatives(pending, first + (uint)pendingAt);
    }
}
