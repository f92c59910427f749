using System.Runtime.CompilerServices;

namespace Screener.Evaluation;

/// <summary>
/// Scores as 32-bit keys whose ascending order is the descending order of the scores: the order in which a falling threshold meets them.
/// </summary>
/// <remarks>-0 and +0 have one key; +inf comes first and -inf last. NaN has no place in the order and must be refused before.</remarks>
internal static class ScoreKey
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint FromScore(float score)
    {
        // Adding +0 turns -0 into +0 and changes nothing else.
        int bits = BitConverter.SingleToInt32Bits(score + 0f);
        return (uint)(bits ^ ((~bits >> 31) & 0x7FFFFFFF));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float ToScore(uint key) =>
        BitConverter.UInt32BitsToSingle((int)key >= 0 ? key ^ 0x7FFFFFFF : key);
}
