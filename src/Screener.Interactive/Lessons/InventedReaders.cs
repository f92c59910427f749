using Screener.Annotations;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Imaging.Resampling;

namespace Screener.Interactive.Lessons;

/// <summary>Four readers of a phantom, who disagree as readers do: a phantom has one truth and no reader.</summary>
internal static class InventedReaders
{
    private const int Directions = 72;

    // How much farther out than the truth each of them draws, mm.
    private static readonly double[] Beyond = [-1.2, 0, 1.2, 2.4];

    /// <summary>How many there are.</summary>
    internal static int Count => Beyond.Length;

    /// <summary>What they draw: the last one overlooks the smallest of several lesions.</summary>
    /// <param name="series">The phantom's series.</param>
    /// <param name="truth">Its lesions, in any orientation.</param>
    internal static LidcReading Of(DicomSeriesVolume series, LesionMask truth)
    {
        var grid = series.Volume.Grid;
        var (labels, count) = ConnectedComponents.Label(GridResampler.Resample(truth, grid).Voxels, grid.Shape);
        int[] bySize = [.. Enumerable.Range(1, count).OrderByDescending(label => labels.Count(l => l == label))];
        return new LidcReading(series.Series.SeriesUid, [.. Beyond.Select((beyond, i) => new LidcReader(
            [.. bySize.SkipLast(i == Beyond.Length - 1 && count > 1 ? 1 : 0).Select(label => new LidcNodule($"{label}", Outlines(series, labels, label, beyond)))]))], "invented readers");
    }

    private static List<LidcContour> Outlines(DicomSeriesVolume series, int[] labels, int label, double beyond)
    {
        var (shape, spacing) = (series.Volume.Shape, series.Volume.Spacing);
        var outlines = new List<LidcContour>();
        foreach (var slice in series.Slices)
        {
            var plane = new ArraySegment<int>(labels, shape.Index(slice.Index, 0, 0), shape.Height * shape.Width);
            if (!plane.Contains(label))
                continue;
            var inside = Enumerable.Range(0, plane.Count).Where(i => plane[i] == label).ToList();
            double middleX = inside.Average(i => i % shape.Width), middleY = inside.Average(i => i / shape.Width);
            var points = Enumerable.Range(0, Directions).Select(i => Edge(Math.Tau * i / Directions)).Distinct().ToList();
            if (points.Count > 2)
                outlines.Add(new LidcContour(slice.SopInstanceUid, slice.Z, true, points));

            // The first pixel outside in a direction from the middle, moved outwards: the middle itself for a reader who sees nothing here.
            (int X, int Y) Edge(double direction)
            {
                double x = Math.Cos(direction), y = Math.Sin(direction), far = 0;
                while (plane[(Row(far) * shape.Width) + Column(far)] == label)
                    far += 0.25;
                far = Math.Max(0, far + (beyond / spacing.Width));
                return (Column(far), Row(far));

                int Column(double distance) => Math.Clamp((int)Math.Round(middleX + (x * distance)), 0, shape.Width - 1);
                int Row(double distance) => Math.Clamp((int)Math.Round(middleY + (y * distance)), 0, shape.Height - 1);
            }
        }

        return outlines;
    }
}
