using Screener.Annotations;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Interactive.Lessons;
using Screener.Randomness;

namespace Screener.Tests.Interactive.Lessons;

public sealed class InventedReadersTests
{
    // Two balls of water in air, 1 mm voxels.
    private static readonly (double D, double H, double W, double Radius)[] Balls = [(9, 20, 22, 7), (11, 44, 50, 4)];

    [Fact]
    public void OneDrawsTheTruthOthersLessOrMoreAndTheLastOverlooksTheSmallest()
    {
        var grid = new VolumeGrid(new VolumeShape(22, 64, 72), Affine.Identity);
        byte[] truth = [.. Enumerable.Range(0, grid.Shape.CheckedLength()).Select(i => Balls.Any(b => IsIn(b, grid.Shape, i)) ? (byte)1 : (byte)0)];
        using var folder = new TemporaryFolder();
        DicomSeriesWriter.Write(new CtVolume(grid, [.. truth.Select(t => t == 0 ? -1000f : 0f)]), folder["series"], new RandomStream(1));
        var series = new DicomSeriesReader().ReadSeries(folder["series"]);

        var reading = InventedReaders.Of(series, new LesionMask(grid, truth));
        Assert.Equal([2, 2, 2, 1], reading.Readers.Select(r => r.Nodules.Count));
        var masks = reading.Readers.Select(r => LidcConsensus.Of(reading with { Readers = [r] }, series, 1).Mask).ToList();

        // In the series' own grid.
        var same = new LesionMask(series.Volume.Grid, [.. series.Volume.Voxels.Select(v => v > -500 ? (byte)1 : (byte)0)]);
        Assert.InRange(Dice(masks[1], same), 0.97, 1);
        Assert.True(masks[0].Count < 0.8 * same.Count, $"{masks[0].Count} of {same.Count}");
        Assert.True(masks[2].Count > 1.2 * same.Count, $"{masks[2].Count} of {same.Count}");
        Assert.True(masks[3].Count > same.Count, $"{masks[3].Count} of {same.Count}");
        Assert.Equal(2, LidcCluster.Of(reading, 1, 1, 1).Count);
    }

    private static bool IsIn((double D, double H, double W, double Radius) ball, VolumeShape shape, int voxel)
    {
        int d = voxel / (shape.Height * shape.Width), h = voxel / shape.Width % shape.Height, w = voxel % shape.Width;
        return Math.Sqrt(Math.Pow(d - ball.D, 2) + Math.Pow(h - ball.H, 2) + Math.Pow(w - ball.W, 2)) <= ball.Radius;
    }

    private static double Dice(LesionMask a, LesionMask b) =>
        2.0 * a.Voxels.Zip(b.Voxels, (x, y) => x & y).Count(v => v != 0) / (a.Count + b.Count);
}
