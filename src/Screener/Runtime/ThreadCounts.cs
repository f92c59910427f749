using System.Runtime.ExceptionServices;

namespace Screener.Runtime;

/// <summary>How many processor threads a number of them stands for.</summary>
internal static class ThreadCounts
{
    /// <summary>As many as are asked for; one for each processor where 0 are.</summary>
    internal static int Of(int threads) => threads == 0 ? Environment.ProcessorCount : threads;

    /// <summary>The same for loops.</summary>
    internal static ParallelOptions Parallel(int threads, CancellationToken cancellation = default) =>
        new() { MaxDegreeOfParallelism = Of(threads), CancellationToken = cancellation };

    /// <summary>Runs a loop that fails as a single thread would: with one cause, of the failures before the cancellations.</summary>
    /// <param name="threads">As <see cref="Of"/> takes them.</param>
    /// <param name="loop">The loop, given its options.</param>
    /// <param name="cancellation">Stops it.</param>
    internal static void Run(int threads, Action<ParallelOptions> loop, CancellationToken cancellation)
    {
        try
        {
            loop(Parallel(threads, cancellation));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(
                e.Flatten().InnerExceptions.FirstOrDefault(x => x is not OperationCanceledException) ?? e.InnerExceptions[0]);
        }
    }
}
