using System.Numerics;
using Screener.Imaging;

namespace Screener.HuBaselines;

/// <summary>
/// Gaussian smoothing of a CT, or a map, inside the body, slice by slice: each voxel is the weighted mean of the body voxels around it,
/// so that skin is not mixed with the air outside.
/// </summary>
/// <remarks>Kernel cut off at three standard deviations. Memory: 2 x (kernel length + 2) slices per thread.</remarks>
internal static class BodySmoothing
{
    /// <summary>Smooths and hands out slice after slice of the body's box.</summary>
    /// <param name="volume">The CT, HU, or a map.</param>
    /// <param name="body">The body on the same grid; null: all of it.</param>
    /// <param name="box">The body's box.</param>
    /// <param name="sigmaMm">Standard deviation, in mm.</param>
    /// <param name="threads">Slabs of slices that are worked on at the same time.</param>
    /// <param name="use">Takes the slab's number (0 .. threads - 1), the slice's number in the box and its smoothed values [H, W] of the
    /// box; those outside the body mean nothing.</param>
    /// <param name="cancellation">Stops the work.</param>
    internal static void ForEachSlice(
        Volume<float> volume, BodyMask? body, BodyBox box, double sigmaMm, int threads, Action<int, int, float[]> use,
        CancellationToken cancellation)
    {
        int depth = box.Shape.Depth;
        var spacing = volume.Spacing;
        float[] kernelD = Kernel(sigmaMm / spacing.Depth), kernelH = Kernel(sigmaMm / spacing.Height), kernelW = Kernel(
            sigmaMm / spacing.Width);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(0, threads, parallel, slab =>
        {
            int first = (int)((long)depth * slab / threads), end = (int)((long)depth * (slab + 1) / threads);
            if (first == end)
                return;
            var smoother = new Slab(volume, body, box, kernelD, kernelH, kernelW);
            for (int d = first; d < end; d++)
            {
                cancellation.ThrowIfCancellationRequested();
                use(slab, d, smoother.Slice(d));
            }
        });
    }

    /// <summary>Weights at distance 0, 1, ...; their scale does not matter, because the sum is divided by the sum over the mask.</summary>
    private static float[] Kernel(double sigma)
    {
        var kernel = new float[(int)Math.Ceiling(3 * sigma) + 1];
        for (int i = 0; i < kernel.Length; i++)
            kernel[i] = i == 0 ? 1 : (float)Math.Exp(-0.5 * i * i / (sigma * sigma));
        return kernel;
    }

    private sealed class Slab(Volume<float> volume, BodyMask? body, BodyBox box, float[] kernelD, float[] kernelH, float[] kernelW)
    {
        private readonly int _height = box.Shape.Height, _width = box.Shape.Width;
        private readonly float[][] _values = Planes(kernelD, box), _mask = Planes(body is null ? [1] : kernelD, box);
        private readonly float[] _rows = new float[box.Shape.Height * box.Shape.Width];
        private readonly float[] _padded = new float[box.Shape.Width + (2 * kernelW.Length)];
        private readonly float[] _valueSum = new float[box.Shape.Height * box.Shape.Width];
        private readonly float[] _maskSum = new float[box.Shape.Height * box.Shape.Width];
        private int _next = int.MinValue;

        internal float[] Slice(int d)
        {
            int radius = kernelD.Length - 1;
            for (_next = Math.Max(_next, Math.Max(0, d - radius)); _next <= Math.Min(box.Shape.Depth - 1, d + radius); _next++)
                Load(_next);
            Array.Clear(_valueSum);
            Array.Clear(_maskSum);
            float along = 0;
            for (int k = Math.Max(-radius, -d); k <= Math.Min(radius, box.Shape.Depth - 1 - d); k++)
            {
                int slot = (d + k) % _values.Length;
                AddScaled(_values[slot], kernelD[Math.Abs(k)], _valueSum);
                along += kernelD[Math.Abs(k)];
                if (body is not null)
                    AddScaled(_mask[slot], kernelD[Math.Abs(k)], _maskSum);
            }

            if (body is null)
                AddScaled(_mask[0], along, _maskSum);

            for (int i = 0; i < _valueSum.Length; i++)
                _valueSum[i] /= _maskSum[i];
            return _valueSum;
        }

        private static float[][] Planes(float[] kernel, BodyBox box)
        {
            var planes = new float[(2 * kernel.Length) - 1][];
            for (int i = 0; i < planes.Length; i++)
                planes[i] = new float[box.Shape.Height * box.Shape.Width];
            return planes;
        }

        private void Load(int d)
        {
            Smooth(d, _values[d % _values.Length], ones: false);
            if (body is not null || _mask[0][0] == 0) // Without a body one plane of weights serves all.
                Smooth(d, _mask[d % _mask.Length], ones: true);
        }

        private void Smooth(int d, float[] plane, bool ones)
        {
            for (int h = 0; h < _height; h++)
            {
                int start = volume.Shape.Index(box.D + d, box.H + h, box.W);
                for (int w = 0; w < _width; w++)
                    _padded[kernelW.Length + w] = body?.Voxels[start + w] == 0 ? 0 : ones ? 1 : volume.Voxels[start + w];
                SmoothRow(h);
            }

            SmoothColumns(plane);
        }

        private void SmoothRow(int h)
        {
            var row = _rows.AsSpan(h * _width, _width);
            row.Clear();
            for (int k = 1 - kernelW.Length; k < kernelW.Length; k++)
                AddScaled(_padded.AsSpan(kernelW.Length + k, _width), kernelW[Math.Abs(k)], row);
        }

        private void SmoothColumns(float[] plane)
        {
            Array.Clear(plane);
            for (int h = 0; h < _height; h++)
            {
                var row = plane.AsSpan(h * _width, _width);
                for (int k = Math.Max(1 - kernelH.Length, -h); k <= Math.Min(kernelH.Length - 1, _height - 1 - h); k++)
                    AddScaled(_rows.AsSpan((h + k) * _width, _width), kernelH[Math.Abs(k)], row);
            }
        }

        private static void AddScaled(ReadOnlySpan<float> source, float scale, Span<float> sum)
        {
            int i = 0;
            for (; i <= sum.Length - Vector<float>.Count; i += Vector<float>.Count)
                ((new Vector<float>(source[i..]) * scale) + new Vector<float>(sum[i..])).CopyTo(sum[i..]);
            for (; i < sum.Length; i++)
                sum[i] += source[i] * scale;
        }
    }
}
