using Screener.Tests.Models;
using Screener.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class AdamWTests
{
    [Fact]
    public void EqualsTorchsOwnOverManySteps()
    {
        var options = new OptimisationOptions { WeightDecay = 0.01, Epsilon = 1e-6 };
        long[][] shapes = [[1], [7], [5, 3], [33, 17], [6, 4, 3, 3, 3]];
        Parameter[] Parameters() => [.. shapes.Select((shape, i) => new Parameter(SmallNetworks.Random((ulong)i, shape)))];
        using var scope = NewDisposeScope();
        Parameter[] ours = Parameters(), torchs = Parameters();
        using var own = new Screener.Training.AdamW(ours, options);
        using var other = optim.AdamW(torchs, 1e-2, options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay);
        for (int step = 0; step < 30; step++)
        {
            for (int i = 0; i < shapes.Length; i++)
            {
                using var gradient = SmallNetworks.Random((ulong)(100 + (step * shapes.Length) + i), shapes[i]);
                (ours[i].grad, torchs[i].grad) = (gradient.clone(), gradient.clone());
            }

            own.Step(1e-2);
            other.step();
        }

        foreach (var (a, b) in ours.Zip(torchs))
            Assert.InRange(SmallNetworks.MaximumDifference(a, b), 0, 1e-5);
        Assert.All(ours, p => Assert.Null(p.grad));
    }
}
