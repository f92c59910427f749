using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Screener.Imaging;
using Screener.Runtime;

namespace Screener.Preprocessing;

/// <summary>A box of voxels: its first voxel along each axis and its shape.</summary>
/// <param name="Depth">First voxel along D.</param>
/// <param name="Height">First voxel along H.</param>
/// <param name="Width">First voxel along W.</param>
/// <param name="Shape">Voxels along [D, H, W].</param>
public readonly record struct VoxelBox(int Depth, int Height, int Width, VolumeShape Shape);

/// <summary>
/// Finds the dense part of a CT volume: the bounding box of all blocks that are dense throughout (paper, appendix D; published code).
/// </summary>
/// <remarks>
/// A block counts by its least dense voxel, so that noise, sheets and table edges thinner than a block do not. Blocks start
/// at canonical voxel (0, 0, 0); those cut off by the far edge count too. A NaN counts as air.
/// </remarks>
public static class ForegroundCrop
{
    /// <summary>The box, in the volume's own voxels; the whole volume if no block is dense.</summary>
    /// <param name="volume">HU, in any orientation. The box does not depend on it.</param>
    /// <param name="thresholdHu">A block is foreground if all its voxels are above this, HU.</param>
    /// <param name="blockMm">Edge of a block, mm; rounded to whole voxels, at least one.</param>
    /// <param name="threads">Processor threads to use; 0 means one per processor.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static VoxelBox Find(CtVolume volume, float thresholdHu, double blockMm, int threads, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        var shape = volume.Shape;
        var canonical = Reorientation.From(volume.Grid.Affine);
        var blocksD = new Blocks(shape.Depth, blockMm / volume.Spacing.Depth, RunsBackwards(canonical, 0));
        var blocksH = new Blocks(shape.Height, blockMm / volume.Spacing.Height, RunsBackwards(canonical, 1));
        var blocksW = new Blocks(shape.Width, blockMm / volume.Spacing.Width, RunsBackwards(canonical, 2));
        var denseD = new bool[blocksD.Count];
        var denseH = new bool[blocksH.Count];
        var denseW = new bool[blocksW.Count];
        object gate = new();
        var parallel = ThreadCounts.Parallel(threads, cancellation);
        Parallel.For(0, blocksD.Count, parallel, bd =>
        {
            var lows = new float[shape.Width];
            bool any = false;
            var foundH = new bool[blocksH.Count];
            var foundW = new bool[blocksW.Count];
            for (int bh = 0; bh < blocksH.Count; bh++)
            {
                Lowest(volume.Voxels, shape, blocksD[bd], blocksH[bh], lows);
                for (int bw = 0; bw < blocksW.Count; bw++)
                {
                    if (AllAbove(lows.AsSpan(blocksW[bw]), thresholdHu))
                        any = foundH[bh] = foundW[bw] = true;
                }
            }

            if (!any)
                return;
            lock (gate)
            {
                denseD[bd] = true;
                Merge(foundH, denseH);
                Merge(foundW, denseW);
            }
        });

        if (!denseD.Contains(true))
            return new VoxelBox(0, 0, 0, shape);
        var (d0, d1) = blocksD.Span(denseD);
        var (h0, h1) = blocksH.Span(denseH);
        var (w0, w1) = blocksW.Span(denseW);
        return new VoxelBox(d0, h0, w0, new VolumeShape(d1 - d0, h1 - h0, w1 - w0));
    }

    private static bool RunsBackwards(CanonicalOrientation canonical, int axis) => canonical.Inverse()[axis].Reversed;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Lowest(float[] voxels, VolumeShape shape, Range depth, Range height, Span<float> lows)
    {
        lows.Fill(float.PositiveInfinity);
        ref float target = ref MemoryMarshal.GetReference(lows);
        for (int d = depth.Start.Value; d < depth.End.Value; d++)
        {
            for (int h = height.Start.Value; h < height.End.Value; h++)
            {
                var row = voxels.AsSpan(shape.Index(d, h, 0), shape.Width);
                ref float source = ref MemoryMarshal.GetReference(row);
                int w = 0;
                for (; w + Vector512<float>.Count <= row.Length; w += Vector512<float>.Count)
                    Vector512.Min(Vector512.LoadUnsafe(ref source, (nuint)w), Vector512.LoadUnsafe(ref target, (nuint)w)).StoreUnsafe(
                        ref target, (nuint)w);
                for (; w < row.Length; w++)
                    lows[w] = MathF.Min(lows[w], row[w]);
            }
        }
    }

    private static bool AllAbove(ReadOnlySpan<float> values, float threshold)
    {
        foreach (float value in values)
        {
            if (!(value > threshold))
                return false;
        }

        return true;
    }

    private static void Merge(bool[] found, bool[] all)
    {
        for (int i = 0; i < all.Length; i++)
            all[i] |= found[i];
    }

    // One axis cut into blocks, counted from its canonical start.
    private readonly struct Blocks(int size, double block, bool backwards)
    {
        private readonly int _edge = (int)Math.Clamp(Math.Round(block), 1, size);

        internal int Count => (size + _edge - 1) / _edge;

        internal Range this[int index]
        {
            get
            {
                int start = index * _edge, end = Math.Min(size, start + _edge);
                return backwards ? (size - end)..(size - start) : start..end;
            }
        }

        internal (int Start, int End) Span(bool[] dense)
        {
            Range first = this[Array.IndexOf(dense, true)], last = this[Array.LastIndexOf(dense, true)];
            return (Math.Min(first.Start.Value, last.Start.Value), Math.Max(first.End.Value, last.End.Value));
        }
    }
}
