namespace Screener.Imaging.Resampling;

/// <summary>Samples axis by axis, slice after slice of the target.</summary>
internal static class SeparableSampler
{
    internal static float[] Linear(float[] source, SeparableMap map, float outside, ParallelOptions parallel)
    {
        var (sh, sw) = (map.Source.Height, map.Source.Width);
        var (th, tw) = (map.Target.Height, map.Target.Width);
        var result = GC.AllocateUninitializedArray<float>(map.Target.CheckedLength());
        Parallel.For(0, map.Target.Depth, parallel, () => new float[sw], (d, _, blend) =>
        {
            var slice = result.AsSpan(d * th * tw, th * tw);
            if (d < map.D.Inside.Start || d >= map.D.Inside.End)
            {
                slice.Fill(outside);
                return blend;
            }

            float fd = map.D.Weight[d];
            var low = source.AsSpan(map.D.Low[d] * sh * sw, sh * sw);
            var high = source.AsSpan(map.D.High[d] * sh * sw, sh * sw);
            for (int h = 0; h < th; h++)
            {
                var row = slice.Slice(h * tw, tw);
                if (h < map.H.Inside.Start || h >= map.H.Inside.End)
                {
                    row.Fill(outside);
                    continue;
                }

                float fh = map.H.Weight[h];
                int h0 = map.H.Low[h] * sw, h1 = map.H.High[h] * sw;
                for (int w = 0; w < sw; w++)
                {
                    float a = low[h0 + w] + (fh * (low[h1 + w] - low[h0 + w]));
                    float b = high[h0 + w] + (fh * (high[h1 + w] - high[h0 + w]));
                    blend[w] = a + (fd * (b - a));
                }

                Spread(blend, map.W, row, outside);
            }

            return blend;
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
            if (d < map.D.Inside.Start || d >= map.D.Inside.End)
            {
                slice.Fill(outside);
                return;
            }

            for (int h = 0; h < th; h++)
            {
                var row = slice.Slice(h * tw, tw);
                if (h < map.H.Inside.Start || h >= map.H.Inside.End)
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

    private static void Spread(ReadOnlySpan<float> line, AxisTable table, Span<float> row, float outside)
    {
        var (start, end) = table.Inside;
        row[..start].Fill(outside);
        row[end..].Fill(outside);
        for (int w = start; w < end; w++)
        {
            float low = line[table.Low[w]];
            row[w] = low + (table.Weight[w] * (line[table.High[w]] - low));
        }
    }
}
