using Screener.Imaging;
using Screener.Reporting;

namespace Screener.Interactive.Viewer;

/// <summary>An anomaly map made ready to be shown: block maxima, their colours' ends and their levels.</summary>
/// <param name="Layer">The packed levels.</param>
/// <param name="Table">What they stand for.</param>
/// <param name="Range">The colours' ends.</param>
/// <param name="IsCalibrated">Whether scores say how rare they are.</param>
/// <param name="Highest">The block with the highest score, as a voxel of the CT in canonical indices; null if there is no score.</param>
internal sealed record ShownScores(ShownLayer Layer, LevelTable Table, ScoreRange Range, bool IsCalibrated, SlicePosition? Highest)
{
    /// <summary>Reduces, ranges and packs a map.</summary>
    /// <param name="map">The scores.</param>
    /// <param name="body">Where they mean something; null takes what is above the lowest, which is what lies around the patient.</param>
    /// <param name="options">The range, if it is given, and the size.</param>
    /// <returns>Null if no score is a finite number.</returns>
    internal static ShownScores? Of(AnomalyMap map, BodyMask? body, VolumeViewerOptions options)
    {
        var grid = ShownGrid.Fit(map.Grid, options.MaxVoxels / 4);
        var highest = GC.AllocateUninitializedArray<float>(grid.Shape.CheckedLength());
        BlockReduction.Highest(map.Voxels, grid, [.. Enumerable.Range(0, grid.Shape.Depth)], highest, options.Threads);
        highest = Reorientation.Permute(highest, grid.Shape, grid.Orientation, options.Threads);
        var region = body is null ? null : Reorientation.Permute(grid.Centres(body.Voxels), grid.Shape, grid.Orientation, options.Threads);
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        for (int i = 0; i < highest.Length; i++)
        {
            if (!float.IsFinite(highest[i]) || (region is not null && region[i] == 0))
                highest[i] = float.NaN;
            least = highest[i] < least ? highest[i] : least;
            most = highest[i] > most ? highest[i] : most;
        }

        if (!float.IsFinite(least))
            return null;
        var blocks = new AnomalyMap(grid.Canonical, highest) { IsCalibrated = map.IsCalibrated };
        var range = options.Scores ?? ScoreRange.Of(blocks, region is not null || least == most ? null : Above(least, blocks));
        var table = LevelTable.Scores(least, range, most);
        var at = SlicePosition.OfHighestScore(blocks);
        return new ShownScores(
            new ShownLayer(grid, LevelCodec.Pack(table.LevelsOf(highest, options.Threads), grid.Canonical.Shape, options.Threads)), table,
            range, map.IsCalibrated, at is { } p ? grid.VoxelOf(p) : null);
    }

    private static BodyMask Above(float least, AnomalyMap blocks)
    {
        var above = new byte[blocks.Voxels.Length];
        for (int i = 0; i < above.Length; i++)
            above[i] = blocks.Voxels[i] > least ? (byte)1 : (byte)0;
        return new BodyMask(blocks.Grid, above);
    }
}
