using Screener.Errors;
using static System.FormattableString;

namespace Screener.Imaging;

/// <summary>Tells a CT from another image in the same file format.</summary>
public static class HounsfieldCheck
{
    // A CT of a patient has air or at least fat; an image scaled to 0..1 or 0..255, a mask or an MRI has nothing below 0.
    private const float HighestMinimum = -30, LowestMaximum = -500;

    // Air lies below, and bone above; voxels that pile up in between were clipped there. Noise alone makes no piles.
    private const float ClippedBelowAbove = -900, ClippedAboveBelow = 1500;
    private const double PileBelow = 0.02, PileAbove = 0.001;

    // What the largest scale of scanners ends at, for metal.
    private const float LargestHu = 32767;

    /// <summary>Refuses a volume whose numbers or size cannot be a patient's CT.</summary>
    /// <returns>What is unusual about it and may lead astray, a sentence each.</returns>
    /// <exception cref="VolumeFormatException">Nothing in it is as light as fat, or nothing is as dense as lung, or no voxel is finite, or
    /// no body fits into it.</exception>
    public static IReadOnlyList<string> Require(CtVolume volume)
    {
        ArgumentNullException.ThrowIfNull(volume);
        PatientGrid.RequireBody(volume.Grid, volume.Source);
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        long atLow = 0, atHigh = 0;
        foreach (float hu in volume.Voxels)
        {
            if (!float.IsFinite(hu))
                continue;
            if (hu <= low)
                (low, atLow) = hu < low ? (hu, 1) : (low, atLow + 1);
            if (hu >= high)
                (high, atHigh) = hu > high ? (hu, 1) : (high, atHigh + 1);
        }

        if (!(low <= HighestMinimum && high >= LowestMaximum))
        {
            throw new VolumeFormatException(
                volume.Source, low > high ? "no finite voxel" : Invariant($"values from {low:0.###} to {high:0.###}"),
                "a CT in Hounsfield units: air about -1000, water 0", "Give a CT, not a mask, an MRI or an image that was rescaled.");
        }

        return [.. Notes(volume, low, high, atLow, atHigh)];
    }

    private static IEnumerable<string> Notes(CtVolume volume, float low, float high, long atLow, long atHigh)
    {
        bool below = low > ClippedBelowAbove && atLow >= PileBelow * volume.Voxels.Length;
        bool above = high < ClippedAboveBelow && atHigh >= PileAbove * volume.Voxels.Length;
        if (below || above)
        {
            string where = below && above ? Invariant($"{low:0.##} and {high:0.##}") : Invariant($"{(below ? low : high):0.##}");
            yield return $"HU end at {where}, where many voxels lie: it was clipped to a window, and what lies beyond is lost.";
        }

        if (high > LargestHu)
            yield return Invariant($"HU up to {high:0}, where metal has 30,710: the slope or the voxel type may be wrong.");
        if (Math.Min(volume.Shape.Depth, Math.Min(volume.Shape.Height, volume.Shape.Width)) == 1)
            yield return "One slice: what lies above and below it is missing, and scores mean less.";
    }
}
