using Screener.Augmentation;
using Screener.Randomness;

namespace Screener.Tests.Augmentation;

public sealed class GaussianNoiseTests
{
    [Fact]
    public void HasTheMomentsAndTailsOfANormalDistribution()
    {
        const int Count = 1_000_003;
        var values = new float[Count];
        GaussianNoise.Add(values, 2, new RandomStream(1));
        double[] moments = new double[5];
        double neighbours = 0, halves = 0;
        for (int i = 0; i < Count; i++)
        {
            double x = values[i] / 2.0;
            for (int k = 1; k <= 4; k++)
                moments[k] += Math.Pow(x, k) / Count;
            neighbours += i > 0 ? x * values[i - 1] / 2 / Count : 0;
            halves += i >= 16 ? x * values[i - 16] / 2 / Count : 0;
        }

        // Standard errors of the estimates are 1 / sqrt(n) times 1, 1.4, 3.9 and 9.8: the bounds are five of them.
        Assert.InRange(moments[1], -0.005, 0.005);
        Assert.InRange(moments[2], 0.993, 1.007);
        Assert.InRange(moments[3], -0.02, 0.02);
        Assert.InRange(moments[4], 2.95, 3.05);
        Assert.InRange(neighbours, -0.005, 0.005);
        Assert.InRange(halves, -0.005, 0.005);
        Assert.InRange(values.Count(x => Math.Abs(x) > 2) / (double)Count, 0.3173 - 0.0024, 0.3173 + 0.0024);
        Assert.InRange(values.Count(x => Math.Abs(x) > 4) / (double)Count, 0.0455 - 0.0011, 0.0455 + 0.0011);
        Assert.InRange(values.Count(x => Math.Abs(x) > 6) / (double)Count, 0.0027 - 0.0003, 0.0027 + 0.0003);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(65)]
    public void EveryValueGetsNoiseAndTheSeedDecidesIt(int count)
    {
        var a = new float[count];
        var b = new float[count];
        GaussianNoise.Add(a, 1, new RandomStream(9));
        GaussianNoise.Add(b, 1, new RandomStream(9));
        Assert.Equal(a, b);
        Assert.DoesNotContain(0f, a);
        Assert.All(a, x => Assert.True(float.IsFinite(x)));
    }
}
