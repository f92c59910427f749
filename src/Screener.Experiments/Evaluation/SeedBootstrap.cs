using Screener.Randomness;

namespace Screener.Evaluation;

/// <summary>
/// The bootstrap over seeds: draws as many networks as there are, with replacement, and for each draw as many of its densities as it has.
/// </summary>
/// <remarks>
/// In two steps because densities over the same network are not independent of each other. Few seeds are drawn from few: of n networks the
/// draws have (n - 1) / n of the variance that new networks would have, so an interval from three seeds is still too narrow.
/// </remarks>
internal static class SeedBootstrap
{
    /// <summary>
    /// For each replicate the places in <paramref name="runs"/> of the runs drawn. The same stream and runs give the same draws.
    /// </summary>
    internal static int[][] Draws(IReadOnlyList<RunSeeds> runs, int replicates, RandomStream random)
    {
        int[][] networks = [
            .. runs.Select((run, place) => (run.Network, Place: place)).GroupBy(r => r.Network, r => r.Place).Select(g => g.ToArray())];
        var draws = new int[replicates][];
        for (int replicate = 0; replicate < replicates; replicate++)
        {
            var stream = random.Fork((ulong)replicate);
            var drawn = new List<int>(runs.Count);
            for (int i = 0; i < networks.Length; i++)
            {
                int[] densities = networks[stream.NextInt(networks.Length)];
                for (int j = 0; j < densities.Length; j++)
                    drawn.Add(densities[stream.NextInt(densities.Length)]);
            }

            draws[replicate] = [.. drawn];
        }

        return draws;
    }
}
