using System.Runtime.CompilerServices;
using Screener.Runtime;

namespace Screener.Imaging;

/// <summary>The copying behind <see cref="Reorientation"/>: rows where W stays the fastest axis, tiles where it does not.</summary>
internal static class AxisPermutation
{
    // A tile of 32 x 32 floats reads and writes whole cache lines and stays in the first-level cache.
    private const int Tile = 32;

    internal static T[] Apply<T>(T[] source, VolumeShape shape, CanonicalOrientation orientation, int threads)
        where T : unmanaged
    {
        ReadOnlySpan<int> lengths = [shape.Depth, shape.Height, shape.Width];
        ReadOnlySpan<int> strides = [shape.Height * shape.Width, shape.Width, 1];
        Span<int> n = stackalloc int[3];
        Span<int> step = stackalloc int[3];
        int start = 0;
        for (int axis = 0; axis < 3; axis++)
        {
            var (from, reversed) = orientation[axis];
            n[axis] = lengths[from];
            step[axis] = reversed ? -strides[from] : strides[from];
            start += reversed ? strides[from] * (lengths[from] - 1) : 0;
        }

        int nd = n[0], nh = n[1], nw = n[2], sd = step[0], sh = step[1], sw = step[2];
        var result = GC.AllocateUninitializedArray<T>(source.Length);
        var parallel = ThreadCounts.Parallel(threads);
        if (Math.Abs(sw) == 1)
        {
            Parallel.For(0, nd, parallel, d =>
            {
                for (int h = 0; h < nh; h++)
                {
                    int first = start + (d * sd) + (h * sh);
                    var row = result.AsSpan(((d * nh) + h) * nw, nw);
                    source.AsSpan(sw > 0 ? first : first - nw + 1, nw).CopyTo(row);
                    if (sw < 0)
                        row.Reverse();
                }
            });
        }
        else if (Math.Abs(sh) == 1)
        {
            Parallel.For(0, nd, parallel, d => Transpose(source, start + (d * sd), sh, sw, result, d * nh * nw, nw, nh, nw));
        }
        else
        {
            Parallel.For(0, nh, parallel, h => Transpose(source, start + (h * sh), sd, sw, result, h * nw, nh * nw, nd, nw));
        }

        return result;
    }

    // result[r, c] = source[r, c] for r < rows, c < columns, where the source's fast index is r.
    // Optimised at the first call: a program that screens one volume makes few.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose<T>(
        ReadOnlySpan<T> source, int start, int sourceRow, int sourceColumn, Span<T> result, int resultStart, int resultRow, int rows,
        int columns)
        where T : unmanaged
    {
        for (int r0 = 0; r0 < rows; r0 += Tile)
        {
            int r1 = Math.Min(rows, r0 + Tile);
            for (int c0 = 0; c0 < columns; c0 += Tile)
            {
                int c1 = Math.Min(columns, c0 + Tile);
                for (int r = r0; r < r1; r++)
                {
                    var row = result.Slice(resultStart + (r * resultRow) + c0, c1 - c0);
                    int from = start + (r * sourceRow) + (c0 * sourceColumn);
                    for (int c = 0; c < row.Length; c++, from += sourceColumn)
                        row[c] = source[from];
                }
            }
        }
    }
}
