using Screener.Errors;
using Screener.Imaging;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.SyntheticLesions;
using Screener.Tests.Training;
using Screener.Training;
using TorchSharp;

namespace Screener.Tests.SyntheticLesions;

[Collection(TorchCollection.Name)]
public sealed class LesionTrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheLossFalls()
    {
        var options = TinyLesions.Options with
        {
            CropShape = new(24, 24, 24),
            Lesions = new()
            {
                FewestPerCrop = 2, MostPerCrop = 3, HealthyShare = 0, LungShare = 1, SoftShare = 0, ForeignShare = 0, GroundGlassShare = 0,
                LeastRadiusMm = 6, MostRadiusMm = 9,
            },
            Optimisation = TinyLesions.Options.Optimisation with
            {
                Steps = 200, LearningRate = new() { Peak = 5e-3, WarmUpFraction = 0.1 },
            },
        };
        var run = new TrainingRun { Compute = TinyTraining.Compute, RecordEvery = 1 };
        using var network = LesionTraining.Train(options, [TinyLesions.Volumes], run, TestContext.Current.CancellationToken);
        double[] dice = [.. run.History.Records.Select(r => r.Values["dice"])];
        Assert.True(
            dice[^50..].Average() < 0.8 * dice[..50].Average(), $"from {dice[..50].Average():0.00} to {dice[^50..].Average():0.00}");
    }

    [Fact]
    public void AnInterruptedRunEndsWithTheSameBits()
    {
        byte[] whole = Train("whole");
        using var source = new CancellationTokenSource();
        var run = Run("parts");
        run.History.Added += r =>
        {
            if (r.Step == 3)
                source.Cancel();
        };
        Assert.ThrowsAny<OperationCanceledException>(
            () => LesionTraining.Train(TinyLesions.Options, [TinyLesions.Volumes], run, source.Token));
        Assert.Equal(whole, Train("parts"));
    }

    [Fact]
    public void AFileGivesTheNetworkBack()
    {
        byte[] bytes = Train("a");
        using var network = LesionNetworkFile.Read(_folder["a.network"]);
        Assert.Equal(TinyLesions.Options, network.Options);
        LesionNetworkFile.Write(_folder["b.network"], network, NetworkFile.ReadHistory(_folder["a.network"]).History);
        Assert.Equal(bytes, File.ReadAllBytes(_folder["b.network"]));
        Assert.Equal("lesions", NetworkFile.ReadHistory(_folder["a.network"]).Stage);

        // Another kind of network, in either direction.
        Assert.Throws<ModelFileException>(() => NetworkFile.ReadDescriptor(_folder["a.network"]));
        using var descriptor = new Screener.Models.DescriptorModel(TinyTraining.Descriptor.Network, new RandomStream(1));
        NetworkFile.Write(_folder["d.network"], TinyTraining.Descriptor, descriptor, []);
        Assert.Contains("lesion network", Assert.Throws<ModelFileException>(() => LesionNetworkFile.Read(_folder["d.network"])).Message);
    }

    [Fact]
    public void WindowsAreThoseOfTheOptions()
    {
        // An intensity is a HU from -1000 to 600; the network must not see what lies beyond both of its windows.
        using var network = new LesionNetwork(TinyLesions.Options, new RandomStream(1));
        network.eval();
        float[] scores = [.. new[] { 400f, 500f, 250f }.Select(Score)];
        Assert.Equal(scores[0], scores[1]);
        Assert.NotEqual(scores[0], scores[2]);

        float Score(float hu)
        {
            using var guard = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            return network.forward(torch.full([1, 1, 16, 16, 16], (hu + 1000) / 1600)).mean().item<float>();
        }
    }

    [Fact]
    public void ACropIsTheVolumeWhereNothingIsStretched()
    {
        var volume = TinyLesions.Volumes[0];
        float[] crop = new StretchedCrops([[volume]], new(16, 16, 16), 1, -1000, 1600).Cut(new RandomStream(3));
        Assert.All(crop, hu => Assert.InRange(hu, -801, 57));
        Assert.Contains(crop, hu => hu > 40);
    }

    [Fact]
    public void ContrastMediumVariesTissueAndNothingElse()
    {
        var options = TinyLesions.Options with { Lesions = new() { HealthyShare = 1 } };
        using var network = new LesionNetwork(options, new RandomStream(1));
        float[] same = Images(0), varied = Images(0.3);
        int half = same.Length / 2;
        Assert.NotEqual(Factor(0), Factor(half), 0.01);
        for (int i = 0; i < same.Length; i++)
        {
            if (same[i] < 0.4f)
                Assert.Equal(same[i], varied[i]);
        }

        // Every crop has a factor of its own; lungs stand at about .1 of the range, tissue at .66.
        double Factor(int first) => Enumerable.Range(first, half).Where(i => same[i] > 0.55f).Average(i => varied[i] - same[i]);

        float[] Images(double deviation)
        {
            var task = new LesionTask(options with { ContrastDeviation = deviation }, [TinyLesions.Volumes], network);
            return task.MakeBatch(5, TestContext.Current.CancellationToken).Crops.Images;
        }
    }

    [Fact]
    public void SmallLesionsCountMoreIfAsked()
    {
        using var network = new LesionNetwork(TinyLesions.Options, new RandomStream(1));
        var alike = Batch(0);
        Assert.All(alike.Weights, w => Assert.Equal(1, w));

        // Lesions of 5 mm twice, of 20 mm half; what is healthy as before, and the crops are the same.
        var (small, large) = (Batch(1, 5), Batch(1, 20));
        foreach (var (batch, expected) in new[] { (small, 2f), (large, 0.5f) })
        {
            Assert.Contains(batch.Crops.Targets, t => t > 0.5f);
            for (int i = 0; i < batch.Weights.Length; i++)
                Assert.Equal(batch.Crops.Targets[i] > 0 ? expected : 1, batch.Weights[i], 1e-3);
        }

        Assert.Equal(Batch(0, 5).Crops.Images, small.Crops.Images);
        Assert.Throws<OptionException>(() => (TinyLesions.Options with { SmallerCountMore = 3.1 }).Validate());

        LesionCrops Batch(double power, double radius = 8)
        {
            var lesions = new SyntheticLesionOptions
            {
                HealthyShare = 0, LeastRadiusMm = radius, MostRadiusMm = radius, MostGroundGlassRadiusMm = radius,
            };
            var options = TinyLesions.Options with { SmallerCountMore = power, Lesions = lesions };
            return new LesionTask(options, [TinyLesions.Volumes], network).MakeBatch(2, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void AVoxelThatCountsTwiceMovesTheLossTwice()
    {
        using var scope = torch.NewDisposeScope();
        using var network = new LesionNetwork(TinyLesions.Options, new RandomStream(1));
        var task = new LesionTask(TinyLesions.Options, [TinyLesions.Volumes], network);
        var batch = task.MakeBatch(0, TestContext.Current.CancellationToken);
        var doubled = batch with { Weights = [.. batch.Weights.Select(w => 2 * w)] };
        Assert.Equal(2 * Entropy(batch), Entropy(doubled), 1e-5);

        double Entropy(LesionCrops crops) => task.Loss(crops, 0, torch.CPU).Terms.Single(p => p.Name == "entropy").Value.item<float>();
    }

    [Fact]
    public void OtherPreparationsAndEmptyCohortsAreRefused()
    {
        var run = new TrainingRun { Compute = TinyTraining.Compute };
        var volume = TinyLesions.Volumes[0];
        PreparedVolume other = new(volume.Grid, volume.Intensities, volume.SourceGrid, "x", "another");
        Assert.Contains(
            "prepared otherwise", Assert.Throws<OptionException>(() => LesionTraining.Train(TinyLesions.Options, [[other]], run)).Message);
        Assert.Throws<OptionException>(() => LesionTraining.Train(TinyLesions.Options, [[]], run));
        Assert.Throws<OptionException>(() => (TinyLesions.Options with { Preprocessing = PreprocessingOptions.Quick }).Validate());
        Assert.Throws<OptionException>(() => (TinyLesions.Options with { SoftWindow = new(5, 5) }).Validate());
        Assert.Throws<OptionException>(() => (TinyLesions.Options with { ContrastDeviation = -0.1 }).Validate());
        Assert.Throws<OptionException>(() => new SyntheticLesionOptions { MassShare = 1.1 }.Validate());
        Assert.Throws<OptionException>(() => new SyntheticLesionOptions { MostMassRadiusMm = 5 }.Validate());
        Assert.Throws<OptionException>(() => new SyntheticLesionOptions { LungShare = 0.7, SoftShare = 0.7 }.Validate());
        Assert.Throws<OptionException>(() => new SyntheticLesionOptions { MostPerCrop = 1 }.Validate());
    }

    [Fact]
    public void NothingLeaks() => TensorLeaks.Check(() =>
    {
        var options = TinyLesions.Options with { Optimisation = TinyLesions.Options.Optimisation with { Steps = 2 } };
        LesionTraining.Train(options, [TinyLesions.Volumes], new TrainingRun { Compute = TinyTraining.Compute }).Dispose();
    });

    private TrainingRun Run(string name) => new()
    {
        Compute = TinyTraining.Compute, CheckpointPath = _folder[name + ".checkpoint"], RecordEvery = 1,
    };

    private byte[] Train(string name)
    {
        var run = Run(name);
        using var network = LesionTraining.Train(TinyLesions.Options, [TinyLesions.Volumes], run);
        LesionNetworkFile.Write(_folder[name + ".network"], network, run.History.Records);
        return File.ReadAllBytes(_folder[name + ".network"]);
    }
}
