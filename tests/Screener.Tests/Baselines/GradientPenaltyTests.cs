using Screener.Baselines;
using TorchSharp;

namespace Screener.Tests.Baselines;

[Collection(TorchCollection.Name)]
public sealed class GradientPenaltyTests
{
    [Fact]
    public void OfALinearCriticItIsKnown()
    {
        // The slope is the weight itself: |w| = 5, so that the penalty is 16 and its gradient 2 (|w| - 1) w / |w|.
        using var scope = torch.NewDisposeScope();
        var weight = torch.tensor(new float[] { 3, 4 }, [1, 2]).requires_grad_(true);
        var penalty = GradientPenalty.Of(x => torch.nn.functional.linear(x, weight), torch.tensor(new float[] { 1, 2, -3, 4 }, [2, 2]));
        Assert.Equal(16, penalty.item<float>(), 1e-4);
        penalty.backward();
        Assert.Equal([4.8, 6.4], weight.grad!.data<float>().ToArray().Select(g => Math.Round(g, 3)));
    }

    [Fact]
    public void TheGradientIsTheSlopeOfThePenalty()
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(4);
        torch.Tensor Draw(params long[] shape) => torch.randn(shape, torch.ScalarType.Float64, generator: generator);
        torch.Tensor first = Draw(3, 1, 3, 3, 3), last = Draw(1, 3 * 64), crops = Draw(2, 1, 4, 4, 4);
        torch.Tensor Penalty(torch.Tensor weight) => GradientPenalty.Of(
            x => torch.nn.functional.linear(
                torch.nn.functional.leaky_relu(torch.nn.functional.conv3d(x, weight, padding: [1, 1, 1]), 0.2).flatten(1), last),
            crops);

        var traced = first.clone().requires_grad_(true);
        Penalty(traced).backward();
        double[] slopes = traced.grad!.flatten().data<double>().ToArray();
        const double Step = 1e-6;
        for (int i = 0; i < slopes.Length; i += 7)
        {
            double[] up = first.flatten().data<double>().ToArray(), down = [.. up];
            up[i] += Step;
            down[i] -= Step;
            double Value(double[] w) => Penalty(torch.tensor(w, [3, 1, 3, 3, 3])).item<double>();
            double expected = (Value(up) - Value(down)) / (2 * Step);
            Assert.Equal(expected, slopes[i], 1e-4 * Math.Max(1, Math.Abs(expected)));
        }
    }
}
