using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;

namespace Screener.Annotations;

/// <summary>The lesion mask on which enough readers agree.</summary>
/// <remarks>
/// A voxel is nodule to a reader if it lies inside one of his outlines and in no hole. The traced pixels are the first ones
/// outside of the nodule, so they count neither in an outline nor beside a hole: a hole takes its traced pixels away too.
/// Nodules under 3 mm have no outline and do not appear.
/// </remarks>
/// <param name="Mask">The mask, on the series' own grid.</param>
/// <param name="Outlines">How many outlines, holes included, were drawn in images of the series.</param>
/// <param name="OutlinesElsewhere">How many refer to images that the series as read does not have.</param>
public sealed record LidcConsensus(LesionMask Mask, int Outlines, int OutlinesElsewhere)
{
    /// <summary>Draws the readers' outlines into a series and counts votes.</summary>
    /// <param name="reading">The annotations.</param>
    /// <param name="series">The series they belong to, with the origin of each slice.</param>
    /// <param name="fraction">
    /// The part of the readers who must agree, above 0 up to 1. The paper does not say which it used; one half is ours.
    /// </param>
    /// <exception cref="OptionException">The fraction is out of range.</exception>
    /// <exception cref="AnnotationException">The annotations are of another series, or a point lies outside its image.</exception>
    public static LidcConsensus Of(LidcReading reading, DicomSeriesVolume series, double fraction = 0.5)
    {
        ArgumentNullException.ThrowIfNull(reading);
        ArgumentNullException.ThrowIfNull(series);
        OptionException.ThrowIfOutside(nameof(fraction), fraction, 1e-6, 1);
        if (reading.SeriesUid.Length > 0 && reading.SeriesUid != series.Series.SeriesUid)
        {
            throw new AnnotationException(
                reading.Source, $"annotations of series {reading.SeriesUid}", $"of series {series.Series.SeriesUid}",
                "Take the XML file that lies beside the series.");
        }

        var shape = series.Volume.Shape;
        var votes = new byte[shape.CheckedLength()];
        int drawn = 0, elsewhere = 0;
        foreach (var reader in reading.Readers)
        {
            // A hole belongs to its nodule; a reader whose nodules touch still has one vote.
            var outlines = reader.Nodules.Where(n => n.IsOutlined).SelectMany(
                n => n.Contours.Select(c => (Nodule: n, Contour: c))).ToLookup(c => series.IndexOf(c.Contour.SopInstanceUid));
            elsewhere += outlines[null].Count();
            foreach (var slice in outlines.Where(g => g.Key is not null))
            {
                drawn += slice.Count();
                var plane = votes.AsSpan(shape.Index(slice.Key!.Value, 0, 0), shape.Height * shape.Width);
                Vote(slice.GroupBy(c => c.Nodule, c => c.Contour, ReferenceEqualityComparer.Instance), plane, shape, reading.Source);
            }
        }

        int needed = Math.Max(1, (int)Math.Ceiling((fraction * reading.Readers.Count) - 1e-9));
        for (int i = 0; i < votes.Length; i++)
            votes[i] = votes[i] >= needed ? (byte)1 : (byte)0;
        return new LidcConsensus(new LesionMask(series.Volume.Grid, votes), drawn, elsewhere);
    }

    // In the series' grid rows run along H and columns along W, as in its images.
    private static void Vote(IEnumerable<IEnumerable<LidcContour>> nodules, Span<byte> votes, VolumeShape shape, string source)
    {
        var reader = new byte[votes.Length];
        foreach (var nodule in nodules)
        {
            var plane = Enclosed(nodule, shape, source);
            for (int i = 0; i < plane.Length; i++)
                reader[i] |= plane[i];
        }

        for (int i = 0; i < votes.Length; i++)
            votes[i] += reader[i];
    }

    private static byte[] Enclosed(IEnumerable<LidcContour> outlines, VolumeShape shape, string source)
    {
        var plane = new byte[shape.Height * shape.Width];
        foreach (var outline in outlines.OrderByDescending(o => o.IsInclusion))
        {
            if (outline.Points.FirstOrDefault(p => p.X >= shape.Width || p.Y >= shape.Height) is var (x, y)
                && (x >= shape.Width || y >= shape.Height))
                throw new AnnotationException(
                    source, $"the point ({x}, {y})", $"a point in an image of {shape.Width} x {shape.Height} pixels",
                    "The file belongs to other images or is damaged.");
            if (outline.IsInclusion)
            {
                TracedOutline.MarkInside(outline.Points, plane, shape.Width);
                continue;
            }

            var hole = new byte[plane.Length];
            TracedOutline.MarkInside(outline.Points, hole, shape.Width);
            foreach (var (px, py) in TracedOutline.OnOutline(outline.Points))
                hole[(py * shape.Width) + px] = 1;
            for (int i = 0; i < plane.Length; i++)
                plane[i] &= (byte)(1 - hole[i]);
        }

        return plane;
    }
}
