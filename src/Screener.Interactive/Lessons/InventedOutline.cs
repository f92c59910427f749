using Screener.Imaging;

namespace Screener.Interactive.Lessons;

/// <summary>The line that somebody might draw around a lesion of a phantom in one image.</summary>
internal static class InventedOutline
{
    /// <summary>Points around a lesion as it is seen from the pixel next to its middle.</summary>
    /// <param name="labels">Labels of lesions, [D, H, W].</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="slice">The image along D.</param>
    /// <param name="label">The lesion.</param>
    /// <param name="beyond">How far beyond the first pixel outside they lie, in pixels; negative for less.</param>
    /// <param name="directions">How many points.</param>
    /// <returns>Columns and rows within the image; empty if the lesion is not in it.</returns>
    internal static IReadOnlyList<(double X, double Y)> Around(
        int[] labels, VolumeShape shape, int slice, int label, double beyond, int directions)
    {
        var plane = new ArraySegment<int>(labels, shape.Index(slice, 0, 0), shape.Height * shape.Width);
        var inside = Enumerable.Range(0, plane.Count).Where(i => plane[i] == label).Select(
            i => (X: i % shape.Width, Y: i / shape.Width)).ToList();
        if (inside.Count == 0)
            return [];
        double middleX = inside.Average(p => p.X), middleY = inside.Average(p => p.Y);
        var from = inside.MinBy(p => ((p.X - middleX) * (p.X - middleX)) + ((p.Y - middleY) * (p.Y - middleY)));
        return [.. Enumerable.Range(0, directions).Select(i => Edge(Math.Tau * i / directions))];

        (double X, double Y) Edge(double direction)
        {
            const double Step = 0.25;
            double far = 0;
            while (At(far) is var (x, y) && x == Math.Clamp(x, 0, shape.Width - 1) && y == Math.Clamp(y, 0, shape.Height - 1)
                && plane[((int)Math.Round(y) * shape.Width) + (int)Math.Round(x)] == label)
                far += Step;
            var (edgeX, edgeY) = At(Math.Max(0, far + beyond));
            return (Math.Clamp(edgeX, 0, shape.Width - 1), Math.Clamp(edgeY, 0, shape.Height - 1));

            (double X, double Y) At(double distance) =>
                (from.X + (Math.Cos(direction) * distance), from.Y + (Math.Sin(direction) * distance));
        }
    }
}
