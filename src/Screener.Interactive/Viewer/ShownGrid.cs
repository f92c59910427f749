using Screener.Imaging;
using Screener.Reporting;

namespace Screener.Interactive.Viewer;

/// <summary>
/// The grid that is shown of a volume: fewer, larger voxels over the same box, first in the volume's own axes and then canonical.
/// </summary>
internal sealed class ShownGrid
{
    private ShownGrid(VolumeGrid source, VolumeShape shape)
    {
        Source = source;
        Shape = shape;
        double d = (double)source.Shape.Depth / shape.Depth, h = (double)source.Shape.Height / shape.Height, w = (double)source.Shape.Width
            / shape.Width;

        // The centre of the first block, which covers voxels 0 to factor - 1, lies between their centres.
        var a = source.Affine;
        var (x, y, z) = a.ToWorld((d - 1) / 2, (h - 1) / 2, (w - 1) / 2);
        var grid = new VolumeGrid(
            shape, new Affine(a.M00 * w, a.M01 * h, a.M02 * d, x, a.M10 * w, a.M11 * h, a.M12 * d, y, a.M20 * w, a.M21 * h, a.M22 * d, z));
        Orientation = Reorientation.From(source.Affine);
        Canonical = Orientation.Apply(grid);
    }

    /// <summary>The volume's grid.</summary>
    internal VolumeGrid Source { get; }

    /// <summary>Blocks along the volume's own axes.</summary>
    internal VolumeShape Shape { get; }

    /// <summary>What brings the blocks into canonical orientation.</summary>
    internal CanonicalOrientation Orientation { get; }

    /// <summary>The grid of the blocks in canonical orientation.</summary>
    internal VolumeGrid Canonical { get; }

    /// <summary>The original shape with its axes in canonical order.</summary>
    internal VolumeShape CanonicalSource => Orientation.Apply(Source).Shape;

    /// <summary>True if every voxel is shown.</summary>
    internal bool IsWhole => Shape == Source.Shape;

    /// <summary>Blocks as nearly cubic as the voxels allow, at most <paramref name="maxVoxels"/> of them.</summary>
    internal static ShownGrid Fit(VolumeGrid source, long maxVoxels)
    {
        var (shape, spacing) = (source.Shape, source.Spacing);
        VolumeShape At(double side)
        {
            int Blocks(int voxels, double mm) => Math.Clamp((int)Math.Round(voxels * mm / side), 1, voxels);
            return new VolumeShape(
                Blocks(shape.Depth, spacing.Depth), Blocks(shape.Height, spacing.Height), Blocks(shape.Width, spacing.Width));
        }

        double small = Math.Min(spacing.Depth, Math.Min(spacing.Height, spacing.Width)) / 2, large = small;
        while (At(large).VoxelCount > maxVoxels)
            large *= 2;
        for (int step = 0; step < 40 && At(small).VoxelCount > maxVoxels; step++)
        {
            double middle = (small + large) / 2;
            if (At(middle).VoxelCount > maxVoxels)
                small = middle;
            else
                large = middle;
        }

        return new ShownGrid(source, At(large));
    }

    /// <summary>The canonical block that holds a voxel given by canonical indices of the volume.</summary>
    internal SlicePosition BlockOf(SlicePosition voxel) => Scale(voxel, CanonicalSource, Canonical.Shape);

    /// <summary>The voxel in the middle of a canonical block, by canonical indices of the volume.</summary>
    internal SlicePosition VoxelOf(SlicePosition block) => Scale(block, Canonical.Shape, CanonicalSource);

    /// <summary>The voxel in the middle of each block, along the volume's own axes.</summary>
    internal byte[] Centres(byte[] voxels)
    {
        static int Middle(int block, int voxels, int blocks) => (int)(((2L * block) + 1) * voxels / (2L * blocks));
        var (from, to) = (Source.Shape, Shape);
        var centres = new byte[to.CheckedLength()];
        for (int d = 0; d < to.Depth; d++)
        {
            for (int h = 0; h < to.Height; h++)
            {
                int row = from.Index(Middle(d, from.Depth, to.Depth), Middle(h, from.Height, to.Height), 0);
                for (int w = 0; w < to.Width; w++)
                    centres[to.Index(d, h, w)] = voxels[row + Middle(w, from.Width, to.Width)];
            }
        }

        return centres;
    }

    private static SlicePosition Scale(SlicePosition at, VolumeShape from, VolumeShape to)
    {
        static int Along(int i, int count, int other) => (int)(((2L * i) + 1) * other / (2L * count));
        return new(Along(at.Depth, from.Depth, to.Depth), Along(at.Height, from.Height, to.Height), Along(at.Width, from.Width, to.Width));
    }
}
