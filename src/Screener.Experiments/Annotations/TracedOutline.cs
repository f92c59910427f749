using System.Runtime.InteropServices;

namespace Screener.Annotations;

/// <summary>Turns closed outlines of pixels into the pixels that they enclose.</summary>
internal static class TracedOutline
{
    /// <summary>
    /// Marks in <paramref name="plane"/> what lies strictly inside the polygon through the points: not the outline itself.
    /// </summary>
    /// <param name="points">Columns and rows within the plane; the last is joined to the first.</param>
    /// <param name="plane">[rows, columns]; enclosed pixels become 1, others stay.</param>
    /// <param name="columns">The plane's width.</param>
    internal static void MarkInside(IReadOnlyList<(int X, int Y)> points, Span<byte> plane, int columns)
    {
        int left = points.Min(p => p.X), top = points.Min(p => p.Y);
        int width = points.Max(p => p.X) - left + 1, height = points.Max(p => p.Y) - top + 1;
        var box = new byte[width * height];
        var crossings = new List<double>();
        for (int y = 0; y < height; y++)
        {
            crossings.Clear();
            foreach (var (a, b) in Edges(points))
            {
                // An edge owns its upper end only, so that a row through a corner is crossed once.
                if ((a.Y - top <= y) != (b.Y - top <= y))
                    crossings.Add(a.X - left + ((double)(b.X - a.X) * (y + top - a.Y) / (b.Y - a.Y)));
            }

            crossings.Sort();
            var inOrder = CollectionsMarshal.AsSpan(crossings);
            for (int i = 0; i + 1 < inOrder.Length; i += 2)
            {
                int from = (int)Math.Ceiling(inOrder[i]), to = (int)Math.Floor(inOrder[i + 1]);
                if (to >= from)
                    box.AsSpan((y * width) + from, to - from + 1).Fill(1);
            }
        }

        foreach (var (x, y) in OnOutline(points))
            box[((y - top) * width) + x - left] = 0;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                plane[((y + top) * columns) + x + left] |= box[(y * width) + x];
        }
    }

    /// <summary>Every pixel centre that the closed polygon through the points meets.</summary>
    internal static IEnumerable<(int X, int Y)> OnOutline(IReadOnlyList<(int X, int Y)> points)
    {
        foreach (var (a, b) in Edges(points))
        {
            int dx = b.X - a.X, dy = b.Y - a.Y, steps = Math.Max(1, GreatestCommonDivisor(Math.Abs(dx), Math.Abs(dy)));
            for (int i = 0; i < steps; i++)
                yield return (a.X + (dx / steps * i), a.Y + (dy / steps * i));
        }
    }

    private static IEnumerable<((int X, int Y) A, (int X, int Y) B)> Edges(IReadOnlyList<(int X, int Y)> points)
    {
        for (int i = 0; i < points.Count; i++)
            yield return (points[i], points[(i + 1) % points.Count]);
    }

    private static int GreatestCommonDivisor(int a, int b)
    {
        while (b != 0)
            (a, b) = (b, a % b);
        return a;
    }
}
