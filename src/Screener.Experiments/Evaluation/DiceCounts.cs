using Screener.Errors;
using Screener.Imaging;

namespace Screener.Evaluation;

/// <summary>Dice of one case at any of some thresholds: a voxel of the body whose score is greater counts as found.</summary>
/// <param name="Lesion">Lesion voxels in the body.</param>
/// <param name="Found">Voxels found, for each threshold.</param>
/// <param name="Hits">Those of them that are lesion.</param>
public sealed record DiceCounts(long Lesion, IReadOnlyList<long> Found, IReadOnlyList<long> Hits)
{
    /// <summary>Counts a map.</summary>
    /// <param name="map">The scores.</param>
    /// <param name="lesions">The truth.</param>
    /// <param name="body">Where voxels count.</param>
    /// <param name="thresholds">Ascending.</param>
    /// <exception cref="ScoreMapException">The grids differ.</exception>
    public static DiceCounts Of(AnomalyMap map, LesionMask lesions, BodyMask body, params ReadOnlySpan<double> thresholds)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(lesions);
        ArgumentNullException.ThrowIfNull(body);
        if (map.Grid != body.Grid || lesions.Shape != body.Shape)
            throw new ScoreMapException(
                "map", $"{map.Shape} and lesions of {lesions.Shape} voxels", $"the body's grid of {body.Shape}",
                "Bring them onto one grid.");
        long lesion = 0;
        long[] found = new long[thresholds.Length + 1], hits = new long[found.Length];
        for (int i = 0; i < map.Voxels.Length; i++)
        {
            if (body.Voxels[i] == 0)
                continue;

            // As many thresholds as are below the score.
            int below = thresholds.BinarySearch((double)map.Voxels[i]);
            below = below < 0 ? ~below : below;
            found[below]++;
            if (lesions.Voxels[i] == 0)
                continue;
            hits[below]++;
            lesion++;
        }

        for (int t = thresholds.Length - 1; t >= 0; t--)
            (found[t], hits[t]) = (found[t] + found[t + 1], hits[t] + hits[t + 1]);
        return new DiceCounts(lesion, found[1..], hits[1..]);
    }

    /// <summary>2 |found and lesion| / (|found| + |lesion|) at a threshold; NaN where both are empty.</summary>
    public double At(int threshold) => 2.0 * Hits[threshold] / (Found[threshold] + Lesion);
}
