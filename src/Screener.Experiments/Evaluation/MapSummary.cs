using Screener.Errors;
using Screener.Imaging;

namespace Screener.Evaluation;

/// <summary>What an anomaly map says in a few numbers, within the body.</summary>
/// <param name="Highest">The highest score, in the map's unit.</param>
/// <param name="Percentile999">The score that one voxel in a thousand exceeds.</param>
/// <param name="Median">The median score.</param>
public sealed record MapSummary(double Highest, double Percentile999, double Median)
{
    /// <summary>Sums up a map.</summary>
    /// <param name="map">The scores.</param>
    /// <param name="body">The patient, on the map's grid.</param>
    /// <exception cref="ScoreMapException">The grids differ, the body is empty, or a score in it is not finite.</exception>
    public static MapSummary Of(AnomalyMap map, BodyMask body)
    {
        var scores = BodyScores.Of(map, body);
        return new MapSummary(scores.Highest, scores.ExceededBy(0.001), scores.Median);
    }
}
