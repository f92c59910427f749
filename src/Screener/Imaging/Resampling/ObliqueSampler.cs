namespace Screener.Imaging.Resampling;

/// <summary>Samples voxel by voxel, for grids that are tilted against each other.</summary>
internal static class ObliqueSampler
{
    internal static float[] Linear(float[] source, VolumeShape from, VolumeShape to, Affine map, float outside, ParallelOptions parallel)
    {
        var result = GC.AllocateUninitializedArray<float>(to.CheckedLength());
        Parallel.For(0, to.Depth, parallel, d =>
        {
            for (int h = 0; h < to.Height; h++)
            {
                var row = result.AsSpan(to.Index(d, h, 0), to.Width);
                for (int w = 0; w < row.Length; w++)
                    row[w] = Interpolate(source, from, map.ToWorld(d, h, w), outside);
            }
        });
        return result;
    }

    internal static byte[] Nearest(byte[] source, VolumeShape from, VolumeShape to, Affine map, byte outside, ParallelOptions parallel)
    {
        var result = GC.AllocateUninitializedArray<byte>(to.CheckedLength());
        Parallel.For(0, to.Depth, parallel, d =>
        {
            for (int h = 0; h < to.Height; h++)
            {
                var row = result.AsSpan(to.Index(d, h, 0), to.Width);
                for (int w = 0; w < row.Length; w++)
                {
                    var (x, y, z) = map.ToWorld(d, h, w);
                    row[w] = IsInside(from, x, y, z)
                        ? source[from.Index(Round(z, from.Depth), Round(y, from.Height), Round(x, from.Width))]
                        : outside;
                }
            }
        });
        return result;
    }

    private static bool IsInside(VolumeShape shape, double x, double y, double z) =>
        AxisTable.IsInside(x, shape.Width) && AxisTable.IsInside(y, shape.Height) && AxisTable.IsInside(z, shape.Depth);

    private static int Round(double position, int length) => (int)(Math.Clamp(position, 0, length - 1) + 0.5);

    private static float Interpolate(float[] source, VolumeShape shape, (double X, double Y, double Z) position, float outside)
    {
        var (x, y, z) = position;
        if (!IsInside(shape, x, y, z))
            return outside;
        x = Math.Clamp(x, 0, shape.Width - 1);
        y = Math.Clamp(y, 0, shape.Height - 1);
        z = Math.Clamp(z, 0, shape.Depth - 1);
        int w = (int)x, h = (int)y, d = (int)z;
        float fw = (float)(x - w), fh = (float)(y - h), fd = (float)(z - d);
        int right = fw > 0 ? 1 : 0, front = fh > 0 ? shape.Width : 0, up = fd > 0 ? shape.Width * shape.Height : 0;
        int i = shape.Index(d, h, w);
        float Row(int at) => source[at] + (fw * (source[at + right] - source[at]));
        float low = Row(i) + (fh * (Row(i + front) - Row(i)));
        float high = Row(i + up) + (fh * (Row(i + up + front) - Row(i + up)));
        return low + (fd * (high - low));
    }
}
