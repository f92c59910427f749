using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Inference;
using Screener.Models;
using Screener.Phantoms;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Tests.Models;
using static TorchSharp.torch;

namespace Screener.Tests.Evaluation;

[Collection(TorchCollection.Name)]
public sealed class LandmarkSearchTests
{
    private static readonly VoxelFeatures Truth = (volume, _) => [volume.Intensities];

    [Fact]
    public void FeaturesThatNameThePlaceFindItAndTheErrorIsInMillimetres()
    {
        // Each voxel has its own number, the same in both; the second patient's spot lies elsewhere than its features do.
        var a = Patient("a", new(4, 5, 6), [new("spot", 1, 2, 3), new("only here", 0, 0, 0)]);
        var b = Patient("b", new(4, 5, 6), [new("spot", 3, 2, 0)]);
        var result = LandmarkSearch.Run("numbers", [a, b], Truth, new() { Stride = 1 }, null, TestContext.Current.CancellationToken);
        Assert.Equal(2, result.Findings.Count);
        double error = Math.Sqrt((2 * 2 * 2 * 2) + (3 * 4 * 3 * 4));
        Assert.All(result.Findings, f => Assert.Equal("spot", f.Landmark));
        Assert.All(result.Findings, f => Assert.Equal(error, f.ErrorMm, 1e-9));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void EqualsAnExhaustiveSearch(int stride)
    {
        var random = new RandomStream(4);
        var shape = new VolumeShape(7, 6, 9);
        LandmarkPatient[] patients = [.. Enumerable.Range(0, 3).Select(i => Patient($"{i}", shape, [new("s", random.Uniform(0, 6), random.Uniform(0, 5), random.Uniform(0, 8))], random))];
        var maps = patients.ToDictionary(p => p.Volume, _ => (float[][])[Noise(random, shape), Noise(random, shape)]);
        maps[patients[1].Volume][1][shape.Index(0, 0, 0)] = float.NaN;
        var result = LandmarkSearch.Run("noise", patients, (v, _) => maps[v], new() { Stride = stride }, null, TestContext.Current.CancellationToken);
        Assert.Equal(6, result.Findings.Count);
        foreach (var finding in result.Findings)
        {
            var (from, to) = (patients[int.Parse(finding.From)], patients[int.Parse(finding.To)]);
            var (spot, truth) = (from.Landmarks[0], to.Landmarks[0]);
            int at = shape.Index((int)Math.Round(spot.D), (int)Math.Round(spot.H), (int)Math.Round(spot.W));
            var places = new List<(double Distance, double Error)>();
            for (int voxel = 0; voxel < shape.VoxelCount; voxel++)
            {
                int d = voxel / 54, h = voxel / 9 % 6, w = voxel % 9;
                var map = maps[to.Volume];
                if (d % stride + h % stride + w % stride != 0 || to.Body.Span[voxel] == 0 || float.IsNaN(map[1][voxel]))
                    continue;
                var wanted = maps[from.Volume];
                places.Add((
                    Math.Pow(map[0][voxel] - (double)wanted[0][at], 2) + Math.Pow(map[1][voxel] - (double)wanted[1][at], 2),
                    Math.Sqrt(Math.Pow(2 * (d - truth.D), 2) + Math.Pow(3 * (h - truth.H), 2) + Math.Pow(4 * (w - truth.W), 2))));
            }

            Assert.Equal(places.MinBy(p => p.Distance).Error, finding.ErrorMm, 1e-9);
            Assert.Equal(places.Average(p => p.Error), finding.ChanceMm, 1e-9);
        }

        Assert.Equal(result.Findings.Average(f => f.ErrorMm), result.MeanMm, 1e-9);
        double[] errors = [.. result.Findings.Select(f => f.ErrorMm).Order()];
        Assert.Equal((errors[2] + errors[3]) / 2, result.MedianMm, 1e-9);
        Assert.Equal(0.5, result.Within(errors[2]), 1e-9);
    }

    [Fact]
    public void RelativePositionIsTheFractionOfTheVolume()
    {
        var volume = Patient("a", new(4, 5, 6), []).Volume;
        var maps = LandmarkSearch.RelativePosition(volume, TestContext.Current.CancellationToken);
        int at = volume.Shape.Index(3, 1, 2);
        Assert.Equal([3.5f / 4, 1.5f / 5, 2.5f / 6], maps.Select(m => m[at]));
    }

    [Fact]
    public void AnEmbeddingIsReadFromWindowsInItsOwnScale()
    {
        using var model = new AnatomicalEmbeddingModel(SmallNetworks.Options() with { DescriptorChannels = 3 }, new RandomStream(1)).Shaken();
        var volume = Patient("a", new(8, 8, 8), []).Volume;
        using var image = tensor(volume.Intensities, [1, 1, 8, 8, 8]);
        using var u = model.forward(image);
        using var expected = u * model.Scale.view(1, 3, 1, 1, 1);
        long before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var maps = LandmarkSearch.Of(model, CPU, new SlidingWindowOptions { Window = new(8, 8, 8) })(volume, TestContext.Current.CancellationToken);
        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        float[] all = [.. maps.SelectMany(m => m)], wanted = expected.data<float>().ToArray();
        for (int i = 0; i < all.Length; i++)
            Assert.Equal(wanted[i], all[i], 1e-5f);
    }

    [Fact]
    public void OrgansHaveMiddlesTopsAndBottomsUnlessTheyAreCut()
    {
        var grid = new VolumeGrid(new(8, 8, 8), Affine.Canonical(new(3, 3, 3)));
        var labels = new byte[512];
        foreach (var (d, h, w) in new[] { (2, 2, 2), (3, 2, 2), (3, 4, 2), (4, 4, 4) })
            labels[grid.Shape.Index(d, h, w)] = (byte)PhantomOrgan.LeftKidney;
        labels[grid.Shape.Index(7, 4, 4)] = (byte)PhantomOrgan.Heart;
        labels[grid.Shape.Index(5, 0, 4)] = (byte)PhantomOrgan.Spleen;
        labels[grid.Shape.Index(5, 5, 5)] = (byte)PhantomOrgan.Bone;
        Assert.Equal(
            [new("left kidney, middle", 3, 3, 2.5), new("left kidney, top", 4, 4, 4), new("left kidney, bottom", 2, 2, 2)],
            PhantomLandmarks.LandmarksOf(new LabelVolume(grid, labels)));
    }

    [Fact]
    public void WrongArgumentsAreRefused()
    {
        var a = Patient("a", new(4, 5, 6), []);
        Assert.Throws<OptionException>(() => LandmarkSearch.Run("x", [a], Truth, null, null, TestContext.Current.CancellationToken));
        Assert.Throws<OptionException>(() => LandmarkSearch.Run("x", [a, a], Truth, new() { Stride = 0 }, null, TestContext.Current.CancellationToken));
        Assert.Throws<OptionException>(() => LandmarkSearch.Run("x", [a, a], (_, _) => [new float[3]], null, null, TestContext.Current.CancellationToken));
        Assert.True(double.IsNaN(LandmarkSearch.Run("x", [a, a], Truth, null, null, TestContext.Current.CancellationToken).MedianMm));
    }

    // 2 x 3 x 4 mm voxels, each with a number of its own, and a body that has holes where chance says so.
    private static LandmarkPatient Patient(string name, VolumeShape shape, Landmark[] landmarks, RandomStream? holes = null)
    {
        var grid = new VolumeGrid(shape, Affine.Canonical(new(2, 3, 4)));
        int count = shape.CheckedLength();
        byte[] body = [.. Enumerable.Range(0, count).Select(_ => holes is not null && holes.Chance(0.4) ? (byte)0 : (byte)1)];
        return new LandmarkPatient(name, new PreparedVolume(grid, [.. Enumerable.Range(0, count).Select(i => i / (float)count)], grid), body, landmarks);
    }

    private static float[] Noise(RandomStream random, VolumeShape shape) => [.. Enumerable.Range(0, shape.CheckedLength()).Select(_ => (float)random.NextDouble())];
}
