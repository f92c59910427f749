using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Screener.Imaging.Resampling;

/// <summary>Samples axis by axis, slice after slice of the target.</summary>
/// <remarks>
/// Spreading a row over the target's columns is the one step that cannot be vectorised. It is done for the fewer rows: for the target's,
/// blended before from four rows of the source, or, where the target has more rows than the source, for the source's, blended after. The
/// loops are optimised at their first call, because a program that screens one volume makes few calls.
/// </remarks>
internal static class SeparableSampler
{
    internal static float[] Linear(float[] source, SeparableMap map, float outside, ParallelOptions parallel)
    {
        int plane = map.Target.Height * map.Target.Width;
        bool spreadFirst = map.Target.Height > map.Source.Height;
        var result = GC.AllocateUninitializedArray<float>(map.Target.CheckedLength());
        Parallel.For(
            0, map.Target.Depth, parallel,
            () => (Scratch: new float[ScratchLength(map.W)], Rows: spreadFirst ? new RowPair(map.Target.Width) : null), (d, _, local) =>
        {
            var slice = result.AsSpan(d * plane, plane);
            if (local.Rows is null)
                LinearSlice(source, map.Source, map.D, d, map.H, map.W, outside, slice, local.Scratch);
            else
                UpsampledSlice(source, map, d, outside, slice, local.Scratch, local.Rows);
            return local;
        }, _ => { });
        return result;
    }

    internal static byte[] Nearest(byte[] source, SeparableMap map, byte outside, ParallelOptions parallel)
    {
        var (sh, sw) = (map.Source.Height, map.Source.Width);
        var (th, tw) = (map.Target.Height, map.Target.Width);
        var (start, end) = map.W.Inside;
        var result = GC.AllocateUninitializedArray<byte>(map.Target.CheckedLength());
        Parallel.For(0, map.Target.Depth, parallel, d =>
        {
            var slice = result.AsSpan(d * th * tw, th * tw);
            if (!map.D.Contains(d))
            {
                slice.Fill(outside);
                return;
            }

            for (int h = 0; h < th; h++)
            {
                var row = slice.Slice(h * tw, tw);
                if (!map.H.Contains(h))
                {
                    row.Fill(outside);
                    continue;
                }

                var line = source.AsSpan(((map.D.Nearest[d] * sh) + map.H.Nearest[h]) * sw, sw);
                row[..start].Fill(outside);
                row[end..].Fill(outside);
                var nearest = map.W.Nearest;
                for (int w = start; w < end; w++)
                    row[w] = line[nearest[w]];
            }
        });
        return result;
    }

    /// <summary>The floats of scratch that <see cref="LinearSlice"/> needs.</summary>
    internal static int ScratchLength(AxisTable w) => w.Reads.Last - w.Reads.First + 2;

    /// <summary>
    /// Writes target slice <paramref name="index"/>, [H, W] of the target: linear between the voxels that the tables name,
    /// <paramref name="outside"/> elsewhere.
    /// </summary>
    internal static void LinearSlice(
        ReadOnlySpan<float> source, VolumeShape shape, AxisTable d, int index, AxisTable h, AxisTable w, float outside, Span<float> slice,
        Span<float> scratch)
    {
        int plane = shape.Height * shape.Width, columns = w.Low.Length;
        if (!d.Contains(index))
        {
            slice.Fill(outside);
            return;
        }

        var (first, last) = w.Reads;
        int length = last - first + 1;
        var line = scratch[..(length + 1)];
        line[length] = 0;
        var low = source.Slice(d.Low[index] * plane, plane);
        var high = source.Slice(d.High[index] * plane, plane);
        float fd = d.Weight[index];
        for (int r = 0; r < h.Low.Length; r++)
        {
            var row = slice.Slice(r * columns, columns);
            if (!h.Contains(r))
            {
                row.Fill(outside);
                continue;
            }

            float fh = h.Weight[r];
            int h0 = (h.Low[r] * shape.Width) + first, h1 = (h.High[r] * shape.Width) + first;
            Blend(low.Slice(h0, length), low.Slice(h1, length), high.Slice(h0, length), high.Slice(h1, length), fh, fd, line);
            Spread(line, w, row, outside);
        }
    }

    private static void UpsampledSlice(
        ReadOnlySpan<float> source, SeparableMap map, int index, float outside, Span<float> slice, Span<float> scratch, RowPair rows)
    {
        if (!map.D.Contains(index))
        {
            slice.Fill(outside);
            return;
        }

        int plane = map.Source.Height * map.Source.Width, columns = map.Target.Width;
        var low = source.Slice(map.D.Low[index] * plane, plane);
        var high = source.Slice(map.D.High[index] * plane, plane);
        rows.Forget();
        for (int r = 0; r < map.Target.Height; r++)
        {
            var row = slice.Slice(r * columns, columns);
            if (!map.H.Contains(r))
            {
                row.Fill(outside);
                continue;
            }

            var a = SpreadRow(low, high, map, index, map.H.Low[r], outside, scratch, rows);
            var b = SpreadRow(low, high, map, index, map.H.High[r], outside, scratch, rows);
            Blend(a, b, map.H.Weight[r], row);
        }
    }

    // Row h of the source at the target's depth and columns, made once for all the target's rows that read it.
    private static float[] SpreadRow(
        ReadOnlySpan<float> low, ReadOnlySpan<float> high, SeparableMap map, int index, int h, float outside, Span<float> scratch,
        RowPair rows)
    {
        var (row, isFresh) = rows.Take(h);
        if (!isFresh)
            return row;
        var (first, last) = map.W.Reads;
        int length = last - first + 1, start = (h * map.Source.Width) + first;
        scratch[length] = 0;
        Blend(low.Slice(start, length), high.Slice(start, length), map.D.Weight[index], scratch[..length]);
        Spread(scratch, map.W, row, outside);
        return row;
    }

    // line = the blend of four rows: a, b by fh in the lower slice, c, d by fh in the upper one, and both by fd.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Blend(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, ReadOnlySpan<float> d, float fh, float fd, Span<float> line)
    {
        ref float ra = ref MemoryMarshal.GetReference(a), rb = ref MemoryMarshal.GetReference(b);
        ref float rc = ref MemoryMarshal.GetReference(c), rd = ref MemoryMarshal.GetReference(d);
        ref float target = ref MemoryMarshal.GetReference(line);
        Vector512<float> vh = Vector512.Create(fh), vd = Vector512.Create(fd);
        int i = 0;
        for (; i + Vector512<float>.Count <= a.Length; i += Vector512<float>.Count)
        {
            nuint at = (nuint)i;
            var x = Vector512.LoadUnsafe(ref ra, at);
            var y = Vector512.LoadUnsafe(ref rc, at);
            x += vh * (Vector512.LoadUnsafe(ref rb, at) - x);
            y += vh * (Vector512.LoadUnsafe(ref rd, at) - y);
            (x + (vd * (y - x))).StoreUnsafe(ref target, at);
        }

        for (; i < a.Length; i++)
        {
            float x = a[i] + (fh * (b[i] - a[i])), y = c[i] + (fh * (d[i] - c[i]));
            line[i] = x + (fd * (y - x));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Blend(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float weight, Span<float> result)
    {
        ref float ra = ref MemoryMarshal.GetReference(a), rb = ref MemoryMarshal.GetReference(b);
        ref float target = ref MemoryMarshal.GetReference(result);
        var vw = Vector512.Create(weight);
        int i = 0;
        for (; i + Vector512<float>.Count <= result.Length; i += Vector512<float>.Count)
        {
            nuint at = (nuint)i;
            var x = Vector512.LoadUnsafe(ref ra, at);
            (x + (vw * (Vector512.LoadUnsafe(ref rb, at) - x))).StoreUnsafe(ref target, at);
        }

        for (; i < result.Length; i++)
            result[i] = a[i] + (weight * (b[i] - a[i]));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Spread(ReadOnlySpan<float> line, AxisTable table, Span<float> row, float outside)
    {
        var (start, end) = table.Inside;
        row[..start].Fill(outside);
        row[end..].Fill(outside);
        int first = table.Reads.First;
        ref float values = ref MemoryMarshal.GetReference(line);
        var lows = table.Low.AsSpan(0, row.Length);
        var weights = table.Weight.AsSpan(0, row.Length);
        for (int w = start; w < end; w++)
        {
            // Low lies within the line, whose one spare element (weight 0) makes the read after it safe.
            nint at = lows[w] - first;
            float low = Unsafe.Add(ref values, at);
            row[w] = low + (weights[w] * (Unsafe.Add(ref values, at + 1) - low));
        }
    }

    /// <summary>Two neighbouring rows of the source, spread over the target's columns.</summary>
    private sealed class RowPair(int columns)
    {
        private readonly float[][] _rows = [new float[columns], new float[columns]];
        private readonly int[] _holds = [-1, -1];

        internal void Forget() => _holds.AsSpan().Fill(-1);

        /// <summary>The buffer for source row h, fresh if it does not hold it yet. Neighbours never share a buffer.</summary>
        internal (float[] Row, bool IsFresh) Take(int h)
        {
            bool isFresh = _holds[h & 1] != h;
            _holds[h & 1] = h;
            return (_rows[h & 1], isFresh);
        }
    }
}
