using Screener.Errors;
using Screener.Interactive.Lessons;
using Screener.Randomness;

namespace Screener.Tests.Interactive.Lessons;

[Collection(TorchCollection.Name)]
public sealed class LinearProbeTests
{
    [Fact]
    public void WhatIsLinearIsToldAndWhatIsNoiseIsNot()
    {
        var random = new RandomStream(1);
        FeatureRows Draw(int count) => new([.. Enumerable.Range(0, count * 4).Select(_ => (float)random.NextGaussian())], 4);
        var (training, test) = (Draw(2000), Draw(2000));
        double[] Linear(FeatureRows x) => [.. Enumerable.Range(0, x.Count).Select(i => 5 + (2.0 * x[i][0]) - x[i][3])];
        double[] Noise(FeatureRows x) => [.. Enumerable.Range(0, x.Count).Select(_ => random.NextGaussian())];

        Assert.InRange(LinearProbe.Fit(training, Linear(training)).RSquared(test, Linear(test)), 0.9999, 1);
        Assert.InRange(LinearProbe.Fit(training, Noise(training)).RSquared(test, Noise(test)), -0.02, 0.02);

        // Half of the variance is noise that the features do not hold.
        double[] Half(FeatureRows x) => [.. Linear(x).Select(t => t + (Math.Sqrt(5) * random.NextGaussian()))];
        Assert.InRange(LinearProbe.Fit(training, Half(training)).RSquared(test, Half(test)), 0.45, 0.55);
    }

    [Fact]
    public void TheMeanExplainsNothingAndAChannelThatDoesNotVaryDoesNoHarm()
    {
        var rows = new FeatureRows([.. Enumerable.Range(0, 20).SelectMany(i => (float[])[i, 7])], 2);
        double[] targets = [.. Enumerable.Range(0, 20).Select(i => 3.0 * i)];
        var probe = LinearProbe.Fit(rows, targets);
        Assert.InRange(probe.RSquared(rows, targets), 0.999, 1);
        Assert.Equal(
            0, LinearProbe.Fit(new FeatureRows([1, 1, 1, 1], 1), [1, 2, 3, 4]).RSquared(new FeatureRows([1, 1, 1, 1], 1), [1, 2, 3, 4]), 9);
    }

    [Fact]
    public void TheRankingIsThatOfAllPairs()
    {
        var random = new RandomStream(3);
        double[] scores = [.. Enumerable.Range(0, 80).Select(_ => Math.Round(random.Uniform(0, 10)))];
        bool[] marked = [.. Enumerable.Range(0, 80).Select(i => random.Chance(scores[i] / 12))];
        double won = 0, pairs = 0;
        for (int i = 0; i < 80; i++)
        {
            for (int j = 0; j < 80; j++)
            {
                if (!marked[i] || marked[j])
                    continue;
                pairs++;
                won += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
            }
        }

        Assert.Equal(won / pairs, Ranking.Auroc(scores, marked), 12);
        Assert.Equal(double.NaN, Ranking.Auroc([1, 2], [true, true]));
        Assert.Throws<OptionException>(() => Ranking.Auroc([1, 2], [true]));
    }
}
