using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Screener.Kernel.Language;

/// <summary>
/// What the kernel adds to the loops, functions and awaits of a cell, so that the cell can be stopped and a recursion
/// without end fails instead of ending the process. See <see cref="SafePoints"/>, which adds it; not for use in cells.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class SafePoint
{
    // A cleanup block, a handler of all exceptions and the like get this long between two refusals to go on.
    private const double SecondsOfPeace = 0.5;

    private static readonly Lock StoppingGate = new();
    private static readonly List<CellRun> Stopping = [];

    // The only thing that is read while nobody stops anything.
    private static volatile bool raised;

    [ThreadStatic]
    private static long refusedAt;

    [ThreadStatic]
    private static bool isExempt;

    /// <summary>Cancelled when the cell that runs the calling code is to stop.</summary>
    public static CancellationToken Token => CellRun.Current?.Stopping ?? CancellationToken.None;

    /// <summary>Ends the calling cell if it is to stop.</summary>
    /// <exception cref="OperationCanceledException">It is to stop.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check()
    {
        if (raised)
            Refuse(SecondsOfPeace);
    }

    /// <summary>Ends the calling cell if it is to stop, or if it is about to run out of stack.</summary>
    /// <exception cref="OperationCanceledException">It is to stop.</exception>
    /// <exception cref="InsufficientExecutionStackException">The recursion is too deep.</exception>
    public static void CheckStack()
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (raised)
            Refuse(SecondsOfPeace);
    }

    /// <summary>What a cell awaits, or its end once the cell is to stop.</summary>
    public static Task Stoppable(Task task) => task.WaitAsync(Token);

    /// <inheritdoc cref="Stoppable(Task)"/>
    public static Task<T> Stoppable<T>(Task<T> task) => task.WaitAsync(Token);

    /// <inheritdoc cref="Stoppable(Task)"/>
    public static ValueTask Stoppable(ValueTask task) => task.IsCompleted ? task : new ValueTask(task.AsTask().WaitAsync(Token));

    /// <inheritdoc cref="Stoppable(Task)"/>
    public static ValueTask<T> Stoppable<T>(ValueTask<T> task) => task.IsCompleted
        ? task
        : new ValueTask<T>(task.AsTask().WaitAsync(Token));

    /// <summary>As <see cref="Check"/>, for calls that cleanup code makes as well: only where stopping takes long already.</summary>
    internal static void CheckLate()
    {
        if (raised)
            Refuse(2 * SecondsOfPeace, atOnce: false);
    }

    /// <summary>Lets the calling thread pass: it runs what cells have registered for being stopped.</summary>
    internal static void Exempt() => isExempt = true;

    internal static void Raise(CellRun run)
    {
        lock (StoppingGate)
        {
            Stopping.Add(run);
            raised = true;
        }
    }

    /// <summary>Forgets a run whose code has ended: nothing of it has to be stopped any longer.</summary>
    internal static void Lower(CellRun run)
    {
        lock (StoppingGate)
        {
            Stopping.Remove(run);
            raised = Stopping.Count > 0;
        }
    }

    private static void Refuse(double secondsOfPeace, bool atOnce = true)
    {
        if (isExempt || CellRun.Current is not { StopAskedAt: > 0 } run)
            return;
        var now = Stopwatch.GetTimestamp();
        var since = refusedAt > run.StopAskedAt ? refusedAt : atOnce ? 0 : run.StopAskedAt;
        if (since != 0 && Stopwatch.GetElapsedTime(since, now).TotalSeconds < secondsOfPeace)
            return;
        refusedAt = now;
        throw new OperationCanceledException("The cell was stopped.", run.Stopping);
    }
}
