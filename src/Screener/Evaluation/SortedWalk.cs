namespace Screener.Evaluation;

/// <summary>Walks down the threshold over scores that lie sorted in memory.</summary>
internal static class SortedWalk
{
    /// <summary>Passes every voxel to <paramref name="curve"/>, in the order of the keys.</summary>
    /// <param name="negatives">Keys, ascending.</param>
    /// <param name="positives">Key in the high half, ascending, and region in the low half.</param>
    /// <param name="weights">Weight of one voxel of each region.</param>
    /// <param name="curve">Adds up the areas.</param>
    internal static void Walk(ReadOnlySpan<uint> negatives, ReadOnlySpan<ulong> positives, ReadOnlySpan<ulong> weights, CurveIntegral curve)
    {
        int n = 0;
        for (int p = 0; p < positives.Length;)
        {
            uint key = (uint)(positives[p] >> 32);
            int above = n;
            while (n < negatives.Length && negatives[n] < key)
                n++;
            if (n > above)
                curve.Negatives((ulong)(n - above), negatives[n - 1]);
            int tied = n;
            while (n < negatives.Length && negatives[n] == key)
                n++;
            UInt128 weight = 0;
            int first = p;
            for (; p < positives.Length && (uint)(positives[p] >> 32) == key; p++)
                weight += weights[(int)(uint)positives[p]];
            curve.Step(key, (ulong)(n - tied), (ulong)(p - first), weight);
        }

        if (n < negatives.Length)
            curve.Negatives((ulong)(negatives.Length - n), negatives[^1]);
    }

    /// <summary>Passes every voxel to <paramref name="curve"/>, in the order of the keys; no regions.</summary>
    internal static void Walk(ReadOnlySpan<uint> negatives, ReadOnlySpan<uint> positives, CurveIntegral curve)
    {
        int n = 0;
        for (int p = 0; p < positives.Length;)
        {
            uint key = positives[p];
            int above = n;
            while (n < negatives.Length && negatives[n] < key)
                n++;
            if (n > above)
                curve.Negatives((ulong)(n - above), negatives[n - 1]);
            int tied = n;
            while (n < negatives.Length && negatives[n] == key)
                n++;
            int first = p;
            while (p < positives.Length && positives[p] == key)
                p++;
            curve.Step(key, (ulong)(n - tied), (ulong)(p - first), 0);
        }

        if (n < negatives.Length)
            curve.Negatives((ulong)(negatives.Length - n), negatives[^1]);
    }
}
