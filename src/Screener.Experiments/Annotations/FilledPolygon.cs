using System.Runtime.InteropServices;

namespace Screener.Annotations;

/// <summary>
/// The pixels of a polygon: those whose centre, at whole numbers, lies inside (even-odd) or on an edge, as scikit-image's
/// <c>draw.polygon</c> has it.
/// </summary>
internal static class FilledPolygon
{
    /// <summary>
    /// Sets the polygon's pixels in <paramref name="plane"/> to <paramref name="value"/>; what lies beyond the plane is cut off.
    /// </summary>
    /// <param name="vertices">Columns and rows; the last is joined to the first.</param>
    /// <param name="plane">[rows, columns].</param>
    /// <param name="columns">The plane's width.</param>
    /// <param name="value">What to set.</param>
    internal static void Fill(IReadOnlyList<(double X, double Y)> vertices, Span<byte> plane, int columns, byte value)
    {
        if (vertices.Count == 0)
            return;
        int rows = plane.Length / columns;
        int top = Math.Max(0, (int)Math.Ceiling(Math.Clamp(vertices.Min(v => v.Y), -1, rows))), bottom = Math.Min(
            rows - 1, (int)Math.Floor(Math.Clamp(vertices.Max(v => v.Y), -1, rows)));
        var crossings = new List<double>();
        for (int y = top; y <= bottom; y++)
        {
            var row = plane.Slice(y * columns, columns);
            crossings.Clear();
            for (int i = 0; i < vertices.Count; i++)
            {
                var (a, b) = (vertices[i], vertices[(i + 1) % vertices.Count]);
                if (a.Y == y && b.Y == y)
                {
                    FillRow(row, Math.Min(a.X, b.X), Math.Max(a.X, b.X), value);
                    continue;
                }

                if (Math.Min(a.Y, b.Y) > y || Math.Max(a.Y, b.Y) < y || a.Y == b.Y)
                    continue;
                double x = a.X + ((b.X - a.X) * (y - a.Y) / (b.Y - a.Y));
                FillRow(row, x, x, value);

                // An edge owns its lower end only, so that a row through a corner is crossed once.
                if ((a.Y <= y) != (b.Y <= y))
                    crossings.Add(x);
            }

            crossings.Sort();
            var inOrder = CollectionsMarshal.AsSpan(crossings);
            for (int i = 0; i + 1 < inOrder.Length; i += 2)
                FillRow(row, inOrder[i], inOrder[i + 1], value);
        }
    }

    private static void FillRow(Span<byte> row, double from, double to, byte value)
    {
        int first = (int)Math.Ceiling(Math.Clamp(from, 0, row.Length)), last = (int)Math.Floor(Math.Clamp(to, -1, row.Length - 1));
        if (last >= first)
            row[first..(last + 1)].Fill(value);
    }
}
