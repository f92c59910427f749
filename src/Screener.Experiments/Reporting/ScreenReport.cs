using Screener.Evaluation;
using Screener.Imaging;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>The page of one screened CT: its findings with a picture each.</summary>
public static class ScreenReport
{
    /// <summary>Puts the page together.</summary>
    /// <param name="ct">The CT.</param>
    /// <param name="method">What made the map.</param>
    /// <param name="map">Its scores, on the CT's grid.</param>
    /// <param name="body">The patient, on the CT's grid.</param>
    /// <param name="findings">Found in this map.</param>
    /// <param name="lesions">What is known to be there, outlined; null where nothing is.</param>
    public static Document Of(CtVolume ct, string method, AnomalyMap map, BodyMask body, Findings findings, LesionMask? lesions = null)
    {
        ArgumentNullException.ThrowIfNull(ct);
        ArgumentNullException.ThrowIfNull(findings);
        string unit = map.IsCalibrated
            ? "A score of 3 means that one voxel in a thousand of the CTs on which the model was calibrated scores as high."
            : "Scores are nats; only their order counts.";
        string count = findings.Regions > findings.List.Count
            ? Invariant($"the {findings.List.Count} highest of {findings.Regions}")
            : "all of them";
        return new Document(
            Invariant($"Findings in {Path.GetFileName(ct.Source)}"),
            "",
            new NotePart(
                Invariant($"{ct.Shape} voxels, {method}: {findings.Regions} regions above {findings.Threshold:0.00}. ") + unit),
            new SectionPart(
                "Where the map is highest",
                lesions is null ? "" : "Known lesions are outlined, and the slice is the one with most of them.",
                new PicturesPart(new Picture(MapPicture.Draw(ct, map, body, lesions), "An axial slice, without and with the map"))),
            new SectionPart(
                "Findings",
                $"By their peaks, {count}: 80 mm around the peak, without and with the map, the patient's right on the left. "
                + "A high score says that a place looks unlike what the model expects there, not that it is ill.",
                new PicturesPart(FindingPictures.Of(findings, ct, map, body))));
    }
}
