using Screener.Baselines;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.Baselines;

public sealed class ResidualFilterTests
{
    private static readonly VolumeShape Shape = new(7, 9, 11);

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void TheMedianIsScipysAwayFromTheBorder(int edge)
    {
        using var folder = new TemporaryFolder();
        var random = new RandomStream(2);
        float[] scores = [.. Enumerable.Range(0, Shape.CheckedLength()).Select(_ => (float)random.Uniform(0, 1))];
        RawFloats.Write(folder["s"], scores);
        PythonOracle.Run(
            ["scipy"],
            """
            import sys, numpy as np
            from scipy.ndimage import median_filter
            s = np.fromfile(sys.argv[1] + '/s', np.float32).reshape(7, 9, 11)
            median_filter(s, int(sys.argv[2])).tofile(sys.argv[1] + '/m')
            """,
            folder.FullName, $"{edge}");
        float[] expected = RawFloats.Read(folder["m"]), before = [.. scores];
        var body = Body((d, h, w) => w < 9);
        ResidualFilter.Median(scores, body, edge, 2, TestContext.Current.CancellationToken);
        int reach = edge / 2;
        for (int i = 0; i < scores.Length; i++)
        {
            int w = i % 11, h = i / 11 % 9, d = i / 99;
            if (w >= 9)
                Assert.Equal(before[i], scores[i]);
            else if (d >= reach && d < 7 - reach && h >= reach && h < 9 - reach && w >= reach && w < 11 - reach)
                Assert.Equal(expected[i], scores[i]);
        }
    }

    [Fact]
    public void VoxelsWithoutAScoreDoNotCount()
    {
        float[] scores = [.. Enumerable.Repeat(float.NaN, Shape.CheckedLength())];
        int at = Shape.Index(3, 4, 5);
        (scores[at], scores[at + 1]) = (1, 3);
        ResidualFilter.Median(scores, Body((_, _, _) => true), 3, 1, TestContext.Current.CancellationToken);
        Assert.Equal(2, scores[at]);
        Assert.Equal(2, scores[Shape.CheckedLength() > at ? at + 1 : at]);
        Assert.True(float.IsNaN(scores[at + 3]));
    }

    [Fact]
    public void TheRimGetsTheLeastScoreOfTheBody()
    {
        float[] scores = [.. Enumerable.Range(0, Shape.CheckedLength()).Select(i => 1f + i)];
        var body = Body((d, h, w) => w is > 1 and < 9);
        float least = scores.Where((_, i) => body.Voxels[i] != 0).Min();
        float[] before = [.. scores];
        ResidualFilter.LeastAtTheRim(scores, body, 2, 1, TestContext.Current.CancellationToken);

        // 2 mm are one voxel of 2 mm; what lies beyond the volume counts as body.
        for (int i = 0; i < scores.Length; i++)
            Assert.Equal(i % 11 is > 2 and < 8 ? before[i] : least, scores[i]);
    }

    private static BodyMask Body(Func<int, int, int, bool> inside)
    {
        var voxels = new byte[Shape.CheckedLength()];
        for (int i = 0; i < voxels.Length; i++)
            voxels[i] = (byte)(inside(i / 99, i / 11 % 9, i % 11) ? 1 : 0);
        return new BodyMask(new VolumeGrid(Shape, Affine.Canonical(new(2, 2, 2))), voxels);
    }
}
