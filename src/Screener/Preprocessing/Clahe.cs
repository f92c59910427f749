using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Screener.Errors;
using Screener.Imaging;
using Screener.Runtime;

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
    /// <param name="intensities">[D, H, W], 0 to 1 (values outside are clipped, NaN is 0); the result is in [0, 1] and reaches both ends
    /// unless it is constant.</param>
    /// <param name="shape">Voxels along [D, H, W].</param>
    /// <param name="options">Clip limit, bins, regions.</param>
    /// <param name="threads">Processor threads to use; 0 means one per processor. The result does not depend on it.</param>
    /// <param name="cancellation">Stops the work; the intensities are then partly changed.</param>
    /// <exception cref="OptionException">An option is outside its range, or the intensities do not fit the shape.</exception>
    public static void Equalise(
        float[] intensities, VolumeShape shape, ClaheOptions options, int threads, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(intensities);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        OptionException.ThrowIfOutside(nameof(threads), threads, 0, 1024);
        if (intensities.Length != shape.CheckedLength())
            throw new OptionException(
                nameof(intensities), $"{intensities.Length} voxels", $"{shape.VoxelCount} voxels for shape {shape}",
                "Pass the shape of the volume.");

        var parallel = ThreadCounts.Parallel(threads, cancellation);
        var regions = new ClaheRegions(shape, options.RegionsPerAxis);
        byte[] bins = ToBins(intensities, shape, options.Bins, parallel);
        float[] maps = regions.Maps(bins, options, GrayLevels - 1, parallel);
        var (low, high) = Interpolate(bins, maps, regions, intensities, parallel);
        Stretch(intensities, shape, low, high, parallel);
    }

    private static byte[] ToBins(float[] intensities, VolumeShape shape, int binCount, ParallelOptions parallel)
    {
        int plane = shape.Height * shape.Width;
        float lowest = float.PositiveInfinity, highest = float.NegativeInfinity;
        object gate = new();
        Parallel.For(0, shape.Depth, parallel, d =>
        {
            float low = float.PositiveInfinity, high = float.NegativeInfinity;
            VectorPass.ForEach(intensities.AsSpan(d * plane, plane), new Quantise(), ref low, ref high);
            lock (gate)
            {
                lowest = Math.Min(lowest, low);
                highest = Math.Max(highest, high);
            }
        });

        // Step (of 65,536) -> gray level (of 16,384) -> bin.
        int binSize = 1 + (GrayLevels / binCount);
        var binOf = new byte[Steps + 1];
        for (int step = (int)lowest; step <= highest; step++)
        {
            float gray = lowest == highest
                ? Math.Min(step, GrayLevels - 1)
                : MathF.Round((step - lowest) / (highest - lowest) * (GrayLevels - 1));
            binOf[step] = (byte)((int)gray / binSize);
        }

        var bins = GC.AllocateUninitializedArray<byte>(intensities.Length);
        Parallel.For(0, shape.Depth, parallel, d => Translate(intensities.AsSpan(d * plane, plane), binOf, bins.AsSpan(d * plane, plane)));
        return bins;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Translate(ReadOnlySpan<float> steps, byte[] binOf, Span<byte> bins)
    {
        // Quantise leaves whole numbers from 0 to 65,535, the table's range.
        ref byte table = ref MemoryMarshal.GetArrayDataReference(binOf);
        for (int i = 0; i < bins.Length; i++)
            bins[i] = Unsafe.Add(ref table, (nint)steps[i]);
    }

    private static (float Low, float High) Interpolate(
        byte[] bins, float[] maps, ClaheRegions regions, float[] output, ParallelOptions parallel)
    {
        var shape = regions.Shape;
        float lowest = float.PositiveInfinity, highest = float.NegativeInfinity;
        object gate = new();
        int mapRow = regions.W.Count * ClaheRegions.MapLength, mapPlane = regions.H.Count * mapRow;
        Parallel.For(0, shape.Depth, parallel, () => (Slice: new float[mapPlane], Row: new float[mapRow]), (d, _, scratch) =>
        {
            // First the maps of this slice, then of this row; then two look-ups a voxel remain.
            var (near, far, toFar) = regions.D.Neighbours(d);
            Blend(maps.AsSpan(near * mapPlane, mapPlane), maps.AsSpan(far * mapPlane, mapPlane), toFar, scratch.Slice);
            float low = float.PositiveInfinity, high = float.NegativeInfinity;
            for (int h = 0; h < shape.Height; h++)
            {
                var (lower, upper, toUpper) = regions.H.Neighbours(h);
                Blend(scratch.Slice.AsSpan(lower * mapRow, mapRow), scratch.Slice.AsSpan(upper * mapRow, mapRow), toUpper, scratch.Row);
                var row = output.AsSpan(shape.Index(d, h, 0), shape.Width);
                LookUp(bins.AsSpan(shape.Index(d, h, 0), shape.Width), regions.W, scratch.Row, row);
                VectorPass.ForEach(row, new RoundDown(), ref low, ref high);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Blend(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float toB, Span<float> result)
    {
        // A map has 256 entries: no remainder is left over.
        ref float ra = ref MemoryMarshal.GetReference(a), rb = ref MemoryMarshal.GetReference(b), target = ref MemoryMarshal.GetReference(
            result);
        var weight = Vector512.Create(toB);
        for (nuint i = 0; i < (nuint)result.Length; i += (nuint)Vector512<float>.Count)
        {
            var x = Vector512.LoadUnsafe(ref ra, i);
            (x + (weight * (Vector512.LoadUnsafe(ref rb, i) - x))).StoreUnsafe(ref target, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LookUp(ReadOnlySpan<byte> bins, ClaheAxis axis, ReadOnlySpan<float> maps, Span<float> output)
    {
        for (int from = 0; from < bins.Length;)
        {
            int pair = axis.Pair[from], to = Math.Min(bins.Length, ((pair + 1) * axis.Region) - (axis.Region / 2));
            ref float left = ref MemoryMarshal.GetReference(
                maps.Slice(Math.Max(0, pair - 1) * ClaheRegions.MapLength, ClaheRegions.MapLength));
            ref float right = ref MemoryMarshal.GetReference(
                maps.Slice(Math.Min(axis.Count - 1, pair) * ClaheRegions.MapLength, ClaheRegions.MapLength));
            var weights = axis.Weight.AsSpan(from, to - from);
            var run = bins[from..to];
            var target = output[from..to];
            for (int i = 0; i < run.Length; i++)
            {
                // A byte cannot reach beyond a map's 256 entries.
                float value = Unsafe.Add(ref left, (nint)run[i]);
                target[i] = value + (weights[i] * (Unsafe.Add(ref right, (nint)run[i]) - value));
            }

            from = to;
        }
    }

    private static void Stretch(float[] values, VolumeShape shape, float low, float high, ParallelOptions parallel)
    {
        int plane = shape.Height * shape.Width;
        Parallel.For(0, shape.Depth, parallel, d =>
        {
            float ignoredLow = 0, ignoredHigh = 0;
            VectorPass.ForEach(values.AsSpan(d * plane, plane), new ToUnit(low, high - low), ref ignoredLow, ref ignoredHigh);
        });
    }

    // Intensity to one of 65,536 steps; NaN and what is below 0 to step 0.
    private readonly struct Quantise : IVectorOperation
    {
        public Vector512<float> Apply(Vector512<float> x)
        {
            x = Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), x, Vector512<float>.Zero);
            return Vector512.Round(Vector512.Min(x, Vector512<float>.One) * Steps);
        }
    }

    private readonly struct RoundDown : IVectorOperation
    {
        public Vector512<float> Apply(Vector512<float> x) => Vector512.Truncate(x);
    }

    private readonly struct ToUnit(float low, float range) : IVectorOperation
    {
        public Vector512<float> Apply(Vector512<float> x) => range > 0
            ? (x - Vector512.Create(low)) / range
            : Vector512.Min(Vector512.Max(x, Vector512<float>.Zero), Vector512<float>.One);
    }
}
