namespace Screener.Evaluation;

/// <summary>Merges any number of sorted runs into one walk down the threshold.</summary>
/// <remarks>
/// Instead of a heap over the runs: a window of keys moves over the key range, each run adds its entries to the window's
/// counts, and the window is then read in order. An entry costs the same whatever the number of runs, and memory is the window.
/// </remarks>
internal static class ScoreRunMerge
{
    /// <summary>Passes every voxel of <paramref name="readers"/> to <paramref name="curve"/>, in the order of the keys.</summary>
    internal static void Walk(ScoreRunReader[] readers, CurveIntegral curve, CancellationToken cancellation)
    {
        var window = new KeyWindow();
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
            uint first = next & ~(KeyWindow.Keys - 1), last = first + (KeyWindow.Keys - 1);
            foreach (var reader in readers)
            {
                if (reader.Positive)
                    reader.AddPositives(window, last);
                else
                    reader.AddNegatives(window, last);
            }

            window.Drain(first, curve);
        }
    }
}
