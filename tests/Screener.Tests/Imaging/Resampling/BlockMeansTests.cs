using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Randomness;

namespace Screener.Tests.Imaging.Resampling;

public sealed class BlockMeansTests
{
    private static readonly Affine Oblique = new(-0.7, 0.1, 0.2, 5, 0.05, -0.8, 0.1, -9, 0.1, 0, 1.1, 40);

    [Theory]
    [InlineData(0.78, 3)]
    [InlineData(1.0, 2)]
    [InlineData(1.34, 1)]
    [InlineData(5, 1)]
    public void AsManyVoxelsAsComeNearest(double mm, int expected) =>
        Assert.Equal(new VolumeShape(1, expected, 1), BlockMeans.BlockFor(new Spacing(3, mm, 2), 2));

    [Fact]
    public void ZeroLeavesEveryAxis() => Assert.Equal(1, BlockMeans.BlockFor(new Spacing(0.1, 0.1, 0.1), 0).VoxelCount);

    [Fact]
    public void MeansAndPlacesAreThoseOfTheBlocks()
    {
        var random = new RandomStream(3);
        var shape = new VolumeShape(7, 9, 37);
        var block = new VolumeShape(2, 3, 3);
        var ct = new CtVolume(
            new VolumeGrid(shape, Oblique),
            [.. Enumerable.Range(0, shape.CheckedLength()).Select(_ => (float)random.NextGaussian() * 300)]);
        ct.Voxels[5] = float.NaN;   // missing: the others of its block count
        for (int d = 2; d < 4; d++)
        {
            for (int h = 3; h < 6; h++)
                ct.Voxels.AsSpan(shape.Index(d, h, 6), 3).Fill(float.NaN);
        }

        var body = new BodyMask(ct.Grid, [.. ct.Voxels.Select(v => v > 700 ? (byte)1 : (byte)0)]);
        var means = BlockMeans.Of(ct, block, 2, default);
        var any = BlockMeans.Any(body, block, 2, default);
        Assert.Equal(new VolumeShape(4, 3, 13), means.Shape);
        Assert.Equal(means.Grid, any.Grid);
        for (int d = 0; d < 4; d++)
        {
            for (int h = 0; h < 3; h++)
            {
                for (int w = 0; w < 13; w++)
                {
                    var voxels = (
                        from i in Enumerable.Range(2 * d, 2)
                        from j in Enumerable.Range(3 * h, 3)
                        from k in Enumerable.Range(3 * w, 3)
                        where i < 7 && j < 9 && k < 37
                        select shape.Index(i, j, k)).ToList();
                    var present = voxels.Select(i => ct.Voxels[i]).Where(v => !float.IsNaN(v)).ToList();
                    Assert.Equal(present.Count == 0 ? float.NaN : present.Average(), means[d, h, w], 1e-3f);
                    Assert.Equal(voxels.Any(i => body.Voxels[i] != 0), any[d, h, w] != 0);
                    var expected = Oblique.ToWorld((2 * d) + 0.5, (3 * h) + 1, (3 * w) + 1);
                    var place = means.Grid.Affine.ToWorld(d, h, w);
                    Assert.Equal(expected.X, place.X, 1e-9);
                    Assert.Equal(expected.Y, place.Y, 1e-9);
                    Assert.Equal(expected.Z, place.Z, 1e-9);
                }
            }
        }
    }
}
