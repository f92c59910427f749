using Screener.Models;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class BatchSharesTests : IDisposable
{
    private readonly int _threads = get_num_threads();

    public void Dispose() => set_num_threads(_threads);

    [Fact]
    public void AnyNumberOfSharesGivesTheSameGradientsButForRounding()
    {
        using var scope = NewDisposeScope();
        using var network = new FeaturePyramidNetwork(SmallNetworks.Options(2), new RandomStream(1)).Shaken();
        using var images = SmallNetworks.Random(2, 5, 1, 16, 16, 16);
        var one = Gradients(network, images, 1);
        foreach (int threads in (int[])[2, 3, 8])
        {
            var many = Gradients(network, images, threads);
            Assert.Equal(one.Output.shape, many.Output.shape);
            Assert.InRange(SmallNetworks.MaximumDifference(one.Output, many.Output), 0, 1e-5);
            foreach (var (a, b) in one.Slopes.Zip(many.Slopes))
                Assert.InRange(SmallNetworks.MaximumDifference(a, b), 0, 1e-4 * Math.Max(1, a.abs().max().item<float>()));
            var again = Gradients(network, images, threads);
            foreach (var (a, b) in many.Slopes.Zip(again.Slopes))
                Assert.Equal(0, SmallNetworks.MaximumDifference(a, b));
        }
    }

    [Fact]
    public void WithoutGradientsOnlyTheOutputIsMade()
    {
        using var scope = NewDisposeScope();
        using var network = new FeaturePyramidNetwork(SmallNetworks.Options(2), new RandomStream(1)).Shaken();
        using var images = SmallNetworks.Random(2, 5, 1, 16, 16, 16);
        set_num_threads(3);
        using var guard = inference_mode();
        using var whole = network.forward(images);
        using var shared = BatchShares.Compute(5, CPU, (first, count) => network.forward(images.narrow(0, first, count)));
        Assert.False(shared.requires_grad);
        Assert.InRange(SmallNetworks.MaximumDifference(whole, shared), 0, 1e-5);
    }

    [Fact]
    public void AFailureOnAThreadIsTheCallers()
    {
        set_num_threads(2);
        var error = Assert.Throws<InvalidOperationException>(
            () => BatchShares.Compute(4, CPU, (first, _) => first == 0 ? zeros(1) : throw new InvalidOperationException("share 2")));
        Assert.Equal("share 2", error.Message);
        using var after = BatchShares.Compute(4, CPU, (_, count) => ones(count));
        Assert.Equal(4, after.shape[0]);
    }

    [Fact]
    public void EachShareHasOneThreadAndTheCallerKeepsItsOwn()
    {
        set_num_threads(3);
        int[] threads = new int[3], ids = new int[3];
        TorchThreads.Run(3, part => (threads[part], ids[part]) = (get_num_threads(), Environment.CurrentManagedThreadId));
        Assert.Equal([1, 1, 1], threads);
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, ids);
        Assert.Equal(3, get_num_threads());
    }

    private static (Tensor Output, Tensor[] Slopes) Gradients(FeaturePyramidNetwork network, Tensor images, int threads)
    {
        set_num_threads(threads);
        Parameter[] parameters = [.. network.parameters()];
        foreach (var parameter in parameters)
            parameter.grad = null;
        var shares = BatchShares.Trace(
            (int)images.shape[0], CPU, parameters, (first, count) => network.forward(images.narrow(0, first, count)));
        using Tensor loss = (shares.Output * shares.Output).sum();
        loss.backward();
        shares.Backward();
        return (shares.Output.detach(), [.. parameters.Select(p => p.grad!.clone())]);
    }
}
