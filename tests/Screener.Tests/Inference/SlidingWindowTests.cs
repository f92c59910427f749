using Screener.Conditions;
using Screener.Errors;
using Screener.Imaging;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Inference;

[Collection(TorchCollection.Name)]
public sealed class SlidingWindowTests
{
    [Theory]
    [InlineData(10, 10, 10, 0.5, WindowWeights.Gaussian, 1)]
    [InlineData(17, 9, 12, 0.5, WindowWeights.Constant, 3)]
    [InlineData(5, 20, 8, 0.25, WindowWeights.Gaussian, 2)]
    [InlineData(3, 4, 2, 0.0, WindowWeights.Gaussian, 1)]
    [InlineData(14, 11, 9, 0.25, WindowWeights.Linear, 2)]
    [InlineData(21, 8, 15, 0.7, WindowWeights.Gaussian, 4)]
    public void APredictorThatReturnsItsInputGivesTheVolumeBack(int d, int h, int w, double overlap, WindowWeights weights, int batch)
    {
        var volume = Noise(new(d, h, w));
        var options = new SlidingWindowOptions { Window = new(6, 8, 5), Overlap = overlap, Weights = weights, BatchSize = batch };
        var maps = SlidingWindow.Run(volume, 2, options, (x, _) => cat([x, x.neg()], 1), CPU);
        for (int i = 0; i < volume.Intensities.Length; i++)
        {
            Assert.Equal(volume.Intensities[i], maps[0][i], 1e-5f);
            Assert.Equal(-volume.Intensities[i], maps[1][i], 1e-5f);
        }
    }

    [Theory]
    [InlineData(WindowWeights.Gaussian)]
    [InlineData(WindowWeights.Constant)]
    [InlineData(WindowWeights.Linear)]
    public void OverlapsAreTheWeightedMeanOfTheWindows(WindowWeights weights)
    {
        var volume = Noise(new(9, 11, 10));
        var options = new SlidingWindowOptions { Window = new(4, 6, 4), Weights = weights };
        var origins = SlidingWindow.Origins(volume.Grid.Shape, options).ToList();
        int call = 0;
        var map = SlidingWindow.Run(volume, 1, options, (x, _) => full(x.shape, call++), CPU)[0];

        // By hand: window number n scores n everywhere; a Gaussian of sigma = window / 8 about its centre, or a tent, at least 1e-3.
        var shape = volume.Grid.Shape;
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                for (int w = 0; w < shape.Width; w++)
                {
                    double sum = 0, total = 0;
                    for (int n = 0; n < origins.Count; n++)
                    {
                        int i = d - origins[n].D, j = h - origins[n].H, k = w - origins[n].W;
                        if (i is < 0 or >= 4 || j is < 0 or >= 6 || k is < 0 or >= 4)
                            continue;
                        double weight = weights switch
                        {
                            WindowWeights.Constant => 1,
                            WindowWeights.Linear => Math.Max(1e-3, Tent(i, 4) * Tent(j, 6) * Tent(k, 4)),
                            _ => Math.Max(1e-3, Bell(i, 4) * Bell(j, 6) * Bell(k, 4)),
                        };
                        sum += n * weight;
                        total += weight;
                    }

                    Assert.Equal(sum / total, map[shape.Index(d, h, w)], 1e-3);
                }
            }
        }

        static double Bell(int i, int size) => Math.Exp(-0.5 * Math.Pow((i - ((size - 1) / 2.0)) / (size / 8.0), 2));

        // From border to border: .25, .75, .75, .25 of four voxels.
        static double Tent(int i, int size) => Math.Min(i + 0.5, size - i - 0.5) / (size / 2.0);
    }

    [Theory]
    [InlineData(WindowWeights.Linear, 0.0, 0.1)]
    [InlineData(WindowWeights.Gaussian, 0.2, 1.0)]
    public void WhereAQuarterOverlapsLinearWeightsLeaveNoSeam(WindowWeights weights, double least, double most)
    {
        // Windows that contradict one another, 0, 1, 0, ... along W; of 48 voxels 12 overlap.
        var volume = Noise(new(4, 4, 156));
        var options = SlidingWindowOptions.Fading(new(4, 4, 48), 0.25) with { Weights = weights, BatchSize = 1 };
        int call = 0;
        float[] map = SlidingWindow.Run(volume, 1, options, (x, _) => full(x.shape, call++ % 2), CPU)[0];
        Assert.Equal(4, call);
        double step = Enumerable.Range(0, 155).Max(w => Math.Abs(map[w + 1] - map[w]));
        Assert.InRange(step, least, most);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void WhoWatchesSeesTheMapFillWindowByWindow(int batch)
    {
        var volume = Noise(new(9, 11, 10));
        var options = new SlidingWindowOptions { Window = new(4, 6, 4), BatchSize = batch };
        var shape = volume.Grid.Shape;
        var origins = SlidingWindow.Origins(shape, options).ToList();
        var (seen, last) = (new List<(int, int, int)>(), Array.Empty<float>());
        var map = SlidingWindow.Run(volume, 1, options, (x, _) => x.clone(), CPU, seen: (window, maps) =>
        {
            seen.Add((window.D, window.H, window.W));
            last = maps()[0];
            for (int i = 0; i < last.Length; i++)
            {
                int d = i / (shape.Height * shape.Width), h = i / shape.Width % shape.Height, w = i % shape.Width;
                bool covered = seen.Any(o => d - o.Item1 is >= 0 and < 4 && h - o.Item2 is >= 0 and < 6 && w - o.Item3 is >= 0 and < 4);
                Assert.Equal(covered, !float.IsNaN(last[i]));
            }
        })[0];
        Assert.Equal(origins, seen);
        Assert.Equal(map, last);
    }

    [Theory]
    [InlineData(10, 4, 0.5, new[] { 0, 2, 4, 6 })]
    [InlineData(11, 4, 0.5, new[] { 0, 2, 4, 6, 7 })]
    [InlineData(4, 4, 0.5, new[] { 0 })]
    [InlineData(3, 4, 0.5, new[] { 0 })]
    [InlineData(9, 4, 0.0, new[] { 0, 4, 5 })]
    [InlineData(5, 4, 0.9, new[] { 0, 1 })]
    public void WindowsAreEvenlyStridedAndTheLastIsFlush(int size, int window, double overlap, int[] starts)
    {
        var options = new SlidingWindowOptions { Window = new(window, 1, 1), Overlap = overlap };
        Assert.Equal(starts, SlidingWindow.Origins(new(size, 1, 1), options).Select(o => o.D));
    }

    [Fact]
    public void WindowsWithoutARegionAreSkippedAndLeaveNoNumber()
    {
        var volume = Noise(new(8, 8, 32));
        var region = new byte[volume.Intensities.Length];
        region[volume.Grid.Shape.Index(2, 3, 1)] = 1;
        int windows = 0;
        var options = new SlidingWindowOptions { Window = new(8, 8, 8), Overlap = 0 };
        var map = SlidingWindow.Run(volume, 1, options, (x, _) => { windows += (int)x.shape[0]; return x.clone(); }, CPU, region)[0];
        Assert.Equal(1, windows);
        for (int i = 0; i < map.Length; i++)
            Assert.Equal(i % 32 >= 8, float.IsNaN(map[i]));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void AScoreThatIsNotFiniteIsNotTakenForAVoxelWithoutOne(float score)
    {
        var options = new SlidingWindowOptions { Window = new(8, 8, 8) };
        var error = Assert.Throws<ScoreMapException>(() => SlidingWindow.Run(Noise(new(8, 8, 20)), 1, options, (x, _) =>
        {
            var result = x.clone();
            result[0, 0, 1, 2, 3] = tensor(score);
            return result;
        }, CPU));
        Assert.Contains("not finite", error.Message);
    }

    [Fact]
    public void PlacementsSayWhereAWindowLies()
    {
        var volume = Noise(new(9, 8, 7));
        var options = new SlidingWindowOptions { Window = new(4, 4, 4), BatchSize = 3 };
        SlidingWindow.Run(volume, 1, options, (x, placements) =>
        {
            Assert.Equal(x.shape[0], placements.Length);
            for (int i = 0; i < placements.Length; i++)
            {
                PatchPlacement p = placements[i];
                Assert.Equal(volume.Grid.Shape, p.Volume);
                using var voxel = x[i, 0, 1, 2, 3];
                Assert.Equal(volume.Intensities[volume.Grid.Shape.Index(p.D + 1, p.H + 2, p.W + 3)], voxel.item<float>());
            }

            return x.clone();
        }, CPU);
    }

    [Fact]
    public void NothingLeaksAlsoWhenItIsStopped()
    {
        var volume = Noise(new(12, 12, 12));
        var options = new SlidingWindowOptions { Window = new(6, 6, 6) };
        TensorLeaks.Check(() =>
        {
            SlidingWindow.Run(volume, 1, options, (x, _) => x.clone(), CPU);
            using var source = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(
                () => SlidingWindow.Run(
                    volume, 1, options, (x, _) => { source.Cancel(); return x.clone(); }, CPU, cancellation: source.Token));
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void APredictorOfAnotherShapeIsRefusedAndNotSpread(int channels) => Assert.Throws<OptionException>(() =>
        SlidingWindow.Run(
            Noise(new(6, 6, 6)), 2, new SlidingWindowOptions { Window = new(6, 6, 6) }, (x, _) => x.repeat(1, channels, 1, 1, 1), CPU));

    [Fact]
    public void OptionsOutOfRangeAreNamed()
    {
        var error = Assert.Throws<OptionException>(() => new SlidingWindowOptions { Overlap = 0.95 }.Validate());
        Assert.Contains("Overlap", error.Message);
    }

    private static PreparedVolume Noise(VolumeShape shape)
    {
        var random = new RandomStream(3);
        var voxels = new float[shape.CheckedLength()];
        for (int i = 0; i < voxels.Length; i++)
            voxels[i] = (float)random.NextDouble();
        var grid = new VolumeGrid(shape, Affine.Canonical(new(3, 3, 3)));
        return new PreparedVolume(grid, voxels, grid);
    }
}
