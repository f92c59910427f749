using System.Text.Json;
using Screener.Datasets;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Imaging.Resampling;

namespace Screener.Interactive.Lessons;

/// <summary>
/// An MD.ai export about a phantom, with what occurs in the real one: labels that do not count, an annotation without a polygon, one about
/// a whole examination.
/// </summary>
internal static class InventedDrawings
{
    private const string Opacity = "Infectious opacity", Micronodules = "Infectious TIB/micronodules", Other =
        "Other noninfectious opacity";

    // Smaller lesions are taken for micronodules.
    private const double OpacityMm3 = 1000;

    private const int Directions = 36;

    // A polygon's own pixels belong to it: half a step within the first one outside.
    private const double Within = -0.5;

    /// <summary>
    /// The export as JSON: the smallest of several opacities is taken for something else than infection, and one annotation is empty.
    /// </summary>
    /// <param name="series">The phantom's series.</param>
    /// <param name="truth">Its lesions, in any orientation.</param>
    internal static string Json(DicomSeriesVolume series, LesionMask truth)
    {
        var grid = series.Volume.Grid;
        var (labels, count) = ConnectedComponents.Label(GridResampler.Resample(truth, grid).Voxels, grid.Shape);
        var sizes = new int[count + 1];
        foreach (int label in labels)
            sizes[label]++;
        int[] opacities = [
            .. Enumerable.Range(1, count).Where(label => sizes[label] * grid.VoxelVolume >= OpacityMm3).OrderBy(label => sizes[label])];
        string[] names = [.. DatasetCatalogue.Find("midrc-ricord-1a").Labels.Select(l => l.Name)];
        var annotations = new List<object> { Annotation(names.Length, null, null),
            Annotation(Array.IndexOf(names, Opacity), series.Slices[series.Slices.Count / 2], null) };
        foreach (var slice in series.Slices)
        {
            for (int label = 1; label <= count; label++)
            {
                if (InventedOutline.Around(labels, grid.Shape, slice.Index, label, Within, Directions) is { Count: > 0 } points)
                    annotations.Add(
                        Annotation(
                            Array.IndexOf(names, NameOf(label)), slice,
                            points.Select(p => new[] { Math.Round(p.X, 2), Math.Round(p.Y, 2) })));
            }
        }

        return JsonSerializer.Serialize(new
        {
            labelGroups = new[] { new
            {
                labels = names.Select((n, i) => new { id = Id(i), name = n, scope = "INSTANCE" }).Append(
                    new { id = Id(names.Length), name = "Typical appearance", scope = "EXAM" }),
            } },
            datasets = new[] { new { annotations } },
        });

        string NameOf(int label) => !opacities.Contains(label)
            ? Micronodules
            : opacities.Length > 1 && label == opacities[0] ? Other : Opacity;

        object Annotation(int label, SliceProvenance? slice, IEnumerable<double[]>? vertices) => new
        {
            labelId = Id(label), StudyInstanceUID = series.Series.StudyUid, SeriesInstanceUID = slice is null
                ? null
                : series.Series.SeriesUid, SOPInstanceUID = slice?.SopInstanceUid,
            data = vertices is null ? null : new { vertices },
        };

        static string Id(int label) => $"L_{label + 1}";
    }
}
