using static System.FormattableString;

namespace Screener.Imaging;

/// <summary>The lowest and the highest measured value of a volume, HU: without padding. The lowest is above the highest if nothing was
/// measured.</summary>
/// <param name="Low">The lowest.</param>
/// <param name="High">The highest.</param>
internal readonly record struct HounsfieldRange(float Low, float High);

/// <summary>What the values of a CT say about what was done to it.</summary>
internal static class HounsfieldNotes
{
    // The extended scale of CT ends at 30,710 HU; the lowest value in use, for padding, is -3024.
    private const float MostOfAnyScale = 31000, LeastOfAnyScale = -3100;

    // Air and lung lie below, dense bone and metal above; a scale of 12 bits ends at 3071 or 3095.
    private const float AboveAir = -900, BelowMetal = 3000;

    // In a whole CT, hardly more voxels have just the highest value, or the lowest if that is not air, than one HU further in.
    private const double ClippedShare = 1e-5, ClippedPeak = 5;
    private const int ClippedVoxels = 16, Neighbourhood = 10;

    /// <summary>A note for values that were clipped to a window, and for values that no scanner measures.</summary>
    /// <param name="voxels">HU.</param>
    /// <param name="measured">Their range without padding.</param>
    public static IEnumerable<string> Of(float[] voxels, HounsfieldRange measured)
    {
        var (low, high) = measured;
        if (low >= high)
            yield break;
        // Counted only where it says something: a pass over all voxels takes time.
        double lowShare = low > AboveAir ? Share(voxels, low, low + Neighbourhood) : 0;
        double highShare = high < BelowMetal ? Share(voxels, high, high - Neighbourhood) : 0;
        bool isLow = lowShare > 0, isHigh = highShare > 0;
        if (isLow || isHigh)
        {
            string ends = string.Join(" and ",
                ((string[])[isLow ? Invariant($"below {low:0.#}") : "", isHigh ? Invariant($"above {high:0.#}") : ""])
                    .Where(e => e.Length > 0));
            yield return Invariant($"No values {ends} HU, and {Math.Max(lowShare, highShare):P1} of the voxels just there: ")
                + "the CT was clipped to a window, and what lay outside of it is lost.";
        }

        if (high > MostOfAnyScale)
            yield return Invariant(
                $"Values up to {high:0} HU, above any CT scale: padding or metal whose numbers were read with the wrong sign.");
        if (low < LeastOfAnyScale)
            yield return Invariant($"Values down to {low:0} HU, below any CT scale: padding that the file does not declare.");
    }

    // 0 if there are no more than a whole CT has.
    private static double Share(float[] voxels, float end, float inside)
    {
        int count = voxels.AsSpan().Count(end), near = -count;
        if (count < Math.Max(ClippedVoxels, ClippedShare * voxels.Length))
            return 0;
        var (low, high) = (Math.Min(end, inside), Math.Max(end, inside));
        foreach (float hu in voxels)
            near += hu >= low && hu <= high ? 1 : 0;
        return count > ClippedPeak * near / Neighbourhood ? count / (double)voxels.Length : 0;
    }
}
