using Screener.Imaging;
using Screener.Preprocessing;

namespace Screener.Baselines;

/// <summary>What is done to maps of residuals (Baur 2021): a median filter, and nothing at the patient's rim.</summary>
internal static class ResidualFilter
{
    /// <summary>The median of a cube about each voxel of the body, of those voxels in it that have a score.</summary>
    internal static void Median(float[] scores, BodyMask body, int edge, int threads, CancellationToken cancellation)
    {
        if (edge == 1)
            return;
        var shape = body.Grid.Shape;
        float[] source = [.. scores];
        int reach = edge / 2;
        Parallel.For(0, shape.Depth, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, d =>
        {
            var cube = new float[edge * edge * edge];
            for (int h = 0; h < shape.Height; h++)
            {
                for (int w = 0; w < shape.Width; w++)
                {
                    int at = shape.Index(d, h, w), count = 0;
                    if (body.Voxels[at] == 0 || float.IsNaN(source[at]))
                        continue;
                    for (int z = Math.Max(0, d - reach); z <= Math.Min(shape.Depth - 1, d + reach); z++)
                    {
                        for (int y = Math.Max(0, h - reach); y <= Math.Min(shape.Height - 1, h + reach); y++)
                        {
                            for (int x = Math.Max(0, w - reach); x <= Math.Min(shape.Width - 1, w + reach); x++)
                            {
                                float value = source[shape.Index(z, y, x)];
                                if (!float.IsNaN(value))
                                    cube[count++] = value;
                            }
                        }
                    }

                    Array.Sort(cube, 0, count);
                    scores[at] = count % 2 == 1 ? cube[count / 2] : (cube[(count / 2) - 1] + cube[count / 2]) / 2;
                }
            }
        });
    }

    /// <summary>The least score of the body wherever its surface is nearer than a box of that radius.</summary>
    internal static void LeastAtTheRim(float[] scores, BodyMask body, double mm, int threads, CancellationToken cancellation)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        var (shape, spacing) = (body.Grid.Shape, body.Spacing);
        var inner = BitVolume.AtLeast(Array.ConvertAll(body.Voxels, v => (float)v), shape, 1, parallel);
        inner.Erode(Radius(spacing.Depth), Radius(spacing.Height), Radius(spacing.Width), parallel);
        byte[] kept = inner.ToBytes(parallel);
        float least = float.PositiveInfinity;
        for (int i = 0; i < scores.Length; i++)
        {
            if (body.Voxels[i] != 0 && scores[i] < least)
                least = scores[i];
        }

        for (int i = 0; i < scores.Length; i++)
        {
            if (kept[i] == 0 && !float.IsNaN(scores[i]) && float.IsFinite(least))
                scores[i] = least;
        }

        int Radius(double step) => (int)Math.Round(mm / step);
    }
}
