using Screener.Augmentation;
using Screener.Imaging;
using Screener.Preprocessing;
using Screener.Reporting;

namespace Screener.Interactive.Lessons;

/// <summary>Where two crops lie in their volume: slices through the middle of their overlap, with a frame around each.</summary>
public static class CropOutlines
{
    private const int Scale = 2;
    private static readonly Rgb FirstColour = new(255, 170, 0), SecondColour = new(0, 200, 255);

    /// <summary>An axial, a coronal and a sagittal slice, as radiologists look at them.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="pair">Two crops of it.</param>
    public static Document Of(PreparedVolume volume, CropPair pair)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(pair);
        double[][] boxes = [Box(pair.FirstToVolume, pair.Shape), Box(pair.SecondToVolume, pair.Shape)];
        var (shape, spacing) = (volume.Shape, volume.Spacing);
        int[] sizes = [shape.Depth, shape.Height, shape.Width];
        double[] mm = [spacing.Depth, spacing.Height, spacing.Width];

        // Of the overlap along each axis: its middle, and its part of the shorter crop.
        double Low(int axis) => Math.Max(boxes[0][axis], boxes[1][axis]);
        double High(int axis) => Math.Min(boxes[0][axis + 3], boxes[1][axis + 3]);
        int[] at = [
            .. Enumerable.Range(0, 3).Select(axis => Math.Clamp((int)Math.Round((Low(axis) + High(axis)) / 2), 0, sizes[axis] - 1))];
        double[] overlap = [
            .. Enumerable.Range(0, 3).Select(
                axis => (High(axis) - Low(axis)) / Math.Min(boxes[0][axis + 3] - boxes[0][axis], boxes[1][axis + 3] - boxes[1][axis]))];
        return new Document(
            "Where the two crops lie",
            "",
            new PicturesPart(
                [.. Enum.GetValues<SlicePlane>().Select(plane => new Picture(Draw(plane), plane.ToString().ToLowerInvariant()))]),
            new NotePart("Orange: first crop. Blue: second crop. " + FormattableString.Invariant(
                $"Along D, H and W they share {overlap[0]:0%}, {overlap[1]:0%} and {overlap[2]:0%} of the shorter one.")));

        RgbImage Draw(SlicePlane plane)
        {
            var (down, across) = plane switch { SlicePlane.Axial => (1, 2), SlicePlane.Coronal => (0, 2), _ => (0, 1) };
            double pixel = mm[2] / Scale;
            var image = new RgbImage((int)(sizes[across] * mm[across] / pixel), (int)(sizes[down] * mm[down] / pixel));
            image.Paint((x, y) =>
            {
                int[] voxel = [.. at];
                voxel[down] = Math.Min(sizes[down] - 1, (int)((image.Height - 1 - y) * pixel / mm[down]));
                voxel[across] = Math.Min(sizes[across] - 1, (int)((image.Width - 1 - x) * pixel / mm[across]));
                float intensity = volume.Intensities[shape.Index(voxel[0], voxel[1], voxel[2])];
                return Rgb.Grey((byte)Math.Round(255 * Math.Clamp(intensity, 0, 1)));
            });

            for (int crop = 0; crop < 2; crop++)
            {
                int X(double w) => Math.Clamp((int)Math.Round(image.Width - ((w + 0.5) * mm[across] / pixel)), 0, image.Width - 1);
                int Y(double h) => Math.Clamp((int)Math.Round(image.Height - ((h + 0.5) * mm[down] / pixel)), 0, image.Height - 1);
                Frame(image, X(boxes[crop][across + 3]), X(boxes[crop][across]), Y(boxes[crop][down + 3]), Y(boxes[crop][down]),
                    crop == 0 ? FirstColour : SecondColour);
            }

            return image;
        }
    }

    // The outer edges along the volume's D, H, W: three lower, then three upper ones, in voxels.
    private static double[] Box(CropPlacement placement, VolumeShape shape)
    {
        var (d0, h0, w0) = placement.ToVolume(-0.5, -0.5, -0.5);
        var (d1, h1, w1) = placement.ToVolume(shape.Depth - 0.5, shape.Height - 0.5, shape.Width - 0.5);
        return [Math.Min(d0, d1), Math.Min(h0, h1), Math.Min(w0, w1), Math.Max(d0, d1), Math.Max(h0, h1), Math.Max(w0, w1)];
    }

    private static void Frame(RgbImage image, int left, int right, int top, int bottom, Rgb colour)
    {
        for (int thickness = 0; thickness < 2; thickness++)
        {
            for (int x = left; x <= right; x++)
                (image[x, Math.Min(bottom, top + thickness)], image[x, Math.Max(top, bottom - thickness)]) = (colour, colour);
            for (int y = top; y <= bottom; y++)
                (image[Math.Min(right, left + thickness), y], image[Math.Max(left, right - thickness), y]) = (colour, colour);
        }
    }
}
