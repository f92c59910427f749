using Screener.Conditions;
using Screener.Models;
using Screener.Randomness;
using Screener.Tests.Models;
using static TorchSharp.torch;

namespace Screener.Tests.Conditions;

[Collection(TorchCollection.Name)]
public sealed class AnatomicalEmbeddingConditionTests
{
    [Fact]
    public void EachNumberIsExpandedByTheFormula()
    {
        using var model = new AnatomicalEmbeddingModel(
            SmallNetworks.Options(4) with { DescriptorChannels = 3 }, new RandomStream(1)).Shaken();
        using var images = SmallNetworks.Random(2, 2, 1, 16, 16, 18);
        var condition = new AnatomicalEmbeddingCondition(model);
        Assert.Equal(("ape", 24), (condition.Name, condition.Channels));
        using var u = model.ForwardPooled(images, null, [2, 4, 3]);
        using var map = condition.Compute(images, [], [2, 4, 3]);
        Assert.Equal(new long[] { 2, 24, 8, 4, 6 }, map!.shape);
        var random = new RandomStream(3);
        for (int i = 0; i < 20; i++)
        {
            long n = random.NextInt(2), d = random.NextInt(8), h = random.NextInt(4), w = random.NextInt(6);
            for (int axis = 0; axis < 3; axis++)
            {
                for (int k = -1; k <= 2; k++)
                {
                    double angle = 2 * Math.PI * u[n, axis, d, h, w].item<float>() * Math.Pow(2, k);
                    Assert.Equal(Math.Sin(angle), map[n, (axis * 8) + (2 * (k + 1)), d, h, w].item<float>(), 1e-5);
                    Assert.Equal(Math.Cos(angle), map[n, (axis * 8) + (2 * (k + 1)) + 1, d, h, w].item<float>(), 1e-5);
                }
            }
        }

        TensorLeaks.Check(() => [condition.Compute(images, [], [2, 4, 3])]);
    }
}
