using Screener.Baselines;
using Screener.Errors;
using Screener.Imaging;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Storage;
using Screener.Tests.Inference;
using Screener.Tests.Training;
using Screener.Training;
using TorchSharp;

namespace Screener.Tests.Baselines;

[Collection(TorchCollection.Name)]
public sealed class BaselineTrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. Kinds<BaselineOptions>.OfLibrary.Select(k => k.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void TheLossFalls(string name)
    {
        var options = TinyBaselines.Of(name);
        options = options with
        {
            Optimisation = options.Optimisation with { Steps = 120, LearningRate = new() { Peak = 5e-3, WarmUpFraction = 0.1 } },
        };
        var run = new TrainingRun { Compute = TinyTraining.Compute, RecordEvery = 1 };
        using var network = BaselineTraining.Train(options, [TinyBaselines.Volumes], run, TestContext.Current.CancellationToken);

        // The loss of a critic and its generator says little; that of the encoder is a residual. What flows go down on may be negative.
        string? term = name switch { "f-anogan" => "squared", "msflow" or "supervised-flow" => "dice", _ => null };
        double[] loss = [.. run.History.Records.Where(r => term is null || r.Values.ContainsKey(term)).Select(r => r.Values["loss"])];
        int part = loss.Length / 4;
        double first = loss[..part].Average(), last = loss[^part..].Average();
        Assert.True(last < 0.85 * first, $"from {first:0.000} to {last:0.000}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AnInterruptedRunEndsWithTheSameBits(string name)
    {
        var options = TinyBaselines.Of(name);
        byte[] whole = Train(options, "whole", default);
        using var source = new CancellationTokenSource();
        var run = Run("parts");
        run.History.Added += r =>
        {
            if (r.Step == 3)
                source.Cancel();
        };
        Assert.ThrowsAny<OperationCanceledException>(() => BaselineTraining.Train(options, [TinyBaselines.Volumes], run, source.Token));
        Assert.Equal(whole, Train(options, "parts", default));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AFileGivesTheNetworkBackAndItsMapIsTheSame(string name)
    {
        var options = TinyBaselines.Of(name);
        var run = Run("a");
        using var network = BaselineTraining.Train(options, [TinyBaselines.Volumes], run, TestContext.Current.CancellationToken);
        BaselineFile.Write(_folder["a"], network, run.History.Records);
        using var read = BaselineFile.Read(_folder["a"]);
        Assert.Equal(name, NetworkFile.ReadHistory(_folder["a"]).Stage);
        Assert.Equal(options.Optimisation, read.Options.Optimisation);

        var scan = PatientScan.Of(ScreeningTests.Ball(), TinyTraining.Compute, TestContext.Current.CancellationToken);
        var map = new BaselineMethod(network).Map(scan, null, TestContext.Current.CancellationToken);
        Assert.Equal(name, new BaselineMethod(read).Name);
        Assert.Equal(map.Voxels, new BaselineMethod(read).Map(scan, null, TestContext.Current.CancellationToken).Voxels);
        Assert.Equal(scan.Ct.Grid, map.Grid);
        float[] inside = [.. map.Voxels.Where((_, i) => scan.Body.Voxels[i] != 0)];
        Assert.All(inside, v => Assert.True(float.IsFinite(v)));
        Assert.True(inside.Max() > inside.Min());
        Assert.All(map.Voxels.Where((_, i) => scan.Body.Voxels[i] == 0), v => Assert.Equal(inside.Min(), v));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BothProfilesAreValidAndMakeOneScoreAVoxel(string name)
    {
        var paper = Kinds<BaselineOptions>.Named(name, "baseline");
        paper.Validate();
        paper.Small.Validate();
        Assert.NotEqual(paper, paper.Small);
        using var scope = torch.NewDisposeScope();
        using var guard = torch.no_grad();
        using var network = TinyBaselines.Of(name).Create(new RandomStream(1));
        network.eval();
        Assert.Equal([3, 1, 16, 16, 16], network.forward(torch.rand([3, 1, 16, 16, 16])).shape);
    }

    // What a name stands for in grids and on command lines.
    [Theory]
    [MemberData(nameof(Names))]
    public void ANameIsThePapersProfile(string name)
    {
        var named = Kinds<BaselineOptions>.Named(name, "baseline");
        Assert.Equal(ContentKey.Of(Profile("Paper")), ContentKey.Of(named));
        Assert.Equal(ContentKey.Of(Profile("Quick")), ContentKey.Of(named.Small));

        BaselineOptions Profile(string property) => (BaselineOptions)named.GetType().GetProperty(property)!.GetValue(null)!;
    }

    [Theory]
    [InlineData("autoencoder", 8, 96, 300_000, 1e-4)]
    [InlineData("draem", 8, 96, 300_000, 1e-4)]
    [InlineData("f-anogan", 8, 64, 350_000, 1e-4)]
    [InlineData("mood-top1", 4, 96, 35_000, 1e-3)]
    [InlineData("patched-diffusion", 32, 96, 300_000, 1e-4)]
    public void ThePapersProfileHasItsConstants(string name, int crops, int edge, long steps, double rate)
    {
        var paper = Kinds<BaselineOptions>.Named(name, "baseline");
        Assert.Equal(
            (crops, new VolumeShape(edge, edge, edge), steps, rate),
            (paper.CropsPerStep, paper.CropShape, paper.Optimisation.Steps, paper.Optimisation.LearningRate.Peak));
        Assert.Equal(name == "f-anogan" ? (0, 0.9) : (0.9, 0.999), (paper.Optimisation.Beta1, paper.Optimisation.Beta2));
        Assert.Equal(8, paper.Small.CropsPerStep);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ACropsScoresDoNotDependOnTheOthersOfItsBatch(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var guard = torch.no_grad();
        using var network = TinyBaselines.Of(name).Create(new RandomStream(1));
        network.eval();
        using var generator = new torch.Generator(3);
        var images = torch.rand([3, 1, 16, 16, 16], generator: generator);
        Assert.True(network.forward(images).narrow(0, 1, 1).allclose(network.forward(images.narrow(0, 1, 1)), 1e-4, 1e-5));
    }

    [Theory]
    [InlineData("autoencoder")]
    [InlineData("draem")]
    [InlineData("mood-top1")]
    [InlineData("patched-diffusion")]
    public void ThePrecisionReachesTheNetwork(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var guard = torch.no_grad();
        using var network = TinyBaselines.Of(name).Create(new RandomStream(1));
        network.eval();
        using var generator = new torch.Generator(3);
        var images = torch.rand([1, 1, 16, 16, 16], generator: generator);
        var exact = network.forward(images);
        network.Precision = ComputePrecision.BFloat16;
        var coarse = network.forward(images);
        Assert.False(exact.equal(coarse).all().item<bool>());
        Assert.True(exact.allclose(coarse, 0.1, 0.1));
    }

    [Theory]
    [InlineData("draem")]
    [InlineData("mood-top1")]
    public void WhatIsDrawnInIsWhereTheTargetSays(string name)
    {
        // Without decoys a crop changes only where the target is above 0, and most such voxels do change.
        var options = name == "draem"
            ? TinyBaselines.Of(name)
            : (ForeignPatchOptions)TinyBaselines.Of(name) with { MostDecoys = 0, SeamlessShare = 0 };
        var random = new RandomStream(9);
        int drawn = 0, changed = 0;
        for (int n = 0; n < 20; n++)
        {
            float[] crop = Draw(), before = [.. crop], target = new float[crop.Length];
            options.Alter(crop, target, Draw, random);
            for (int i = 0; i < crop.Length; i++)
            {
                Assert.InRange(crop[i], 0, 1);
                Assert.InRange(target[i], 0, 1);
                drawn += target[i] > 0.01 ? 1 : 0;
                changed += crop[i] != before[i] ? 1 : 0;
                if (target[i] == 0)
                    Assert.Equal(before[i], crop[i]);
            }
        }

        Assert.InRange(drawn, 1000, 20 * 4096 * 0.8);
        Assert.InRange(changed, 0.9 * drawn, 1.1 * drawn);

        float[] Draw() => [.. Enumerable.Range(0, 4096).Select(_ => (float)random.Uniform(0, 1))];
    }

    [Fact]
    public void WrongOptionsAndVolumesAreRefused()
    {
        var run = new TrainingRun { Compute = TinyTraining.Compute };
        var options = TinyBaselines.Of("autoencoder");
        var volume = TinyBaselines.Volumes[0];
        PreparedVolume other = new(volume.Grid, volume.Intensities, volume.SourceGrid, "x", "another");
        var error = Assert.Throws<OptionException>(() => BaselineTraining.Train(options, [[other]], run));
        Assert.Contains("prepared otherwise", error.Message);
        Assert.Throws<OptionException>(() => BaselineTraining.Train(options, [[]], run));
        Assert.Throws<OptionException>(() => (options with { CropShape = new(18, 16, 16) }).Validate());
        Assert.Throws<OptionException>(() => (AutoencoderOptions.Quick with { MedianEdge = 4 }).Validate());
        Assert.Throws<OptionException>(() => (DraemOptions.Quick with { CropShape = new(8, 48, 48) }).Validate());
        Assert.Throws<OptionException>(() => (ForeignPatchOptions.Quick with { MostRadius = 0.01 }).Validate());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void NothingLeaks(string name) => TensorLeaks.Check(() =>
    {
        var run = new TrainingRun { Compute = TinyTraining.Compute };
        using var network = BaselineTraining.Train(TinyBaselines.Of(name), [TinyBaselines.Volumes], run);
    });

    private TrainingRun Run(string name) => new()
    {
        Compute = TinyTraining.Compute, RecordEvery = 1, CheckpointEvery = 2, CheckpointPath = _folder[$"{name}.checkpoint"],
    };

    private byte[] Train(BaselineOptions options, string name, CancellationToken cancellation)
    {
        var run = Run(name);
        using var network = BaselineTraining.Train(options, [TinyBaselines.Volumes], run, cancellation);
        BaselineFile.Write(_folder[name], network, run.History.Records);
        return File.ReadAllBytes(_folder[name]);
    }
}
