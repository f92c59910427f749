namespace Screener.Imaging.Dicom;

/// <summary>
/// Tells slices whose positions were rounded by their writer, which makes even gaps uneven, from slices at uneven distances.
/// </summary>
internal static class RoundedPositions
{
    private const int Thirds = 60;

    // How roughly positions are written, mm.
    private static readonly double[] Units = [1, 0.5, 0.1, 0.05];

    /// <summary>
    /// The unit, in mm, that positions are multiples of and within half of which all lie on a uniform grid; null if they do not.
    /// </summary>
    /// <param name="slices">The z position of each slice as the file gives it, and its location along the normal.</param>
    /// <param name="normal">The slices' normal.</param>
    /// <param name="step">Their mean distance.</param>
    public static double? UnitOf((double Z, double Location)[] slices, double[] normal, double step)
    {
        double unit = Units.FirstOrDefault(u => Array.TrueForAll(slices, s => Math.Abs(s.Z - (u * Math.Round(s.Z / u))) < 1e-6));
        // A missing slice moves its neighbours by a step: the unit must be less than that.
        if (unit == 0 || 2 * unit > step)
            return null;
        // How far the slices are spread about a grid is convex in the grid's step: the best one is found by thirds.
        double low = step - (2 * unit / (slices.Length - 1)), high = step + (2 * unit / (slices.Length - 1));
        for (int i = 0; i < Thirds; i++)
        {
            double third = (high - low) / 3;
            if (Spread(slices, low + third) < Spread(slices, high - third))
                high -= third;
            else
                low += third;
        }

        return Spread(slices, low) <= (unit * normal.Sum(Math.Abs)) + 1e-4 ? unit : null;
    }

    private static double Spread((double Z, double Location)[] slices, double step)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        for (int i = 0; i < slices.Length; i++)
        {
            double off = slices[i].Location - (i * step);
            (low, high) = (Math.Min(low, off), Math.Max(high, off));
        }

        return high - low;
    }
}
