using Screener.Errors;
using Screener.Imaging;

namespace Screener.Reporting;

/// <summary>A slice without and with its anomaly map, side by side.</summary>
public static class MapPicture
{
    private const int Gap = 6;

    // Darker than any solid organ: the lung window shows more there.
    private const float LungBelowHu = -300;

    /// <summary>Draws the axial slice through the largest lesion, or through the highest score where there is no lesion.</summary>
    /// <param name="ct">The CT.</param>
    /// <param name="map">Its scores, on the CT's grid.</param>
    /// <param name="body">The patient, on the CT's grid.</param>
    /// <param name="lesions">What to outline; null or empty for nothing.</param>
    /// <param name="window">The grey scale; null takes the lung's or soft tissue's by what lies there.</param>
    /// <exception cref="OptionException">Grids differ, or the body is empty.</exception>
    public static RgbImage Draw(CtVolume ct, AnomalyMap map, BodyMask body, LesionMask? lesions, WindowPreset? window = null)
    {
        ArgumentNullException.ThrowIfNull(ct);
        var at = (lesions is null ? null : SlicePosition.OfLargestLesion(lesions)) ?? SlicePosition.OfHighestScore(map, body)
            ?? SlicePosition.Middle(ct.Grid);
        window ??= WindowAt(ct, at);
        var options = SliceRenderOptions.Default with { Window = window, Scores = ScoreRange.Of(map, body) };
        return RgbImage.Beside(
            Gap,
            SliceRenderer.Render(ct, SlicePlane.Axial, at, options, null, lesions),
            SliceRenderer.Render(ct, SlicePlane.Axial, at, options, map, lesions));
    }

    /// <summary>The lung's window or soft tissue's, by the mean of what lies within 20 mm in the axial slice.</summary>
    /// <param name="ct">The CT.</param>
    /// <param name="at">Where to look.</param>
    /// <exception cref="OptionException">The position is outside.</exception>
    public static WindowPreset WindowAt(CtVolume ct, SlicePosition at)
    {
        ArgumentNullException.ThrowIfNull(ct);
        var shape = new CanonicalView(ct.Grid).Shape;
        if (!shape.Contains(at.Depth, at.Height, at.Width))
            throw new OptionException(
                nameof(at), $"voxel ({at.Depth}, {at.Height}, {at.Width})", $"a voxel of the canonical grid, {shape}");
        return MeanAround(ct, at) < LungBelowHu ? WindowPreset.Lung : WindowPreset.SoftTissue;
    }

    // A nodule is as dense as muscle, so that one voxel would not tell.
    private static double MeanAround(CtVolume ct, SlicePosition at)
    {
        const double ReachMm = 20;
        var view = new CanonicalView(ct.Grid);
        int reachH = (int)(ReachMm / view.Spacing.Height), reachW = (int)(ReachMm / view.Spacing.Width), count = 0;
        double sum = 0;
        for (int h = Math.Max(0, at.Height - reachH); h <= Math.Min(view.Shape.Height - 1, at.Height + reachH); h++)
        {
            for (int w = Math.Max(0, at.Width - reachW); w <= Math.Min(view.Shape.Width - 1, at.Width + reachW); w++, count++)
                sum += ct.Voxels[view.Index(at.Depth, h, w)];
        }

        return sum / count;
    }
}
