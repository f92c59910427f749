using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>A small picture of each finding: the axial slice through its peak, without and with the map.</summary>
public static class FindingPictures
{
    private const double FieldOfViewMm = 80, PixelMm = 0.6;
    private const int Gap = 4;

    /// <summary>Draws the findings in their order, in one scale of colours; the peak is in the middle.</summary>
    /// <param name="findings">Found in this map.</param>
    /// <param name="ct">The CT.</param>
    /// <param name="map">Its scores, on the CT's grid.</param>
    /// <param name="body">The patient, on the CT's grid.</param>
    /// <exception cref="OptionException">Grids differ, or a finding lies outside.</exception>
    public static IReadOnlyList<Picture> Of(Findings findings, CtVolume ct, AnomalyMap map, BodyMask body)
    {
        ArgumentNullException.ThrowIfNull(findings);
        ArgumentNullException.ThrowIfNull(ct);
        var scores = ScoreRange.Of(map, body);
        return [.. findings.List.Select((finding, i) => new Picture(Draw(finding, ct, map, scores), Caption(i + 1, finding)))];
    }

    /// <summary>A finding in a line.</summary>
    /// <param name="number">Its place in the list, from 1.</param>
    /// <param name="finding">The finding.</param>
    public static string Caption(int number, Finding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        string hu = finding.MeanHu is { } mean ? Invariant($", mean {mean:0} HU") : "";
        string organ = finding.Organ is { } label ? $", {finding.OrganName ?? $"label {label}"}" : "";
        return Invariant($"{number}: peak {finding.Peak:0.00} at {Words.Place(finding.X, finding.Y, finding.Z)} mm, ")
            + Invariant($"{finding.VolumeMl:0.00} ml{hu}{organ}");
    }

    internal static RgbImage Draw(Finding finding, CtVolume ct, AnomalyMap map, ScoreRange scores)
    {
        var at = SlicePosition.At(ct.Grid, finding.X, finding.Y, finding.Z);
        var options = SliceRenderOptions.Default with
        {
            FieldOfViewMm = FieldOfViewMm, PixelMm = PixelMm, Window = MapPicture.WindowAt(ct, at), Scores = scores, ColorBar = false,
        };
        return RgbImage.Beside(
            Gap, SliceRenderer.Render(ct, SlicePlane.Axial, at, options), SliceRenderer.Render(ct, SlicePlane.Axial, at, options, map));
    }
}
