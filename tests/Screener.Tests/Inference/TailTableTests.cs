using Screener.Errors;
using Screener.Inference;
using Screener.Randomness;

namespace Screener.Tests.Inference;

public sealed class TailTableTests
{
    [Fact]
    public void SaysHowRareAScoreIs()
    {
        // An exponential distribution: -log10 of the tail at s is s / ln 10, also beyond what the sample shows.
        var random = new RandomStream(9);
        var table = TailTable.Of([.. Enumerable.Range(0, 2_000_000).Select(_ => (float)-Math.Log(1 - random.NextDouble()))]);
        foreach (double tail in new[] { 0.1, 0.5, 1, 2, 3, 4 })
            Assert.Equal(tail, table.At((float)(tail * Math.Log(10))), tail < 3 ? 0.02 : 0.1);
        Assert.InRange(table.At((float)(7 * Math.Log(10))), 6, 8);
        Assert.Equal(Math.Log(1000), table.ScoreAt(3), 0.1);
    }

    [Fact]
    public void KeepsTheOrderEverywhereAndHasNoBounds()
    {
        var random = new RandomStream(2);
        var table = TailTable.Of([.. Enumerable.Range(0, 20_000).Select(_ => (float)random.NextGaussian())]);
        float last = float.NegativeInfinity;
        for (double s = -30; s < 30; s += 0.01)
        {
            float at = table.At((float)s);
            Assert.True(at > last, $"{s}: {at} after {last}");
            last = at;
        }

        Assert.True(table.At(-30) < 0);
    }

    [Fact]
    public void EqualScoresMakeATable()
    {
        var sample = new float[5000];
        Array.Fill(sample, 3, 4000, 1000);
        var table = TailTable.Of(sample);
        Assert.True(table.At(3) > table.At(0) && float.IsFinite(table.At(4)));
    }

    [Fact]
    public void ATableIsItsKnots()
    {
        var random = new RandomStream(2);
        var table = TailTable.Of([.. Enumerable.Range(0, 5000).Select(_ => (float)random.NextGaussian())]);
        var again = TailTable.OfKnots(table.Scores.ToArray());
        for (float s = -6; s < 6; s += 0.1f)
            Assert.Equal(table.At(s), again.At(s));
        float[] knots = table.Scores.ToArray();
        (knots[4], knots[5]) = (knots[5], knots[4]);
        Assert.Throws<OptionException>(() => TailTable.OfKnots(knots));
        Assert.Throws<OptionException>(() => TailTable.OfKnots([1, 2]));
        Assert.Throws<OptionException>(() => TailTable.Of([1, 2]));
        Assert.Throws<OptionException>(() => TailTable.Of([.. new float[5000], float.NaN]));
    }
}
