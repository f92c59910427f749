using Screener.Conditions;
using Screener.Errors;
using Screener.Imaging;
using Screener.Inference;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Tests.Training;
using Screener.Training;
using TorchSharp;

namespace Screener.Tests.Inference;

[Collection(TorchCollection.Name)]
public sealed class ScreeningTests : IDisposable
{
    private static readonly SlidingWindowOptions Windows = SlidingWindowOptions.Quick with { Window = new(16, 16, 16) };

    private readonly TemporaryFolder _folder = new();
    private readonly ScreenerModel _model = TinyTraining.Model();

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void TheMapLiesOnTheCtsOwnGridAndTheBodysMinimumLiesOutside()
    {
        var ct = Ball();
        var screened = Screen(ct);
        for (int head = 0; head < _model.Heads.Count; head++)
        {
            var map = screened.Map(head);
            Assert.Equal(ct.Grid, map.Grid);
            Assert.DoesNotContain(map.Voxels, float.IsNaN);
            float least = map.Voxels.Where((_, i) => screened.Body.Voxels[i] != 0).Min();
            Assert.All(map.Voxels.Where((_, i) => screened.Body.Voxels[i] == 0), v => Assert.Equal(least, v));
            Assert.True(map.Voxels.Max() > least);
        }
    }

    [Fact]
    public void AReorientedCtGivesTheReorientedMap()
    {
        var ct = Ball();
        var map = Screen(ct).Map(2);

        // The same patient stored with other axes: D to the left, H to the feet, W to the front.
        var shape = ct.Shape;
        var turnedShape = new VolumeShape(shape.Width, shape.Depth, shape.Height);
        var a = ct.Grid.Affine;
        var last = a.ToWorld(shape.Depth - 1, 0, shape.Width - 1);
        var affine = new Affine(a.M01, -a.M02, -a.M00, last.X, a.M11, -a.M12, -a.M10, last.Y, a.M21, -a.M22, -a.M20, last.Z);
        var voxels = new float[ct.Voxels.Length];
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                for (int w = 0; w < shape.Width; w++)
                    voxels[turnedShape.Index(shape.Width - 1 - w, shape.Depth - 1 - d, h)] = ct[d, h, w];
            }
        }

        var turned = Screen(new CtVolume(new VolumeGrid(turnedShape, affine), voxels)).Map(2);
        float range = map.Voxels.Max() - map.Voxels.Min();
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                for (int w = 0; w < shape.Width; w++)
                    Assert.Equal(map[d, h, w], turned[shape.Width - 1 - w, shape.Depth - 1 - d, h], 1e-3f * range);
            }
        }
    }

    [Fact]
    public void ASavedModelScoresTheSameAndSavesTheSameBytes()
    {
        string first = _folder["a.screener"], second = _folder["b.screener"];
        _model.Save(first);
        using var loaded = ScreenerModel.Load(first, TinyTraining.Compute);
        loaded.Save(second);
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
        var ct = Ball();
        var loadedMaps = Screen(ct, loaded);
        var maps = Screen(ct);
        for (int head = 0; head < 5; head++)
            Assert.Equal(maps.Map(head).Voxels, loadedMaps.Map(head).Voxels);
    }

    [Fact]
    public void AModelOfEarlierTimesStillLoads()
    {
        using var shipped = ScreenerModel.Load(
            Path.Combine(RepositoryFolder.Find(), "src", "Screener.Cli", "Models", "quick.screener"), TinyTraining.Compute);
        Assert.Equal(["none", "sin-cos", "masking-invariant"], shipped.Heads.Select(h => h.Condition.Name));
        Assert.True(((ConditionModel)shipped.Networks.Find("condition")!.Network).HasMaskChannel);
        Assert.Null(shipped.Networks.Find("ape"));
        Assert.Equal(1, shipped.DescriptorOptions.PairsPerVolume);
    }

    [Fact]
    public void AModelKeepsItsMaskChannelOrTheLackOfIt()
    {
        var options = TinyTraining.Condition with { MaskChannel = false };
        var density = TinyTraining.Density with { Heads = [new(new MaskingInvariantCondition(), TinyTraining.Gaussian)] };
        var networks = new ConditionNetworks(
            new TrainedNetwork(options, new ConditionModel(options.Network, new RandomStream(2), options.MaskChannel), []));
        var descriptor = new DescriptorModel(TinyTraining.Descriptor.Network, new RandomStream(1));
        using var model = new ScreenerModel(
            TinyTraining.Descriptor, descriptor, networks, density,
            [TinyTraining.Gaussian.Create(8, 8, new RandomStream(3))]);
        string path = _folder["e.screener"];
        model.Save(path);
        using var loaded = ScreenerModel.Load(path, TinyTraining.Compute);
        Assert.False(((ConditionModel)loaded.Networks.Find("condition")!.Network).HasMaskChannel);
        using var windows = torch.rand([1, 1, 16, 16, 16]);
        using var expected = model.Score(windows, [new(new(40, 40, 40), 0, 0, 0)], [0]);
        using var actual = loaded.Score(windows, [new(new(40, 40, 40), 0, 0, 0)], [0]);
        Assert.Equal(expected.data<float>().ToArray(), actual.data<float>().ToArray());
    }

    [Fact]
    public void DamagedModelFilesAreRefused()
    {
        string path = _folder["c.screener"];
        _model.Save(path);
        byte[] bytes = File.ReadAllBytes(path);
        var random = new RandomStream(4);
        int refused = 0;
        for (int i = 0; i < 200; i++)
        {
            byte[] damaged = (byte[])bytes.Clone();
            if (i % 2 == 0)
                damaged = damaged[..random.NextInt(damaged.Length)];
            else
                damaged[random.NextInt(damaged.Length)] ^= (byte)(1 << random.NextInt(8));
            File.WriteAllBytes(path, damaged);
            try
            {
                ScreenerModel.Load(path, TinyTraining.Compute).Dispose();
            }
            catch (ScreenerException)
            {
                refused++;
            }
        }

        // Only a bit that zip readers do not look at may pass.
        Assert.InRange(refused, 190, 200);
    }

    [Fact]
    public void UnknownHeadsAndMissingFilesAreClearErrors()
    {
        Assert.Contains("masking-invariant + glow", Assert.Throws<OptionException>(() => _model.HeadIndex("best")).Message);
        Assert.Throws<MissingInputException>(() => ScreenerModel.Load(_folder["none"], TinyTraining.Compute));
    }

    [Fact]
    public void NothingLeaks()
    {
        var ct = Ball();
        TensorLeaks.Check(() =>
        {
            Screen(ct).Map(0);
            string path = _folder["d.screener"];
            _model.Save(path);
            ScreenerModel.Load(path, TinyTraining.Compute).Dispose();
        });
        using var windows = torch.rand([2, 1, 16, 16, 16]);
        TensorLeaks.Check(() => [_model.Score(windows, [new(ct.Shape, 0, 0, 0), new(ct.Shape, 4, 4, 4)], [0, 1, 2, 3, 4])]);
    }

    private ScreenedVolume Screen(CtVolume ct, ScreenerModel? model = null) => Screening.Screen(
        model ?? _model, PatientScan.Of(ct, TinyTraining.Compute), [0, 1, 2, 3, 4], Windows, null, TestContext.Current.CancellationToken);

    /// <summary>A ball of tissue with a dense half in air, 2 x 2.5 x 3 mm voxels, off centre.</summary>
    internal static CtVolume Ball(double radius = 28)
    {
        var grid = new VolumeGrid(new(44, 40, 36), Affine.Canonical(new(3, 2.5, 2), -30, 12, 5));
        var voxels = new float[grid.Shape.CheckedLength()];
        for (int d = 0, i = 0; d < 44; d++)
        {
            for (int h = 0; h < 40; h++)
            {
                for (int w = 0; w < 36; w++)
                {
                    double x = (w - 17) * 2, y = (h - 20) * 2.5, z = (d - 23) * 3;
                    voxels[i++] = (x * x) + (y * y) + (z * z) < radius * radius
                        ? (y > 4 ? 150 : 40) + (float)(30 * Math.Sin(x / 3))
                        : -1000;
                }
            }
        }

        return new CtVolume(grid, voxels);
    }
}
