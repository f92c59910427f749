using Screener.Errors;
using Screener.Imaging;

namespace Screener.Evaluation;

/// <summary>
/// The scores of the body's voxels by rank, without sorting them: a count over their leading bits says where a rank lies.
/// </summary>
internal sealed class BodyScores
{
    private const int LowBits = 16, Bins = 1 << 16;

    private readonly AnomalyMap _map;
    private readonly BodyMask _body;

    // Keys fall as scores rise: bin 0 holds the highest.
    private readonly int[] _counts;
    private readonly int _count;

    private BodyScores(AnomalyMap map, BodyMask body, int[] counts, int count) =>
        (_map, _body, _counts, _count) = (map, body, counts, count);

    internal float Highest => FromHighest(0);

    internal float Median => FromHighest(_count - 1 - ((_count - 1) / 2));

    /// <exception cref="ScoreMapException">The grids differ, the body is empty, or a score in it is not finite.</exception>
    internal static BodyScores Of(AnomalyMap map, BodyMask body)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(body);
        if (!body.Grid.Matches(map.Grid))
        {
            throw new ScoreMapException(
                "map", $"a body of {body.Shape} voxels", $"the map's grid of {map.Shape}", "Pass the mask of the same volume.");
        }

        var counts = new int[Bins];
        int count = 0;
        bool finite = true;
        for (int i = 0; i < map.Voxels.Length; i++)
        {
            if (body.Voxels[i] == 0)
                continue;
            finite &= float.IsFinite(map.Voxels[i]);
            counts[ScoreKey.FromScore(map.Voxels[i]) >> LowBits]++;
            count++;
        }

        if (count == 0 || !finite)
        {
            throw new ScoreMapException(
                "map",
                count == 0 ? "an empty body" : "scores that are not finite",
                "a finite score for each voxel of the body",
                "Screen the volume again.");
        }

        return new BodyScores(map, body, counts, count);
    }

    /// <summary>The score that this fraction of the voxels exceed.</summary>
    internal float ExceededBy(double fraction) => FromHighest(_count - 1 - (int)((_count - 1) * (1 - fraction)));

    /// <summary>The score at a rank, 0 for the highest.</summary>
    private float FromHighest(int rank)
    {
        int bin = 0;
        for (; rank >= _counts[bin]; bin++)
            rank -= _counts[bin];
        var keys = new uint[_counts[bin]];
        for (int i = 0, n = 0; n < keys.Length; i++)
        {
            if (_body.Voxels[i] != 0 && ScoreKey.FromScore(_map.Voxels[i]) is var key && key >> LowBits == bin)
                keys[n++] = key;
        }

        Array.Sort(keys);
        return ScoreKey.ToScore(keys[rank]);
    }
}
