using Screener.Errors;
using Screener.Imaging;

namespace Screener.Evaluation;

/// <summary>The findings of one anomaly map.</summary>
/// <param name="Threshold">Voxels of the body above it belong to a finding.</param>
/// <param name="List">The findings, highest peak first; where peaks are equal, the one that begins first.</param>
/// <param name="Regions">Regions above the threshold and large enough, listed or not.</param>
public sealed record Findings(double Threshold, IReadOnlyList<Finding> List, int Regions)
{
    /// <summary>The voxels of each finding of the list; none where the findings were read from a file.</summary>
    internal IReadOnlyList<FindingRegion> Places { get; private init; } = [];

    /// <summary>Lists the regions of the body whose scores exceed a threshold and, in a calibrated map, stand out.</summary>
    /// <param name="map">The scores, finite in the body.</param>
    /// <param name="body">The patient, on the map's grid.</param>
    /// <param name="options">Threshold, least size, number.</param>
    /// <param name="ct">The CT on the same grid, for each finding's mean HU.</param>
    /// <param name="organs">Labels on the same grid, for each finding's organ.</param>
    /// <exception cref="ScoreMapException">The grids differ, the body is empty, or a score in it is not finite.</exception>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public static Findings Of(AnomalyMap map, BodyMask body, FindingOptions options, CtVolume? ct = null, LabelVolume? organs = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        double threshold = FindingRegions.Threshold(map, body, options);
        var regions = FindingRegions.Of(map, body, threshold, options);
        Require(ct?.Grid, "CT");
        Require(organs?.Grid, "organs");
        FindingRegion[] listed = [.. regions.Take(options.Most)];
        return new Findings(threshold, [.. listed.Select(r => r.Describe(map, ct, organs))], regions.Count) { Places = listed };

        void Require(VolumeGrid? grid, string name)
        {
            if (grid is not null && !grid.Matches(map.Grid))
                throw new ScoreMapException(
                    "map", $"{name} of {grid.Shape} voxels", $"the map's grid of {map.Shape}", "Pass volumes on one grid.");
        }
    }
}
