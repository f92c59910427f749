using Screener.Errors;
using Screener.Imaging;

namespace Screener.Reporting;

/// <summary>A slice without and with its anomaly map, side by side.</summary>
public static class MapPicture
{
    private const int Gap = 6;

    /// <summary>Draws the axial slice through the largest lesion, or through the highest score where there is no lesion.</summary>
    /// <param name="ct">The CT.</param>
    /// <param name="map">Its scores, on the CT's grid.</param>
    /// <param name="body">The patient, on the CT's grid.</param>
    /// <param name="lesions">What to outline; null or empty for nothing.</param>
    /// <param name="window">The grey scale.</param>
    /// <exception cref="OptionException">Grids differ, or the body is empty.</exception>
    public static RgbImage Draw(CtVolume ct, AnomalyMap map, BodyMask body, LesionMask? lesions, WindowPreset window)
    {
        ArgumentNullException.ThrowIfNull(ct);
        var at = (lesions is null ? null : SlicePosition.OfLargestLesion(lesions)) ?? SlicePosition.OfHighestScore(map, body) ?? SlicePosition.Middle(ct.Grid);
        var options = SliceRenderOptions.Default with { Window = window, Scores = ScoreRange.Of(map, body) };
        return RgbImage.Beside(
            Gap,
            SliceRenderer.Render(ct, SlicePlane.Axial, at, options, null, lesions),
            SliceRenderer.Render(ct, SlicePlane.Axial, at, options, map, lesions));
    }
}
