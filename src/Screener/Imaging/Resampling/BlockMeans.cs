using System.Numerics;
using System.Runtime.InteropServices;
using Screener.Runtime;

namespace Screener.Imaging.Resampling;

/// <summary>
/// Fine voxels averaged in blocks: the noise of thin slices and small pixels falls to that of the coarser CTs that networks were trained
/// on.
/// </summary>
internal static class BlockMeans
{
    /// <summary>How many voxels along each axis come nearest to a spacing; 1 where they are not much finer.</summary>
    /// <param name="spacing">That of the voxels.</param>
    /// <param name="least">The spacing to come near to, mm; 0 leaves every axis as it is.</param>
    internal static VolumeShape BlockFor(Spacing spacing, double least)
    {
        return new VolumeShape(Count(spacing.Depth), Count(spacing.Height), Count(spacing.Width));

        int Count(double mm) => Math.Max(1, (int)Math.Round(least / mm));
    }

    /// <summary>The grid of the blocks, from the first voxel on; the last block along an axis may stand out of the volume.</summary>
    internal static VolumeGrid GridOf(VolumeGrid fine, VolumeShape block) => GridResampler.Scaled(
        fine.Affine,
        new VolumeShape(
            Blocks(fine.Shape.Depth, block.Depth), Blocks(fine.Shape.Height, block.Height), Blocks(fine.Shape.Width, block.Width)),
        block.Depth, block.Height, block.Width);

    /// <summary>The mean HU of each block; NaN, which is missing, does not count unless there is nothing else.</summary>
    internal static CtVolume Of(CtVolume ct, VolumeShape block, int threads, CancellationToken cancellation)
    {
        var grid = GridOf(ct.Grid, block);
        var (fine, coarse) = (ct.Shape, grid.Shape);
        var means = GC.AllocateUninitializedArray<float>(coarse.CheckedLength());
        Parallel.For(0, coarse.Depth, ThreadCounts.Parallel(threads, cancellation), () => new float[fine.Width], (d, _, sums) =>
        {
            for (int h = 0; h < coarse.Height; h++)
            {
                var rows = Rows(d, h);
                Array.Clear(sums);
                foreach (int row in rows)
                    Add(ct.Voxels.AsSpan(row, fine.Width), sums);
                var target = means.AsSpan(coarse.Index(d, h, 0), coarse.Width);
                for (int w = 0; w < target.Length; w++)
                {
                    int from = w * block.Width, count = Math.Min(block.Width, fine.Width - from);
                    float sum = 0;
                    for (int i = from; i < from + count; i++)
                        sum += sums[i];
                    target[w] = float.IsNaN(sum) ? WithoutMissing(rows, from, count) : sum / (count * rows.Count);
                }
            }

            return sums;
        }, _ => { });
        return new CtVolume(grid, means, ct.Source) { Notes = ct.Notes };

        // Where the rows of a block begin.
        List<int> Rows(int d, int h)
        {
            var rows = new List<int>();
            for (int i = d * block.Depth; i < Math.Min((d + 1) * block.Depth, fine.Depth); i++)
            {
                for (int j = h * block.Height; j < Math.Min((h + 1) * block.Height, fine.Height); j++)
                    rows.Add(fine.Index(i, j, 0));
            }

            return rows;
        }

        float WithoutMissing(List<int> rows, int from, int count)
        {
            float sum = 0;
            int present = 0;
            foreach (int row in rows)
            {
                foreach (float value in ct.Voxels.AsSpan(row + from, count))
                    (sum, present) = float.IsNaN(value) ? (sum, present) : (sum + value, present + 1);
            }

            return sum / present;   // 0 / 0 is NaN
        }
    }

    /// <summary>A block belongs to the body if any voxel of it does.</summary>
    internal static BodyMask Any(BodyMask body, VolumeShape block, int threads, CancellationToken cancellation)
    {
        var grid = GridOf(body.Grid, block);
        var (fine, coarse) = (body.Shape, grid.Shape);
        var any = new byte[coarse.CheckedLength()];
        Parallel.For(0, coarse.Depth, ThreadCounts.Parallel(threads, cancellation), d =>
        {
            for (int i = d * block.Depth; i < Math.Min((d + 1) * block.Depth, fine.Depth); i++)
            {
                for (int j = 0; j < fine.Height; j++)
                {
                    var row = body.Voxels.AsSpan(fine.Index(i, j, 0), fine.Width);
                    var target = any.AsSpan(coarse.Index(d, j / block.Height, 0), coarse.Width);
                    for (int w = 0; w < row.Length; w++)
                        target[w / block.Width] |= row[w];
                }
            }
        });
        return new BodyMask(grid, any);
    }

    private static void Add(ReadOnlySpan<float> row, Span<float> sums)
    {
        var from = MemoryMarshal.Cast<float, Vector<float>>(row);
        var to = MemoryMarshal.Cast<float, Vector<float>>(sums);
        for (int i = 0; i < to.Length; i++)
            to[i] += from[i];
        for (int i = to.Length * Vector<float>.Count; i < sums.Length; i++)
            sums[i] += row[i];
    }

    private static int Blocks(int voxels, int block) => (voxels + block - 1) / block;
}
