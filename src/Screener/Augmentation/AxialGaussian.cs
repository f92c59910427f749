using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Screener.Imaging;

namespace Screener.Augmentation;

/// <summary>
/// Gaussian blur in the axial plane (along H and W): kernel cut off at four standard deviations, edges mirrored (d c b a | a b c d | d c b
/// a), as in scipy's <c>gaussian_filter</c>.
/// </summary>
internal static class AxialGaussian
{
    /// <summary>Blurs in place.</summary>
    /// <param name="patch">[D, H, W].</param>
    /// <param name="shape">Voxels along [D, H, W].</param>
    /// <param name="spacing">Voxel spacing, mm.</param>
    /// <param name="sigmaMm">Standard deviation, mm.</param>
    internal static void Blur(Span<float> patch, VolumeShape shape, Spacing spacing, double sigmaMm)
    {
        float[] kernelH = Kernel(sigmaMm / spacing.Height), kernelW = Kernel(sigmaMm / spacing.Width);
        int plane = shape.Height * shape.Width, radius = kernelW.Length - 1;
        float[] buffer = ArrayPool<float>.Shared.Rent(plane + shape.Width + (2 * radius));
        try
        {
            for (int d = 0; d < shape.Depth; d++)
            {
                var slice = patch.Slice(d * plane, plane);
                if (kernelH.Length > 1)
                {
                    var copy = buffer.AsSpan(0, plane);
                    slice.CopyTo(copy);
                    AlongHeight(copy, slice, shape, kernelH);
                }

                if (radius > 0)
                    AlongWidth(slice, shape, kernelW, buffer.AsSpan(plane, shape.Width + (2 * radius)));
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    // Element k weighs the neighbours at distance k on either side.
    private static float[] Kernel(double sigma)
    {
        int radius = (int)((4 * sigma) + 0.5);
        var half = new double[radius + 1];
        double sum = half[0] = 1;
        for (int k = 1; k <= radius; k++)
        {
            half[k] = Math.Exp(-0.5 * k * k / (sigma * sigma));
            sum += 2 * half[k];
        }

        return Array.ConvertAll(half, x => (float)(x / sum));
    }

    private static int Mirror(int index, int size)
    {
        int period = 2 * size;
        index = ((index % period) + period) % period;
        return index < size ? index : period - 1 - index;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AlongHeight(ReadOnlySpan<float> source, Span<float> target, VolumeShape shape, ReadOnlySpan<float> kernel)
    {
        int width = shape.Width;
        for (int h = 0; h < shape.Height; h++)
        {
            var row = target.Slice(h * width, width);
            Scale(source.Slice(h * width, width), kernel[0], row);
            for (int k = 1; k < kernel.Length; k++)
                AddPair(source.Slice(Mirror(h - k, shape.Height) * width, width), source.Slice(Mirror(h + k, shape.Height) * width, width),
                    kernel[k], row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AlongWidth(Span<float> slice, VolumeShape shape, ReadOnlySpan<float> kernel, Span<float> padded)
    {
        int width = shape.Width, radius = kernel.Length - 1;
        for (int h = 0; h < shape.Height; h++)
        {
            var row = slice.Slice(h * width, width);
            row.CopyTo(padded[radius..]);
            for (int k = 1; k <= radius; k++)
            {
                padded[radius - k] = row[Mirror(-k, width)];
                padded[radius + width - 1 + k] = row[Mirror(width - 1 + k, width)];
            }

            Scale(padded.Slice(radius, width), kernel[0], row);
            for (int k = 1; k <= radius; k++)
                AddPair(padded.Slice(radius - k, width), padded.Slice(radius + k, width), kernel[k], row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(ReadOnlySpan<float> source, float weight, Span<float> target)
    {
        for (int i = 0; i < target.Length; i++)
            target[i] = source[i] * weight;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddPair(ReadOnlySpan<float> left, ReadOnlySpan<float> right, float weight, Span<float> target)
    {
        ref float a = ref MemoryMarshal.GetReference(left), b = ref MemoryMarshal.GetReference(right), t = ref MemoryMarshal.GetReference(
            target);
        int i = 0;
        for (; i + Vector256<float>.Count <= target.Length; i += Vector256<float>.Count)
        {
            nuint at = (nuint)i;
            ((Vector256.LoadUnsafe(ref a, at) + Vector256.LoadUnsafe(ref b, at)) * weight + Vector256.LoadUnsafe(ref t, at)).StoreUnsafe(
                ref t, at);
        }

        for (; i < target.Length; i++)
            target[i] += (left[i] + right[i]) * weight;
    }
}
