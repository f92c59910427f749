using Screener.Imaging;
using Screener.Imaging.Dicom;

namespace Screener.Annotations;

/// <summary>The lesion mask of what was drawn in a series with labels that count.</summary>
/// <remarks>Pixels whose centre, at whole numbers, lies inside a polygon (even-odd) or on its edge belong to it.</remarks>
/// <param name="Mask">The mask, on the series' own grid.</param>
/// <param name="Polygons">How many annotations it is made of.</param>
/// <param name="Empty">How many have no polygon.</param>
/// <param name="Elsewhere">How many lie in images that the series as read does not have.</param>
/// <param name="OtherLabels">How many have labels that do not count.</param>
public sealed record MdaiMask(LesionMask Mask, int Polygons, int Empty, int Elsewhere, int OtherLabels)
{
    /// <summary>Draws annotations into their series.</summary>
    /// <param name="drawn">The annotations of the series.</param>
    /// <param name="series">The series, with the origin of each slice.</param>
    /// <param name="labels">Names of the labels that count.</param>
    public static MdaiMask Of(IReadOnlyList<MdaiAnnotation> drawn, DicomSeriesVolume series, IReadOnlyCollection<string> labels)
    {
        ArgumentNullException.ThrowIfNull(drawn);
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(labels);
        var shape = series.Volume.Shape;
        var voxels = new byte[shape.CheckedLength()];
        int polygons = 0, empty = 0, elsewhere = 0, other = 0;
        foreach (var annotation in drawn)
        {
            if (annotation.Vertices is not { Count: > 0 } vertices)
                empty++;
            else if (series.IndexOf(annotation.SopInstanceUid) is not { } slice)
                elsewhere++;
            else if (!labels.Contains(annotation.Label.Name))
                other++;
            else
            {
                FilledPolygon.Fill(vertices, voxels.AsSpan(shape.Index(slice, 0, 0), shape.Height * shape.Width), shape.Width, 1);
                polygons++;
            }
        }

        return new MdaiMask(new LesionMask(series.Volume.Grid, voxels), polygons, empty, elsewhere, other);
    }
}
