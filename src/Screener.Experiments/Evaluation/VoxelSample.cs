using Screener.Randomness;

namespace Screener.Evaluation;

/// <summary>Draws voxels of one case without replacement, for the published sampled estimator.</summary>
internal static class VoxelSample
{
    /// <summary>Keys of some of the <paramref name="total"/> negatives in the region; empty for everywhere.</summary>
    internal static uint[] Negatives(
        ReadOnlySpan<float> scores, ReadOnlySpan<byte> lesions, ReadOnlySpan<byte> region, int total, int samples, RandomStream random)
    {
        var drawn = Draw(total, samples, random);
        var result = new uint[drawn.Length];
        for (int i = 0, seen = 0, next = 0; next < drawn.Length; i++)
        {
            if (lesions[i] != 0 || (!region.IsEmpty && region[i] == 0))
                continue;
            if (seen++ == drawn[next])
                result[next++] = ScoreKey.FromScore(scores[i]);
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
    private static int[] Draw(int total, int samples, RandomStream random)
    {
        int count = Math.Min(total, samples);
        var drawn = new HashSet<int>(count);
        for (int j = total - count; j < total; j++)
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
