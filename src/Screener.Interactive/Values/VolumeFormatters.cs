using Screener.Evaluation;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Interactive.Cells;
using Screener.Interactive.Viewer;
using Screener.Preprocessing;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Values;

/// <summary>Volumes: a CT opens in the viewer, masks and maps alone as slices.</summary>
internal static class VolumeFormatters
{
    private const int Side = 260;

    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<CtVolume>(ct => Alone(new VolumeView(ct) { Options = Titled(ct.Source) })),
        new NotebookFormatter<VolumeView>(Alone),
        new NotebookFormatter<LinkedViews>(
            v => new Document("", "", new MarkupPart(v.Html(), string.Concat(v.Views.Select(Text))))),
        new NotebookFormatter<EvaluatedMap>(
            m => Alone(new VolumeView(m.Ct, m.Lesions, m.Map, m.Body)
            {
                Options = Titled($"{m.CaseId}, {m.Method}"), Curves = true, Labels = m.Labels,
            })),
        new NotebookFormatter<AnomalyMap>(AnomalyMap),
        new NotebookFormatter<LesionMask>(m => Mask("Lesion mask", m)),
        new NotebookFormatter<BodyMask>(m => Mask("Body mask", m)),
        new NotebookFormatter<LabelVolume>(Labels),
        new NotebookFormatter<PreparedVolume>(Prepared),
        new NotebookFormatter<DicomSeriesVolume>(Series),
        new NotebookFormatter<VolumeGrid>(g => new Document("Grid", "", new FactsPart([.. Geometry(g)]))),
    ];

    /// <summary>The viewer as a part of a card.</summary>
    internal static MarkupPart Viewer(VolumeView view) => new(VolumeViewer.Html(view), Text(view));

    /// <summary>Shape, spacing, extent and orientation of a grid.</summary>
    internal static IEnumerable<(string, string)> Geometry(VolumeGrid grid)
    {
        var (shape, spacing) = (grid.Shape, grid.Spacing);
        yield return ("voxels [D, H, W]", shape.ToString());
        yield return ("spacing", spacing.ToString());
        yield return ("extent",
            Invariant($"{shape.Depth * spacing.Depth:0} x {shape.Height * spacing.Height:0} x {shape.Width * spacing.Width:0} mm"));
        yield return ("orientation", Reorientation.From(grid.Affine).IsIdentity ? "canonical" : "not canonical");
    }

    private static VolumeViewerOptions Titled(string title) => VolumeViewerOptions.Default with { Title = title };

    private static Document Alone(VolumeView view) => new("", "", Viewer(view));

    private static string Text(VolumeView view) => CellText.Render(new Document(
        "CT volume",
        view.Options.Title.Length > 0 ? view.Options.Title : view.Ct.Source,
        new FactsPart(
        [
            .. Geometry(view.Ct.Grid),
            .. Range(view.Ct.Voxels, "HU"),
            .. view.Mask is { } mask ? [("lesion voxels", Invariant($"{mask.Count:#,0}"))] : Array.Empty<(string, string)>(),
            .. view.Map is { } map ? Range(map.Voxels, Words.UnitOf(map)).Select(r => ("scores", r.Value)) : [],
        ])));

    private static Document AnomalyMap(AnomalyMap map)
    {
        // Scores on black: there is no CT under them.
        var black = new CtVolume(map.Grid, new float[map.Voxels.Length]);
        var at = SlicePosition.OfHighestScore(map) ?? SlicePosition.Middle(map.Grid);
        var options = SliceRenderOptions.Default with { Window = new WindowPreset("black", 1000, 1), Opacity = 1 };
        return new Document(
            "Anomaly map",
            "through the highest score; to see it over its CT: new VolumeView(ct, Map: map)",
            new PicturesPart(
                [.. Planes(map.Grid).Select(
                    p => new Picture(
                        SliceRenderer.Render(
                            black, p.Plane, at, options with { PixelMm = p.PixelMm, ColorBar = p.Plane == SlicePlane.Sagittal }, map),
                            p.Name))]),
            new FactsPart([.. Geometry(map.Grid), .. Range(map.Voxels, Words.UnitOf(map))]));
    }

    private static Document Mask(string title, Volume<byte> mask)
    {
        long count = mask.Voxels.Length - mask.Voxels.AsSpan().Count((byte)0);
        var facts = new FactsPart(
            [.. Geometry(mask.Grid), ("voxels inside", Invariant($"{count:#,0}")),
                ("volume", Invariant($"{count * mask.Grid.VoxelVolume / 1000:#,0.0} ml"))]);
        return count == 0
            ? new Document(title, "empty", facts)
            : new Document(
                title, "through its largest slice",
                new PicturesPart(
                    [.. Slices(mask, mask as LesionMask ?? new LesionMask(mask.Grid, mask.Voxels), v => v == 0 ? Rgb.Black : Rgb.White)]),
                    facts);
    }

    private static Document Labels(LabelVolume labels)
    {
        var counts = new long[256];
        foreach (byte label in labels.Voxels)
            counts[label]++;
        byte[] present = [.. Enumerable.Range(1, 255).Where(l => counts[l] > 0).Select(l => (byte)l)];
        return new Document(
            "Label volume",
            Invariant($"{present.Length} labels"),
            new PicturesPart([.. Slices(labels, null, LabelColors.Of)]),
            new FactsPart([.. Geometry(labels.Grid)]),
            TablePart.Of(
                ["Label", "Voxels", "Volume, ml"],
                present,
                l => [Invariant($"{l}"), Invariant($"{counts[l]:#,0}"), Invariant($"{counts[l] * labels.Grid.VoxelVolume / 1000:#,0.0}")])
                with { Colors = present.Index().ToDictionary(l => l.Index, l => LabelColors.Of(l.Item)) });
    }

    private static Document Prepared(PreparedVolume volume)
    {
        // Intensities 0 to 1, drawn as a window of that width.
        var grey = new CtVolume(volume.Grid, volume.Intensities);
        var window = new WindowPreset("intensity", 0.5, 1);
        var at = SlicePosition.Middle(volume.Grid);
        return new Document(
            "Prepared volume",
            volume.Source,
            new PicturesPart(
                [.. Planes(volume.Grid).Select(
                    p => new Picture(
                        SliceRenderer.Render(grey, p.Plane, at, SliceRenderOptions.Default with { Window = window, PixelMm = p.PixelMm }),
                        p.Name))]),
            new FactsPart(
                [.. Geometry(volume.Grid), .. Range(volume.Intensities, ""), ("made from", volume.SourceGrid.Shape.ToString()),
                    ("options", volume.OptionsFingerprint)]));
    }

    private static Document Series(DicomSeriesVolume series)
    {
        var viewer = Viewer(new VolumeView(series.Volume) { Options = Titled(series.Series.Description) });
        var about = series.Series;
        return new Document(
            "CT series",
            Invariant($"{(about.Description.Length > 0 ? about.Description + ", " : "")}{about.Modality}, {about.SliceCount} slices"),
            [
                viewer,
                .. series.Notes.Select(n => new NotePart(n)),
                new FoldedPart(
                    "Series and study",
                    new FactsPart(("series", about.SeriesUid), ("study", about.StudyUid), ("patient", about.PatientId))),
            ]);
    }

    private static IEnumerable<Picture> Slices(Volume<byte> volume, LesionMask? lesions, Func<byte, Rgb> color)
    {
        var at = (lesions is null ? null : SlicePosition.OfLargestLesion(lesions)) ?? SlicePosition.Middle(volume.Grid);
        foreach (var (plane, pixel, name) in Planes(volume.Grid))
        {
            var slice = new SliceSampler(new CanonicalView(volume.Grid), plane, at, SliceRenderOptions.Default with { PixelMm = pixel });
            var image = new RgbImage(slice.Columns, slice.Rows);
            image.Paint((x, y) => color(slice.Nearest(volume.Voxels, x, y)));
            yield return new Picture(image, name);
        }
    }

    // All three to one scale.
    private static IEnumerable<(SlicePlane Plane, double PixelMm, string Name)> Planes(VolumeGrid grid)
    {
        var canonical = Reorientation.From(grid.Affine).Apply(grid);
        var (shape, spacing) = (canonical.Shape, canonical.Spacing);
        double longest = Math.Max(shape.Depth * spacing.Depth, Math.Max(shape.Height * spacing.Height, shape.Width * spacing.Width));
        double pixel = Math.Clamp(longest / Side, 0.01, 100);
        return [(SlicePlane.Axial, pixel, "axial"), (SlicePlane.Coronal, pixel, "coronal"), (SlicePlane.Sagittal, pixel, "sagittal")];
    }

    private static IEnumerable<(string Name, string Value)> Range(float[] voxels, string unit)
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
