using Screener.Evaluation;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Interactive.Cards;
using Screener.Preprocessing;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Values;

/// <summary>Volumes: the CT, its masks and maps.</summary>
internal static class VolumeFormatters
{
    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<CtVolume>(ct => Slices("CT volume", ct.Source, ct, null, null)),
        new NotebookFormatter<EvaluatedMap>(m => Slices($"{m.Case.Id}: {m.Method}", m.Ct.Source, m.Ct, m.Lesions, m.Map)),
        new NotebookFormatter<AnomalyMap>(AnomalyMap),
        new NotebookFormatter<LesionMask>(m => Mask("Lesion mask", m)),
        new NotebookFormatter<BodyMask>(m => Mask("Body mask", m)),
        new NotebookFormatter<LabelVolume>(Labels),
        new NotebookFormatter<PreparedVolume>(Prepared),
        new NotebookFormatter<DicomSeriesVolume>(Series),
        new NotebookFormatter<VolumeGrid>(g => new Card("Grid", "", new FactsPart([.. Geometry(g)]))),
    ];

    /// <summary>Shape, spacing, extent and orientation of a grid.</summary>
    internal static IEnumerable<(string, string)> Geometry(VolumeGrid grid)
    {
        var (shape, spacing) = (grid.Shape, grid.Spacing);
        yield return ("voxels [D, H, W]", shape.ToString());
        yield return ("spacing", spacing.ToString());
        yield return ("extent", Invariant($"{shape.Depth * spacing.Depth:0} x {shape.Height * spacing.Height:0} x {shape.Width * spacing.Width:0} mm"));
        yield return ("orientation", Reorientation.From(grid.Affine).IsIdentity ? "canonical" : "not canonical");
    }

    /// <summary>A CT through the largest lesion, else the highest score, else the middle.</summary>
    internal static Card Slices(string title, string subtitle, CtVolume ct, LesionMask? lesions, AnomalyMap? map)
    {
        var at = (lesions is null ? null : SlicePosition.OfLargestLesion(lesions)) ?? (map is null ? null : SlicePosition.OfHighestScore(map)) ?? SlicePosition.Middle(ct.Grid);
        var pictures = Enum.GetValues<SlicePlane>().Select(plane => new Picture(SliceRenderer.Render(ct, plane, at, SliceRenderOptions.Default with { ColorBar = plane == SlicePlane.Sagittal }, map, lesions), Invariant($"{plane}, {WindowPreset.SoftTissue}")));
        return new Card(title, subtitle, new PicturesPart([.. pictures]), new FactsPart([.. Geometry(ct.Grid), .. Range(ct.Voxels, "HU")]));
    }

    private static Card AnomalyMap(AnomalyMap map) => new("Anomaly map", "scores alone; show it over its CT with a volume view", new FactsPart([.. Geometry(map.Grid), .. Range(map.Voxels, "nats")]));

    private static Card Mask(string title, Volume<byte> mask)
    {
        long count = mask.Voxels.Length - mask.Voxels.AsSpan().Count((byte)0);
        return new Card(title, "", new FactsPart([.. Geometry(mask.Grid), ("voxels inside", Invariant($"{count:#,0}")), ("volume", Invariant($"{count * mask.Grid.VoxelVolume / 1000:#,0.0} ml"))]));
    }

    private static Card Labels(LabelVolume labels)
    {
        var counts = new long[256];
        foreach (byte label in labels.Voxels)
            counts[label]++;
        return new Card(
            "Label volume",
            "",
            new FactsPart([.. Geometry(labels.Grid)]),
            new TablePart(["Label", "Voxels", "Volume, ml"], [.. Enumerable.Range(1, 255).Where(l => counts[l] > 0).Select(l => (IReadOnlyList<string>)
                [Invariant($"{l}"), Invariant($"{counts[l]:#,0}"), Invariant($"{counts[l] * labels.Grid.VoxelVolume / 1000:#,0.0}")])]));
    }

    private static Card Prepared(PreparedVolume volume) => new(
        "Prepared volume",
        volume.Source,
        new FactsPart([.. Geometry(volume.Grid), .. Range(volume.Intensities, ""), ("made from", volume.SourceGrid.Shape.ToString()), ("options", volume.OptionsFingerprint)]));

    private static Card Series(DicomSeriesVolume series)
    {
        var slices = Slices("CT series", series.Series.ToString(), series.Volume, null, null);
        return series.Notes.Count == 0 ? slices : slices with { Parts = [.. slices.Parts, .. series.Notes.Select(n => new NotePart(n))] };
    }

    private static IEnumerable<(string, string)> Range(float[] voxels, string unit)
    {
        var (low, high, missing) = (float.PositiveInfinity, float.NegativeInfinity, 0L);
        foreach (float v in voxels)
        {
            if (!float.IsFinite(v))
                missing++;
            else
                (low, high) = (Math.Min(low, v), Math.Max(high, v));
        }

        if (low <= high)
            yield return ("range", Invariant($"{low:G5} to {high:G5} {unit}").TrimEnd());
        if (missing > 0)
            yield return ("not finite", Invariant($"{missing:#,0} voxels"));
    }
}
