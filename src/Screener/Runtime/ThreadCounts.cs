namespace Screener.Runtime;

/// <summary>How many processor threads a number of them stands for.</summary>
internal static class ThreadCounts
{
    /// <summary>As many as are asked for; one for each processor where 0 are.</summary>
    internal static int Of(int threads) => threads == 0 ? Environment.ProcessorCount : threads;

    /// <summary>The same for loops.</summary>
    internal static ParallelOptions Parallel(int threads, CancellationToken cancellation = default) =>
        new() { MaxDegreeOfParallelism = Of(threads), CancellationToken = cancellation };
}
