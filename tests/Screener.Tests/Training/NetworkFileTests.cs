using Screener.Errors;
using Screener.Models;
using Screener.Randomness;
using Screener.Storage;
using Screener.Tests.Models;
using Screener.Training;
using static TorchSharp.torch;

namespace Screener.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class NetworkFileTests : IDisposable
{
    private static readonly TrainingRecord[] History = [new(1, 0.5, 2, new Dictionary<string, double> { ["loss"] = 3 }),
        new(2, 0.25, double.PositiveInfinity, new Dictionary<string, double> { ["loss"] = 1.5 })];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatIsWrittenComesBack()
    {
        string first = _folder["a.network"], second = _folder["b.network"];
        using var network = new ConditionModel(TinyTraining.Condition.Network, new RandomStream(1)).Shaken();
        NetworkFile.Write(first, TinyTraining.Condition, network, History);
        var read = NetworkFile.ReadCondition(first);
        using var copy = read.Network;
        foreach (var (name, value) in network.state_dict())
            Assert.Equal(0, SmallNetworks.MaximumDifference(value, copy.state_dict()[name]));
        Assert.Equal(TinyTraining.Condition, read.Options);
        NetworkFile.Write(second, read.Options, copy, read.History);
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
        var (stage, history) = NetworkFile.ReadHistory(first);
        Assert.Equal("condition", stage);
        Assert.Equal([3, 1.5], history.Select(r => r.Values["loss"]));
        Assert.Equal(double.PositiveInfinity, history[1].GradientNorm);
    }

    [Fact]
    public void EmbeddingNetworksAndMaskChannelsComeBack()
    {
        string path = _folder["a.network"];
        using var embedding = new AnatomicalEmbeddingModel(
            TinyTraining.Embedding.Network, new RandomStream(1), TinyTraining.Embedding.MaskChannel).Shaken();
        NetworkFile.Write(path, TinyTraining.Embedding, embedding, History);
        var read = NetworkFile.ReadEmbedding(path);
        using (var copy = read.Network)
        {
            Assert.Equal(TinyTraining.Embedding, read.Options);
            Assert.Equal("ape", NetworkFile.ReadHistory(path).Stage);
            foreach (var (name, value) in embedding.state_dict())
                Assert.Equal(0, SmallNetworks.MaximumDifference(value, copy.state_dict()[name]));
        }

        Assert.Contains("ape", Assert.Throws<ModelFileException>(() => NetworkFile.ReadCondition(path)).Message);
        var options = TinyTraining.Condition with { MaskChannel = false };
        using var condition = new ConditionModel(options.Network, new RandomStream(1), maskChannel: false);
        NetworkFile.Write(path, options, condition, History);
        using var blind = (ConditionModel)NetworkFile.ReadCondition(path).Network;
        Assert.False(blind.HasMaskChannel);
        Assert.Throws<ModelFileException>(() => NetworkFile.ReadEmbedding(path));
    }

    [Fact]
    public void AnotherKindOfFileIsRefusedByName()
    {
        string path = _folder["a.network"];
        using var network = new DescriptorModel(TinyTraining.Descriptor.Network, new RandomStream(1));
        NetworkFile.Write(path, TinyTraining.Descriptor, network, History);
        Assert.Contains("a descriptor model", Assert.Throws<ModelFileException>(() => NetworkFile.ReadCondition(path)).Message);
        Assert.Throws<OptionException>(() => NetworkFile.Write(path, TinyTraining.Condition, network, History));
        TensorArchive.Write(path, new { format = "another" }, []);
        Assert.Contains("another", Assert.Throws<ModelFileException>(() => NetworkFile.ReadDescriptor(path)).Message);
        Assert.Throws<ModelFileException>(() => NetworkFile.ReadHistory(path));
        TensorArchive.Write(path, new { format = "screener-network", version = 1, stage = "descriptor" }, []);
        Assert.Throws<ModelFileException>(() => NetworkFile.ReadDescriptor(path));
    }

    [Fact]
    public void NothingLeaks()
    {
        string path = _folder["a.network"];
        using var network = new DescriptorModel(TinyTraining.Descriptor.Network, new RandomStream(1));
        TensorLeaks.Check(() =>
        {
            NetworkFile.Write(path, TinyTraining.Descriptor, network, History);
            NetworkFile.ReadDescriptor(path).Network.Dispose();
            Assert.Throws<ModelFileException>(() => NetworkFile.ReadCondition(path));
        });
    }
}
