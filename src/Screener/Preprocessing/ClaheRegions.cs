using System.Runtime.CompilerServices;
using Screener.Imaging;

namespace Screener.Preprocessing;

/// <summary>One axis cut into contextual regions of equal size; the last may reach beyond the axis.</summary>
internal sealed class ClaheAxis
{
    internal ClaheAxis(int size, int regionsPerAxis)
    {
        Size = size;
        Region = Math.Max(1, size / regionsPerAxis);
        Count = (size + Region - 1) / Region;
        Pair = new int[size];
        Weight = new float[size];
        for (int i = 0; i < size; i++)
        {
            // Half a region further on, so that pair p runs from the centre of region p - 1 to that of region p.
            int shifted = i + (Region / 2);
            Pair[i] = shifted / Region;
            Weight[i] = (float)(shifted % Region) / Region;
        }
    }

    /// <summary>Voxels of the axis.</summary>
    internal int Size { get; }

    /// <summary>Voxels of a region.</summary>
    internal int Region { get; }

    /// <summary>Regions.</summary>
    internal int Count { get; }

    /// <summary>
    /// For each voxel, the pair of regions whose centres surround it: pair p is regions p - 1 and p, pair 0 and pair Count the outermost
    /// region twice.
    /// </summary>
    internal int[] Pair { get; }

    /// <summary>For each voxel, the weight of the pair's second region.</summary>
    internal float[] Weight { get; }

    /// <summary>The two regions whose centres surround voxel <paramref name="i"/>, and the weight of the second.</summary>
    internal (int First, int Second, float Weight) Neighbours(int i) => (Math.Max(0, Pair[i] - 1), Math.Min(Count - 1, Pair[i]), Weight[i]);

    /// <summary>
    /// The voxel that stands for position <paramref name="i"/>: itself, or beyond the axis its mirror image (a b c | b a).
    /// </summary>
    internal int Mirror(int i)
    {
        if (Size == 1)
            return 0;
        int period = 2 * (Size - 1), at = i % period;
        return at < Size ? at : period - at;
    }
}

/// <summary>The contextual regions of a volume and their gray-level maps.</summary>
internal sealed class ClaheRegions(VolumeShape shape, int regionsPerAxis)
{
    /// <summary>Floats of one map: one per possible bin.</summary>
    internal const int MapLength = 256;

    internal VolumeShape Shape => shape;

    internal ClaheAxis D { get; } = new(shape.Depth, regionsPerAxis);

    internal ClaheAxis H { get; } = new(shape.Height, regionsPerAxis);

    internal ClaheAxis W { get; } = new(shape.Width, regionsPerAxis);

    /// <summary>The map of every region: [region D, region H, region W, bin] to gray level, 0 to <paramref name="maxGray"/>.</summary>
    internal float[] Maps(byte[] bins, ClaheOptions options, int maxGray, ParallelOptions parallel)
    {
        long voxels = (long)D.Region * H.Region * W.Region;
        long limit = options.ClipLimit > 0 ? Math.Max(1, (long)(options.ClipLimit * voxels)) : voxels;
        var maps = new float[D.Count * H.Count * W.Count * MapLength];
        Parallel.For(0, D.Count * H.Count, parallel, () => new int[W.Count * MapLength], (row, _, counts) =>
        {
            Array.Clear(counts);
            Count(bins, row / H.Count, row % H.Count, counts);
            for (int w = 0; w < W.Count; w++)
            {
                var histogram = counts.AsSpan(w * MapLength, options.Bins);
                ClaheHistogram.Clip(histogram, limit);
                ClaheHistogram.Accumulate(histogram, maxGray, voxels, maps.AsSpan(((row * W.Count) + w) * MapLength, MapLength));
            }

            return counts;
        }, _ => { });
        return maps;
    }

    // The histograms of all regions in one row of regions along W.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Count(byte[] bins, int regionD, int regionH, int[] counts)
    {
        for (int d = regionD * D.Region; d < (regionD + 1) * D.Region; d++)
        {
            for (int h = regionH * H.Region; h < (regionH + 1) * H.Region; h++)
            {
                var line = bins.AsSpan(shape.Index(D.Mirror(d), H.Mirror(h), 0), shape.Width);
                for (int region = 0; region < W.Count; region++)
                {
                    var histogram = counts.AsSpan(region * MapLength, MapLength);
                    int from = region * W.Region, to = from + W.Region;
                    foreach (byte bin in line[from..Math.Min(to, line.Length)])
                        histogram[bin]++;
                    for (int w = line.Length; w < to; w++)
                        histogram[line[W.Mirror(w)]]++;
                }
            }
        }
    }
}
