using Screener.Imaging;
using Screener.Interactive.Viewer;

namespace Screener.Interactive.Tests.Viewer;

/// <summary>Against sums over all voxels and blocks, by how far they overlap.</summary>
public sealed class BlockReductionTests
{
    [Theory]
    [InlineData(17, 21, 25, 1_000_000)]
    [InlineData(17, 21, 25, 2_000)]
    [InlineData(17, 21, 25, 300)]
    [InlineData(1, 40, 70, 500)]
    [InlineData(5, 1, 200, 100)]
    public void BlocksAreWhatTheirVoxelsMakeThem(int depth, int height, int width, int most)
    {
        var source = new VolumeGrid(new VolumeShape(depth, height, width), Affine.Canonical(new Spacing(2.5, 0.9, 0.7)));
        var random = new Random(7);
        float[] voxels = [.. Enumerable.Range(0, source.Shape.CheckedLength()).Select(_ => (float)(random.NextDouble() * 2000) - 1000)];
        byte[] mask = [.. voxels.Select(v => v > 500 ? (byte)1 : (byte)0)];
        var grid = ShownGrid.Fit(source, most);
        Assert.True(grid.Shape.VoxelCount <= most);
        int[] slices = [.. Enumerable.Range(0, grid.Shape.Depth)];
        var (means, shares, highest) = (new float[grid.Shape.CheckedLength()], new float[grid.Shape.CheckedLength()],
            new float[grid.Shape.CheckedLength()]);
        BlockReduction.Mean(voxels, grid, slices, means, 2);
        BlockReduction.Coverage(mask, grid, slices, shares, 2);
        BlockReduction.Highest(voxels, grid, slices, highest, 2);
        for (int i = 0; i < means.Length; i++)
        {
            var (mean, share, top) = Block(grid, voxels, mask, i);
            Assert.Equal(mean, means[i], 1e-2);
            Assert.Equal(share, shares[i], 1e-5);
            Assert.Equal(top, highest[i]);
        }
    }

    [Fact]
    public void SomeSlicesAreThoseOfTheWhole()
    {
        var grid = ShownGrid.Fit(ViewedVolumes.Grid("RAS"), 1500);
        float[] voxels = ViewedVolumes.Voxels(grid.Source, (x, y, z) => (float)((x * y) + z));
        var (all, some) = (new float[grid.Shape.CheckedLength()], new float[2 * grid.Shape.Height * grid.Shape.Width]);
        BlockReduction.Mean(voxels, grid, [.. Enumerable.Range(0, grid.Shape.Depth)], all, 1);
        BlockReduction.Mean(voxels, grid, [1, 4], some, 1);
        int plane = grid.Shape.Height * grid.Shape.Width;
        Assert.Equal([.. all[plane..(2 * plane)], .. all[(4 * plane)..(5 * plane)]], some);
    }

    [Fact]
    public void NoNumberSpoilsAMeanButNotAMaximum()
    {
        var grid = ShownGrid.Fit(new VolumeGrid(new VolumeShape(1, 2, 4), Affine.Identity), 2);
        float[] voxels = [float.NaN, 1, 2, 3, 4, 5, float.NaN, float.NaN];
        var (means, highest) = (new float[2], new float[2]);
        Assert.Equal(new VolumeShape(1, 1, 2), grid.Shape);
        BlockReduction.Mean(voxels, grid, [0], means, 1);
        BlockReduction.Highest(voxels, grid, [0], highest, 1);
        Assert.All(means, m => Assert.True(float.IsNaN(m)));
        Assert.Equal([5f, 3f], highest);
    }

    [Theory]
    [InlineData("RAS")]
    [InlineData("PIR")]
    public void TheShownGridCoversTheSameBox(string orientation)
    {
        var source = ViewedVolumes.Grid(orientation, 1.3);
        var shown = ShownGrid.Fit(source, 700).Canonical;

        // The corner of the box, half a voxel outside of the last centre.
        var (x, y, z) = shown.Affine.ToWorld(shown.Shape.Depth - 0.5, shown.Shape.Height - 0.5, shown.Shape.Width - 0.5);
        Assert.Equal(ViewedVolumes.Right * 1.3 / 2, x, 1e-9);
        Assert.Equal(ViewedVolumes.Front * 1.3 / 2, y, 1e-9);
        Assert.Equal(ViewedVolumes.Head * 1.3 / 2, z, 1e-9);
    }

    private static (double Mean, double Share, float Highest) Block(ShownGrid grid, float[] voxels, byte[] mask, int place)
    {
        var (from, to) = (grid.Source.Shape, grid.Shape);
        int plane = to.Height * to.Width;
        double[] d = Overlaps(place / plane, from.Depth, to.Depth), h = Overlaps(
            place % plane / to.Width, from.Height, to.Height), w = Overlaps(place % to.Width, from.Width, to.Width);
        var (mean, share, highest) = (0.0, 0.0, float.NegativeInfinity);
        for (int z = 0; z < from.Depth; z++)
        {
            for (int y = 0; y < from.Height; y++)
            {
                for (int x = 0; x < from.Width; x++)
                {
                    double weight = d[z] * h[y] * w[x];
                    if (weight < 1e-12)
                        continue;
                    mean += weight * voxels[from.Index(z, y, x)];
                    share += weight * mask[from.Index(z, y, x)];
                    highest = Math.Max(highest, voxels[from.Index(z, y, x)]);
                }
            }
        }

        return (mean, share, highest);
    }

    private static double[] Overlaps(int block, int voxels, int blocks)
    {
        double side = (double)voxels / blocks;
        return [.. Enumerable.Range(0, voxels).Select(
            v => Math.Max(0, Math.Min((block + 1) * side, v + 1) - Math.Max(block * side, v)) / side)];
    }
}
