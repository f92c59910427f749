using Screener.Conditions;
using Screener.Densities;
using Screener.Models;
using Screener.Randomness;
using Screener.Training;
using TorchSharp;

namespace Screener.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class DensityFittingTests
{
    [Fact]
    public void EveryHeadLearns()
    {
        var options = TinyTraining.Density with { Optimisation = TinyTraining.Density.Optimisation with { Steps = 60 } };
        var run = new TrainingRun { Compute = TinyTraining.Compute, RecordEvery = 1 };
        Dispose(Fit(options, run));
        foreach (var head in options.Heads)
        {
            var losses = run.History.Records.Select(r => r.Values[head.Name]).ToArray();
            Assert.True(losses[^10..].Average() < losses[..5].Average(), head.Name);
        }
    }

    [Fact]
    public void AHeadLearnsTheSameAloneAndInCompany()
    {
        var run = new TrainingRun { Compute = TinyTraining.Compute };
        var together = Fit(TinyTraining.Density, run);
        for (int i = 0; i < together.Count; i++)
        {
            var alone = Fit(TinyTraining.Density with { Heads = [TinyTraining.Density.Heads[i]] }, run with { History = new() });
            foreach (var (name, value) in together[i].state_dict())
                Assert.True(value.allclose(alone[0].state_dict()[name], 0, 0), $"{TinyTraining.Density.Heads[i].Name}: {name}");
            Dispose(alone);
        }

        Dispose(together);
    }

    [Fact]
    public void FittingLeavesNoTensorsBehind() =>
        TensorLeaks.Check(() => Dispose(Fit(TinyTraining.Density, new TrainingRun { Compute = TinyTraining.Compute })));

    [Fact]
    public void ACheckpointOverOtherNetworksIsRefused()
    {
        using var folder = new TemporaryFolder();
        var run = new TrainingRun { Compute = TinyTraining.Compute, CheckpointPath = folder["d.ckpt"] };
        Dispose(Fit(TinyTraining.Density, run));
        Dispose(Fit(TinyTraining.Density, run with { History = new() }));
        Assert.Throws<Errors.ModelFileException>(() => Fit(TinyTraining.Density, run with { History = new() }, descriptorSeed: 9));
    }

    [Fact]
    public void AConditionWithoutItsNetworkIsAClearError()
    {
        using var descriptor = new DescriptorModel(TinyTraining.Descriptor.Network, new RandomStream(1));
        var run = new TrainingRun { Compute = TinyTraining.Compute };
        foreach (var (condition, verb) in new (Condition, string)[] { (new AnatomicalEmbeddingCondition(), "pretrain ape"),
            (new MaskingInvariantCondition(), "pretrain condition") })
        {
            var options = TinyTraining.Density with { Heads = [new(condition, TinyTraining.Gaussian)] };
            Assert.Contains(
                verb, Assert.Throws<Errors.OptionException>(
                    () => DensityFitting.Fit(options, descriptor, ConditionNetworks.None, TinyTraining.Volumes(), run)).Message);
        }
    }

    private static IReadOnlyList<DensityModel> Fit(DensityFittingOptions options, TrainingRun run, ulong descriptorSeed = 1)
    {
        using var descriptor = new DescriptorModel(TinyTraining.Descriptor.Network, new RandomStream(descriptorSeed));
        using var networks = TinyTraining.Networks();
        return DensityFitting.Fit(options, descriptor, networks, TinyTraining.Volumes(), run, TestContext.Current.CancellationToken);
    }

    private static void Dispose(IEnumerable<DensityModel> densities)
    {
        foreach (var density in densities)
            density.Dispose();
    }
}
