namespace Screener.Evaluation;

/// <summary>Merges any number of sorted runs into one walk down the threshold.</summary>
/// <remarks>
/// Instead of a heap over the runs: a window of keys moves over the key range, each run adds its entries to the window's
/// counts, and the window is then read in order. An entry costs the same whatever the number of runs, and memory is the window.
/// </remarks>
internal static class ScoreRunMerge
{
    private const int WindowKeys = 1 << 14;

    /// <summary>Passes every voxel of <paramref name="readers"/> to <paramref name="curve"/>, in the order of the keys.</summary>
    internal static void Walk(ScoreRunReader[] readers, CurveIntegral curve, CancellationToken cancellation)
    {
        var negatives = new ulong[WindowKeys];
        var positives = new ulong[WindowKeys];
        var weights = new UInt128[WindowKeys];
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            uint next = uint.MaxValue;
            bool done = true;
            foreach (var reader in readers)
            {
                if (!reader.Done)
                {
                    done = false;
                    next = Math.Min(next, reader.Key);
                }
            }

            if (done)
                return;
            uint first = next & ~(uint)(WindowKeys - 1), last = first + WindowKeys - 1;
            ulong negativeSum = 0;
            bool anyPositive = false;
            foreach (var reader in readers)
            {
                if (reader.Done || reader.Key > last)
                    continue;
                if (reader.Positive)
                {
                    anyPositive = true;
                    reader.AddPositives(positives, weights, first, last);
                }
                else
                {
                    negativeSum += reader.AddNegatives(negatives, first, last);
                }
            }

            if (anyPositive)
                ReadWindow(negatives, positives, weights, first, curve);
            else
                curve.Negatives(negativeSum, first + (uint)negatives.AsSpan().LastIndexOfAnyExcept(0UL));
            negatives.AsSpan().Clear();
            if (anyPositive)
            {
                positives.AsSpan().Clear();
                weights.AsSpan().Clear();
            }
        }
    }

    private static void ReadWindow(ulong[] negatives, ulong[] positives, UInt128[] weights, uint first, CurveIntegral curve)
    {
        ulong pending = 0;
        int pendingAt = 0;
        for (int i = 0; i < negatives.Length; i++)
        {
            ulong negative = negatives[i];
            if (positives[i] == 0)
            {
                pending += negative;
                pendingAt = negative != 0 ? i : pendingAt;
                continue;
            }

            if (pending > 0)
                curve.Negatives(pending, first + (uint)pendingAt);
            pending = 0;
            curve.Step(first + (uint)i, negative, positives[i], weights[i]);
        }

        if (pending > 0)
            curve.Negatives(pending, first + (uint)pendingAt);
    }
}
