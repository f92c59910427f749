using Screener.Baselines;
using Screener.Models;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Storage;
using Screener.Tests.Baselines;
using TorchSharp;

namespace Screener.Tests.Runtime;

[Collection(TorchCollection.Name)]
public sealed class TensorMemoryTests
{
    public static TheoryData<string> Baselines => [.. Kinds<BaselineOptions>.OfLibrary.Select(k => k.Name)];

    // The last bits of a product of matrices depend on where its factors begin: a run would repeat itself only by chance.
    [Fact]
    public void NumbersBeginAtMultiplesOf64Bytes()
    {
        using var scope = torch.NewDisposeScope();
        var kept = new List<object>();
        for (int i = 1; i < 50; i++)
        {
            kept.Add(new byte[i]);
            float[] values = [.. Enumerable.Range(0, 3 * i).Select(v => (float)v)];
            var tensor = TensorMemory.Of(values, 3, i);
            Assert.Equal(0, TensorMemory.Address(tensor) % 64);
            Assert.Equal([3, i], tensor.shape);
            Assert.Equal(values, tensor.data<float>().ToArray());
            values[0] = -1;
            Assert.Equal(0, tensor[0, 0].item<float>());
        }
    }

    [Fact]
    public void EveryTypeAndAMatrixKeepTheirNumbers()
    {
        using var scope = torch.NewDisposeScope();
        Assert.Equal([1L << 40, -2], TensorMemory.Of([1L << 40, -2], 2).data<long>().ToArray());
        Assert.Equal([Math.PI], TensorMemory.Of([Math.PI], 1).data<double>().ToArray());
        var matrix = TensorMemory.Of(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Assert.Equal([2, 3], matrix.shape);
        Assert.Equal([1, 2, 3, 4, 5, 6], matrix.data<float>().ToArray());
        Assert.Equal([0, 4], TensorMemory.Of(Array.Empty<float>(), 0, 4).shape);
        Assert.Throws<ArgumentException>(() => TensorMemory.Of([1f, 2], 3));
        Assert.Throws<ArgumentException>(() => TensorMemory.Of([(byte)1], 1));
    }

    [Theory]
    [MemberData(nameof(Baselines))]
    public void NetworksHoldSuchNumbers(string name)
    {
        using var network = TinyBaselines.Of(name).Create(new RandomStream(1));
        Assert.All(network.parameters(), p => Assert.Equal(0, TensorMemory.Address(p) % 64));
        using var descriptor = new DescriptorModel(UNetOptions.Quick, new RandomStream(1));
        Assert.All(descriptor.parameters(), p => Assert.Equal(0, TensorMemory.Address(p) % 64));
    }
}
