using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.Evaluation;

public sealed class SeedBootstrapTests
{
    // Three networks with one, three and two densities.
    private static readonly RunSeeds[] Runs = [new(7, 1), new(8, 1), new(9, 5), new(8, 2), new(8, 3), new(9, 6)];

    [Fact]
    public void ItDrawsNetworksAndThenTheirDensities()
    {
        const int Replicates = 40_000;
        var draws = SeedBootstrap.Draws(Runs, Replicates, new RandomStream(4));
        Assert.Equal(draws, SeedBootstrap.Draws(Runs, Replicates, new RandomStream(4)));
        int[] densities = [1, 3, 2];
        foreach (int[] draw in draws)
        {
            // Three networks were drawn: each brings as many densities as it has, all its own.
            Assert.Equal(3.0, draw.Sum(run => 1.0 / densities[Runs[run].Network - 7]), 9);
        }

        // In each of the three draws a network is taken with probability 1/3, and a density of it in a third of its draws and so on.
        for (int run = 0; run < Runs.Length; run++)
            Assert.Equal(1, draws.Average(d => d.Count(r => r == run)), 0.03);
        Assert.Equal(8.0 / 27, draws.Count(d => d.All(r => Runs[r].Network != 9)) / (double)Replicates, 0.01);
    }

    [Fact]
    public void TheSpreadOfItsMeansIsThatOfNetworksAndOfDensitiesOverThem()
    {
        // A value for each run: the network's, and the density's around it.
        RunSeeds[] runs = [
            .. from network in Enumerable.Range(0, 4) from density in Enumerable.Range(0, 3) select new RunSeeds(
                (ulong)network, (ulong)density)];
        double[] networks = [-3, 1, 2, 0], around = [-1.5, 0.5, 1];
        double[] values = [.. runs.Select(r => networks[r.Network] + around[r.Density])];
        double[] means = [.. SeedBootstrap.Draws(runs, 40_000, new RandomStream(5)).Select(d => d.Average(r => values[r]))];
        double expected = (networks.Average(v => v * v) / 4) + (around.Average(v => v * v) / 3 / 4), mean = means.Average();
        Assert.Equal(0, mean, 0.02);
        Assert.Equal(expected, means.Average(m => (m - mean) * (m - mean)), expected * 0.04);
    }

    [Fact]
    public void PairsThatDoNotBelongTogetherAreRefused()
    {
        var random = new RandomStream(6);
        var result = ScoreCase.Evaluate(
            [.. Enumerable.Range(0, 3).Select(i => ScoreCase.Random($"{i}", random, new VolumeShape(2, 4, 5), 0.1))],
            new EvaluationOptions { SamplesPerCase = 0, BootstrapReplicates = 10 });
        var options = new EvaluationOptions { BootstrapReplicates = 10 };
        PairedResults Pair(string cohort, ulong seed) => new(cohort, result, result, new RunSeeds(1, seed));
        Assert.Contains(
            "two pairs of 'a'",
            Assert.Throws<OptionException>(
                () => PairedBootstrap.Compare(
                    [Pair("a", 1), Pair("a", 1)], options, random, TestContext.Current.CancellationToken)).Message,
                    StringComparison.Ordinal);
        Assert.Contains(
            "different seeds",
            Assert.Throws<OptionException>(
                () => PairedBootstrap.Compare(
                    [Pair("a", 1), Pair("a", 2), Pair("b", 1)], options, random, TestContext.Current.CancellationToken)).Message,
                    StringComparison.Ordinal);
    }
}
