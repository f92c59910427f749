using Screener.Randomness;

namespace Screener.Evaluation;

/// <summary>Draws voxels of one case without replacement, for the published sampled estimator.</summary>
internal static class VoxelSample
{
    /// <summary>Keys of some negatives, which lie packed at the starts of chunks.</summary>
    internal static uint[] Negatives(uint[] keys, int[] starts, int[] counts, long total, int samples, RandomStream random)
    {
        var drawn = Draw(total, samples, random);
        var result = new uint[drawn.Length];
        long before = 0;
        for (int i = 0, chunk = 0; i < drawn.Length; i++)
        {
            while (drawn[i] - before >= counts[chunk])
                before += counts[chunk++];
            result[i] = keys[starts[chunk] + (int)(drawn[i] - before)];
        }

        return result;
    }

    /// <summary>Some positives: key and region.</summary>
    internal static ulong[] Positives(ulong[] positives, int samples, RandomStream random)
    {
        var drawn = Draw(positives.Length, samples, random);
        var result = new ulong[drawn.Length];
        for (int i = 0; i < result.Length; i++)
            result[i] = positives[drawn[i]];
        return result;
    }

    /// <summary>Some of 0 .. total - 1, each set of that size equally likely, ascending (Floyd's algorithm).</summary>
    private static int[] Draw(long total, int samples, RandomStream random)
    {
        int count = (int)Math.Min(total, samples);
        var drawn = new HashSet<int>(count);
        for (int j = (int)total - count; j < (int)total; j++)
        {
            int candidate = random.NextInt(j + 1);
            if (!drawn.Add(candidate))
                drawn.Add(j);
        }

        var result = new int[count];
        drawn.CopyTo(result);
        result.AsSpan().Sort();
        return result;
    }
}
