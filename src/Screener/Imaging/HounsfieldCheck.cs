using Screener.Errors;

namespace Screener.Imaging;

/// <summary>Tells a CT from another image in the same file format.</summary>
public static class HounsfieldCheck
{
    // A CT of a patient has air or at least fat; an image scaled to 0..1 or 0..255, a mask or an MRI has nothing below 0.
    private const float HighestMinimum = -30, LowestMaximum = -500;

    // What is lighter than air can be is padding, which may lie around any image.
    private const float Lightest = -1100;

    // Three times the extended scale, and more than 16 bits hold.
    private const float Densest = 100_000;

    /// <summary>Refuses a volume whose numbers or size cannot be a patient's CT.</summary>
    /// <returns>What is unusual about it and its reader has not noted, a sentence each.</returns>
    /// <exception cref="VolumeFormatException">Nothing in it is as light as fat, nothing is as dense as lung, something is denser than any
    /// scale goes, no voxel is finite, or no body fits into it.</exception>
    public static IReadOnlyList<string> Require(CtVolume volume)
    {
        ArgumentNullException.ThrowIfNull(volume);
        var measured = volume.Measured ?? RangeOf(volume.Voxels);
        var (low, high) = measured;
        if (!(low <= HighestMinimum && high is >= LowestMaximum and <= Densest))
        {
            throw new VolumeFormatException(
                volume.Source, low > high ? "no voxel that is finite and no padding"
                    : FormattableString.Invariant($"values from {low:0.###} to {high:0.###}"),
                "a CT in Hounsfield units: air about -1000, water 0", "Give a CT, not a mask, an MRI or an image that was rescaled.");
        }

        PatientGrid.RequireBody(volume.Grid, volume.Source);
        if (volume.Measured is not null)
            return [];
        bool isSlice = Math.Min(volume.Shape.Depth, Math.Min(volume.Shape.Height, volume.Shape.Width)) == 1;
        return
        [
            .. HounsfieldNotes.Of(volume.Voxels, measured),
            .. isSlice ? (string[])["One slice: what lies above and below it is missing, and scores mean less."] : [],
        ];
    }

    private static HounsfieldRange RangeOf(float[] voxels)
    {
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        foreach (float hu in voxels)
        {
            if (!float.IsFinite(hu) || hu < Lightest)
                continue;
            low = Math.Min(low, hu);
            high = Math.Max(high, hu);
        }

        return new HounsfieldRange(low, high);
    }
}
