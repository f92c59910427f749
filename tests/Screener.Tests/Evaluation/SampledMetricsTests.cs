using Screener.Evaluation;
using Screener.Randomness;

namespace Screener.Tests.Evaluation;

public sealed class SampledMetricsTests
{
    private static readonly EvaluationOptions Options = new() { BootstrapReplicates = 0 };

    [Fact]
    public void ASampleOfEverythingIsExact()
    {
        var random = new RandomStream(1);
        ScoreCase[] cases = [ScoreCase.Random("a", random, new(9, 10, 11), 0.05, 9), ScoreCase.Random("b", random, new(7, 8, 9), 0.1, 9)];
        var result = ScoreCase.Evaluate(cases, Options);
        Assert.Equal(result.PositiveVoxels, result.Sampled!.PositiveVoxels);
        Assert.Equal(result.NegativeVoxels, result.Sampled.NegativeVoxels);
        Assert.Equal(result.Auroc, result.Sampled.Auroc);
        Assert.Equal(result.AurocAtLimit.Value!.Value, result.Sampled.AurocAtLimit.Value!.Value, 1e-14);
        Assert.Equal(result.AuproAtLimit.Value!.Value, result.Sampled.AuproAtLimit.Value!.Value, 1e-12);
    }

    [Fact]
    public void SamplesOfOneCaseScatterAroundTheExactValue()
    {
        var c = ScoreCase.Random("a", new RandomStream(2), new(12, 40, 40), 0.1);
        var options = Options with { SamplesPerCase = 300 };
        const int Draws = 60;
        double sum = 0, squares = 0, exact = 0;
        for (int seed = 0; seed < Draws; seed++)
        {
            var result = ScoreCase.Evaluate([c], options, (ulong)seed);
            Assert.Equal(300, result.Sampled!.PositiveVoxels);
            Assert.Equal(300, result.Sampled.NegativeVoxels);
            exact = result.Auroc.Value!.Value;
            double off = result.Sampled.Auroc.Value!.Value - exact;
            sum += off;
            squares += off * off;
        }

        // Hanley and McNeil's standard error at this AUROC with 300 + 300 is 0.02.
        double deviation = Math.Sqrt(squares / Draws);
        Assert.InRange(deviation, 0.012, 0.03);
        Assert.InRange(sum / Draws, -0.01, 0.01);
        Assert.NotEqual(0.5, exact, 0.1);
    }

    [Fact]
    public void EveryVoxelIsDrawnEquallyOften()
    {
        // Each score is its own mark: of 50 voxels 40 negatives in the region, 10 drawn.
        var scores = Enumerable.Range(0, 50).Select(i => (float)i).ToArray();
        byte[] lesions = [.. scores.Select(s => s is >= 15 and < 20 ? (byte)1 : (byte)0)];
        byte[] region = [.. scores.Select(s => s is >= 20 and < 25 ? (byte)0 : (byte)1)];
        var hits = new int[50];
        var random = new RandomStream(3);
        for (int round = 0; round < 4000; round++)
        {
            var drawn = VoxelSample.Negatives(scores, lesions, region, 40, 10, random.Fork((ulong)round));
            Assert.Equal(10, drawn.Distinct().Count());
            foreach (uint key in drawn)
                hits[(int)ScoreKey.ToScore(key)]++;
        }

        for (int i = 0; i < 50; i++)
            Assert.InRange(hits[i], i is >= 15 and < 25 ? 0 : 850, i is >= 15 and < 25 ? 0 : 1150);
    }
}
