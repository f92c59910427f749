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
            [.. bySize.SkipLast(i == Beyond.Length - 1 && count > 1 ? 1 : 0).Select(
                label => new LidcNodule($"{label}", Outlines(series, labels, label, beyond)))]))], "invented readers");
    }

    private static List<LidcContour> Outlines(DicomSeriesVolume series, int[] labels, int label, double beyond)
    {
        var outlines = new List<LidcContour>();
        foreach (var slice in series.Slices)
        {
            var points = InventedOutline.Around(
                labels, series.Volume.Shape, slice.Index, label, beyond / series.Volume.Spacing.Width, Directions)
                .Select(p => (X: (int)Math.Round(p.X), Y: (int)Math.Round(p.Y))).Distinct().ToList();
            if (points.Count > 2)
                outlines.Add(new LidcContour(slice.SopInstanceUid, slice.Z, true, points));
        }

        return outlines;
    }
}
