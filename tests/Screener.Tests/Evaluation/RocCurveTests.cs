using Screener.Errors;
using Screener.Evaluation;
using Screener.Randomness;

namespace Screener.Tests.Evaluation;

/// <summary>The path for scores in memory, against the streaming one and against counting pairs.</summary>
public sealed class RocCurveTests
{
    [Theory]
    [InlineData(1, 0.3)]
    [InlineData(7, 0.5)]
    [InlineData(511, 0.1)]
    [InlineData(512, 0.9)]
    [InlineData(2000, 0.02)]
    public void IsTheFractionOfOrderedPairs(int length, double rate)
    {
        foreach (double levels in new[] { 0.0, 3 })
        {
            var c = ScoreCase.Random("x", new RandomStream((ulong)length), new(1, 1, length), rate, levels);
            double ordered = 0, pairs = 0;
            for (int i = 0; i < length; i++)
            {
                for (int j = 0; j < length && c.Lesions[i] != 0; j++)
                {
                    if (c.Lesions[j] != 0)
                        continue;
                    pairs++;
                    ordered += c.Scores[i] > c.Scores[j] ? 1 : c.Scores[i] == c.Scores[j] ? 0.5 : 0;
                }
            }

            double auroc = RocCurve.Auroc(c.Scores, c.Lesions);
            if (pairs == 0)
                Assert.True(double.IsNaN(auroc) && double.IsNaN(RocCurve.AurocAtLimit(c.Scores, c.Lesions)));
            else
                Assert.Equal(ordered / pairs, auroc, 1e-12);
        }
    }

    [Theory]
    [InlineData(0, 0.01)]
    [InlineData(0.5, 0.4)]
    [InlineData(100, 0.2)]
    public void ThreadsShareTheKeysWithoutChangingAnything(double levels, double rate)
    {
        // Long enough for every thread to get a range of keys of its own.
        var c = ScoreCase.Random("x", new RandomStream(9), new(10, 200, 301), rate, levels);
        var exact = ScoreCase.Evaluate([c], new EvaluationOptions { BootstrapReplicates = 0, SamplesPerCase = 0 });
        foreach (int threads in new[] { 1, 2, 3, 8 })
        {
            Assert.Equal(exact.Auroc.Value!.Value, RocCurve.Auroc(c.Scores, c.Lesions, threads), 1e-13);
            Assert.Equal(exact.AurocAtLimit.Value!.Value, RocCurve.AurocAtLimit(c.Scores, c.Lesions, 0.3, threads), 1e-13);
        }
    }

    [Fact]
    public void WrongInputIsRefused()
    {
        Assert.Contains("2 of 3", Assert.Throws<ScoreMapException>(() => RocCurve.Auroc([float.NaN, 1, -float.NaN], [0, 1, 0])).Message);
        Assert.Throws<ScoreMapException>(() => RocCurve.Auroc([1, 2], [1]));
        Assert.Throws<OptionException>(() => RocCurve.AurocAtLimit([1, 2], [1, 0], 0));
        Assert.True(double.IsNaN(RocCurve.Auroc([], [])));
    }
}
