using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Screener.Errors;
using Screener.Imaging;

namespace Screener.Preprocessing;

/// <summary>
/// Contrast-limited adaptive histogram equalisation of a volume (Zuiderveld, Graphics Gems IV, 1994), as scikit-image 0.19's
/// <c>equalize_adapthist</c> defines it for a three-dimensional array [D, H, W].
/// </summary>
/// <remarks>
/// <para>Intensities become 16,384 gray levels between the volume's smallest and largest, and those become bins. The volume,
/// mirrored at its far edges, is cut into contextual regions; each region's histogram is clipped, what was clipped is spread
/// over the other bins, and its running sum maps bins to gray levels. A voxel takes the trilinear mean of the maps of the
/// eight regions whose centres surround it. The result is stretched to [0, 1].</para>
/// <para>A volume whose last axis has 3 or 4 voxels is treated as any other, where scikit-image takes it for colours.</para>
/// </remarks>
public static class Clahe
{
    private const int GrayLevels = 1 << 14;
    private const int Steps = ushort.MaxValue;

    /// <summary>Equalises in place.</summary>
    /// <param name="intensities">[D, H, W], 0 to 1 (values outside are clipped, NaN is 0); the result is in [0, 1] and reaches both ends unless it is constant.</param>
    /// <param name="shape">Voxels along [D, H, W].</param>
    /// <param name="options">Clip limit, bins, regions.</param>
    /// <param name="threads">Processor threads to use; 0 means one per processor. The result does not depend on it.</param>
    /// <param name="cancellation">Stops the work; the intensities are then partly changed.</param>
    /// <exception cref="OptionException">An option is outside its range, or the intensities do not fit the shape.</exception>
    public static void Equalise(float[] intensities, VolumeShape shape, ClaheOptions options, int threads, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(intensities);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        OptionException.ThrowIfOutside(nameof(threads), threads, 0, 1024);
        if (intensities.Length != shape.CheckedLength())
            throw new OptionException(nameof(intensities), $"{intensities.Length} voxels", $"{shape.VoxelCount} voxels for shape {shape}", "Pass the shape of the volume.");

        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads, CancellationToken = cancellation };
        var regions = new ClaheRegions(shape, options.RegionsPerAxis);
        byte[] bins = ToBins(intensities, shape, options.Bins, parallel);
        float[] maps = regions.Maps(bins, options, GrayLevels - 1, parallel);
        var (low, high) = Interpolate(bins, maps, regions, intensities, parallel);
        Stretch(intensities, shape, low, high, parallel);
    }

    private static byte[] ToBins(float[] intensities, VolumeShape shape, int binCount, ParallelOptions parallel)
    {
        int plane = shape.Height * shape.Width;
        ushort lowest = ushort.MaxValue, highest = 0;
        object gate = new();
        Parallel.For(0, shape.Depth, parallel, d =>
        {
            float low = 1, high = 0;
            foreach (float x in intensities.AsSpan(d * plane, plane))
            {
                float value = x > 0 ? x : 0;
                low = low < value ? low : value;
                high = high > value ? high : value;
            }

            lock (gate)
            {
                lowest = Math.Min(lowest, Quantise(low));
                highest = Math.Max(highest, Quantise(high));
            }
        });

        // Step (of 65,536) -> gray level (of 16,384) -> bin.
        int binSize = 1 + (GrayLevels / binCount);
        var binOf = new byte[Steps + 1];
        for (int step = lowest; step <= highest; step++)
        {
            float gray = lowest == highest
                ? Math.Min(step, GrayLevels - 1)
                : MathF.Round((float)(step - lowest) / (highest - lowest) * (GrayLevels - 1));
            binOf[step] = (byte)((int)gray / binSize);
        }

        var bins = GC.AllocateUninitializedArray<byte>(intensities.Length);
        Parallel.For(0, shape.Depth, parallel, d =>
        {
            var source = intensities.AsSpan(d * plane, plane);
            var target = bins.AsSpan(d * plane, plane);
            for (int i = 0; i < target.Length; i++)
                target[i] = binOf[Quantise(source[i])];
        });
        return bins;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort Quantise(float value)
    {
        float clipped = value > 0 ? value : 0;
        return (ushort)MathF.Round((clipped < 1 ? clipped : 1) * Steps);
    }

    private static (float Low, float High) Interpolate(byte[] bins, float[] maps, ClaheRegions regions, float[] output, ParallelOptions parallel)
    {
        var shape = regions.Shape;
        float lowest = float.PositiveInfinity, highest = float.NegativeInfinity;
        object gate = new();
        int mapRow = regions.W.Count * ClaheRegions.MapLength, mapPlane = regions.H.Count * mapRow;
        Parallel.For(0, shape.Depth, parallel, () => (Slice: new float[mapPlane], Row: new float[2 * (regions.W.Count + 1) * ClaheRegions.MapLength]), (d, _, scratch) =>
        {
            // First the maps of this slice, then of this row; then two look-ups a voxel remain.
            var (near, far, toFar) = regions.D.Neighbours(d);
            Blend(maps.AsSpan(near * mapPlane, mapPlane), maps.AsSpan(far * mapPlane, mapPlane), toFar, scratch.Slice);
            float low = float.PositiveInfinity, high = float.NegativeInfinity;
            for (int h = 0; h < shape.Height; h++)
            {
                var (lower, upper, toUpper) = regions.H.Neighbours(h);
                PairRow(scratch.Slice.AsSpan(lower * mapRow, mapRow), scratch.Slice.AsSpan(upper * mapRow, mapRow), toUpper, scratch.Row);
                int start = shape.Index(d, h, 0);
                LookUp(bins.AsSpan(start, shape.Width), regions.W, scratch.Row, output.AsSpan(start, shape.Width), ref low, ref high);
            }

            lock (gate)
            {
                lowest = Math.Min(lowest, low);
                highest = Math.Max(highest, high);
            }

            return scratch;
        }, _ => { });
        return (lowest, highest);
    }

    private static void Blend(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float toB, Span<float> result)
    {
        for (int i = 0; i < result.Length; i++)
            result[i] = a[i] + (toB * (b[i] - a[i]));
    }

    // For each pair of neighbouring regions along W: the map of the left one, and how far it is to the right one's, side by side.
    private static void PairRow(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float toB, Span<float> pairs)
    {
        const int Length = ClaheRegions.MapLength;
        int regions = a.Length / Length;
        for (int pair = 0; pair <= regions; pair++)
        {
            int left = Math.Max(0, pair - 1) * Length, right = Math.Min(regions - 1, pair) * Length;
            var target = pairs.Slice(pair * 2 * Length, 2 * Length);
            ReadOnlySpan<float> la = a.Slice(left, Length), lb = b.Slice(left, Length), ra = a.Slice(right, Length), rb = b.Slice(right, Length);
            for (int i = 0; i < Length; i++)
            {
                float l = la[i] + (toB * (lb[i] - la[i])), r = ra[i] + (toB * (rb[i] - ra[i]));
                target[2 * i] = l;
                target[(2 * i) + 1] = r - l;
            }
        }
    }

    private static void LookUp(ReadOnlySpan<byte> bins, ClaheAxis axis, ReadOnlySpan<float> pairs, Span<float> output, ref float low, ref float high)
    {
        ref float table = ref MemoryMarshal.GetReference(pairs);
        for (int w = 0; w < bins.Length; w++)
        {
            // The pair's number is below Count + 1 and a bin below MapLength, for which the table was made.
            nint at = ((nint)axis.Pair[w] * (2 * ClaheRegions.MapLength)) + (2 * bins[w]);
            float gray = MathF.Truncate(Unsafe.Add(ref table, at) + (axis.Weight[w] * Unsafe.Add(ref table, at + 1)));
            low = low < gray ? low : gray;
            high = high > gray ? high : gray;
            output[w] = gray;
        }
    }

    private static void Stretch(float[] values, VolumeShape shape, float low, float high, ParallelOptions parallel)
    {
        int plane = shape.Height * shape.Width;
        float range = high - low;
        Parallel.For(0, shape.Depth, parallel, d =>
        {
            foreach (ref float x in values.AsSpan(d * plane, plane))
                x = range > 0 ? (x - low) / range : Math.Clamp(x, 0, 1);
        });
    }
}
