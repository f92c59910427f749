using Screener.Errors;
using Screener.Imaging;

namespace Screener.Evaluation;

/// <summary>A connected region of high scores.</summary>
/// <param name="Peak">Its highest score.</param>
/// <param name="X">Where that is: mm to the patient's right.</param>
/// <param name="Y">mm to the front.</param>
/// <param name="Z">mm to the head.</param>
/// <param name="VolumeMl">Its size.</param>
public sealed record HighRegion(double Peak, double X, double Y, double Z, double VolumeMl);

/// <summary>What an anomaly map says in a few numbers, within the body.</summary>
/// <param name="Highest">The highest score, nats.</param>
/// <param name="Percentile999">The score that one voxel in a thousand exceeds.</param>
/// <param name="Median">The median score.</param>
/// <param name="Regions">The connected regions (26 neighbours) above <paramref name="Percentile999"/> with the highest peaks, highest
/// first; at most five.</param>
public sealed record MapSummary(double Highest, double Percentile999, double Median, IReadOnlyList<HighRegion> Regions)
{
    private const int MostRegions = 5;

    /// <summary>Sums up a map.</summary>
    /// <param name="map">The scores.</param>
    /// <param name="body">The patient, on the map's grid.</param>
    /// <exception cref="ScoreMapException">The grids differ, the body is empty, or a score in it is not finite.</exception>
    public static MapSummary Of(AnomalyMap map, BodyMask body)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(body);
        if (!body.Grid.Matches(map.Grid))
            throw new ScoreMapException(
                "map", $"a body of {body.Shape} voxels", $"the map's grid of {map.Shape}", "Pass the mask of the same volume.");
        var scores = new float[body.Count];
        for (int i = 0, n = 0; i < map.Voxels.Length; i++)
        {
            if (body.Voxels[i] != 0)
                scores[n++] = map.Voxels[i];
        }

        if (scores.Length == 0 || scores.Any(s => !float.IsFinite(s)))
            throw new ScoreMapException(
                "map", scores.Length == 0 ? "an empty body" : "scores that are not finite", "a finite score for each voxel of the body",
                "Screen the volume again.");
        Array.Sort(scores);
        float limit = scores[(int)((scores.Length - 1) * 0.999)];
        return new MapSummary(scores[^1], limit, scores[(scores.Length - 1) / 2], Above(limit, map, body));
    }

    private static IReadOnlyList<HighRegion> Above(float limit, AnomalyMap map, BodyMask body)
    {
        var above = new byte[map.Voxels.Length];
        for (int i = 0; i < above.Length; i++)
            above[i] = body.Voxels[i] != 0 && map.Voxels[i] > limit ? (byte)1 : (byte)0;
        var (runs, count) = ConnectedComponents.LabelRuns(above, map.Shape, Connectivity.TwentySix);
        var (peaks, sizes) = (new int[count], new long[count]);
        Array.Fill(peaks, -1);
        foreach (var run in runs)
        {
            sizes[run.Label] += run.Length;
            for (int i = run.Start; i < run.Start + run.Length; i++)
            {
                if (peaks[run.Label] < 0 || map.Voxels[i] > map.Voxels[peaks[run.Label]])
                    peaks[run.Label] = i;
            }
        }

        return [.. Enumerable.Range(0, count).OrderByDescending(r => map.Voxels[peaks[r]]).Take(MostRegions).Select(
            r => Describe(peaks[r], sizes[r], map))];
    }

    private static HighRegion Describe(int index, long size, AnomalyMap map)
    {
        var (height, width) = (map.Shape.Height, map.Shape.Width);
        var (x, y, z) = map.Grid.Affine.ToWorld(index / (height * width), index / width % height, index % width);
        return new HighRegion(map.Voxels[index], x, y, z, size * map.Grid.VoxelVolume / 1000);
    }
}
