using Screener.Errors;
using Screener.Imaging;

namespace Screener.Evaluation;

/// <summary>The scores of the body's voxels, in rising order.</summary>
internal sealed class BodyScores
{
    private readonly float[] _rising;

    private BodyScores(float[] rising) => _rising = rising;

    internal float Highest => _rising[^1];

    internal float Median => _rising[(_rising.Length - 1) / 2];

    /// <exception cref="ScoreMapException">The grids differ, the body is empty, or a score in it is not finite.</exception>
    internal static BodyScores Sorted(AnomalyMap map, BodyMask body)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(body);
        if (!body.Grid.Matches(map.Grid))
            throw new ScoreMapException("map", $"a body of {body.Shape} voxels", $"the map's grid of {map.Shape}", "Pass the mask of the same volume.");
        var scores = new float[body.Count];
        bool finite = true;
        for (int i = 0, n = 0; i < map.Voxels.Length; i++)
        {
            if (body.Voxels[i] == 0)
                continue;
            finite &= float.IsFinite(map.Voxels[i]);
            scores[n++] = map.Voxels[i];
        }

        if (scores.Length == 0 || !finite)
        {
            throw new ScoreMapException(
                "map",
                scores.Length == 0 ? "an empty body" : "scores that are not finite",
                "a finite score for each voxel of the body",
                "Screen the volume again.");
        }

        Array.Sort(scores);
        return new BodyScores(scores);
    }

    /// <summary>The score that this fraction of the voxels exceed.</summary>
    internal float ExceededBy(double fraction) => _rising[(int)((_rising.Length - 1) * (1 - fraction))];
}
