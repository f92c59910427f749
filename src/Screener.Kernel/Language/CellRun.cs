using System.Diagnostics;

namespace Screener.Kernel.Language;

/// <summary>One cell while it runs, and what it started while that goes on.</summary>
/// <remarks>
/// <para>
/// A cell is stopped by asking, never by aborting its thread: <c>ControlledExecution.Run</c> ended the whole process
/// within a few stops of an ordinary loop (an uncaught PAL_SEHException, .NET 10.0.12 on Linux), and with it everything
/// that the session held. Cells are asked often, because <see cref="SafePoints"/> puts the question into their loops,
/// functions and awaits; a thread that only waits is woken by an interrupt.
/// </para>
/// <para>What nobody can stop, such as a native call, ends first, and the cell's output says so.</para>
/// </remarks>
internal sealed class CellRun
{
    // Reserved, not used: a deep recursion finds room, and a cell costs no more memory than it touches.
    private const int StackBytes = 16 << 20;

    private static readonly AsyncLocal<CellRun?> OfThisFlow = new();
    private static readonly TimeSpan UntilInterrupted = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan BetweenInterrupts = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan UntilExplained = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan UntilAbandoned = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan UntilForgotten = TimeSpan.FromSeconds(2);
    private static CellRun? latest;

    // What the kernel prints while it takes a cell's output is not the cell's.
    [ThreadStatic]
    private static bool isKernels;

    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource<MimeBundle?> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock wakeGate = new();
    private readonly ICellOutput output;
    private Thread? thread;
    private long stopAskedAt;
    private int inKernel;

    public CellRun(ICellOutput output)
    {
        this.output = output;
        Output = new GuardedOutput(this, output);
    }

    /// <summary>The cell to which the calling code belongs: by its flow, or else the one that runs.</summary>
    public static CellRun? Current => OfThisFlow.Value
        ?? (Volatile.Read(ref latest) is { } run && !run.completion.Task.IsCompleted ? run : null);

    /// <summary>Where the calling code's prints go, or null if that is not to a cell.</summary>
    public static ICellOutput? Printing => isKernels ? null : Current?.Output;

    /// <summary>Where the cell's output goes.</summary>
    public ICellOutput Output { get; }

    /// <summary>Cancelled when the cell is to stop.</summary>
    public CancellationToken Stopping => stopping.Token;

    /// <summary>When the stop was asked for, in ticks of <see cref="Stopwatch"/>; 0 if it was not.</summary>
    public long StopAskedAt => Volatile.Read(ref stopAskedAt);

    /// <inheritdoc cref="Current"/>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static CellRun RequireCurrent() =>
        Current ?? throw new InvalidOperationException("Only a running cell can show values.");

    /// <summary>Runs a cell's code to its end, or until it has stopped.</summary>
    /// <param name="body">The code; its first part, up to what it awaits, runs on a thread with a large stack.</param>
    /// <param name="stop">Stops it.</param>
    /// <returns>The body's result.</returns>
    /// <exception cref="OperationCanceledException">The cell was stopped.</exception>
    public async Task<MimeBundle?> RunAsync(Func<Task<MimeBundle?>> body, CancellationToken stop)
    {
        Volatile.Write(ref latest, this);
        CellConsole.Install();
        thread = new Thread(() => Start(body), StackBytes) { Name = "cell", IsBackground = true };
        thread.Start();

        await using (stop.UnsafeRegister(static run => ((CellRun)run!).AskToStop(), this))
        {
            if (await Task.WhenAny(completion.Task, asked.Task).ConfigureAwait(false) == asked.Task)
                await StopAsync().ConfigureAwait(false);
        }

        return await completion.Task.ConfigureAwait(false);
    }

    private void Start(Func<Task<MimeBundle?>> body)
    {
        OfThisFlow.Value = this;
        _ = CompleteAsync(body);
    }

    private async Task CompleteAsync(Func<Task<MimeBundle?>> body)
    {
        try
        {
            completion.TrySetResult(await body().ConfigureAwait(false));
        }
        catch (Exception failure)
        {
            completion.TrySetException(failure);
        }
        finally
        {
            ended.TrySetResult();
        }
    }

    // Needs no thread of the pool, which the cell may hold to the last.
    private void AskToStop()
    {
        Volatile.Write(ref stopAskedAt, Stopwatch.GetTimestamp());
        SafePoint.Raise(this);
        new Thread(Cancel) { Name = "cell stop", IsBackground = true }.Start();
        _ = LowerWhenEndedAsync();
        asked.TrySetResult();
    }

    // Whoever registered with the token runs here, and may take its time, or fail.
    private void Cancel()
    {
        SafePoint.Exempt();
        try
        {
            stopping.Cancel();
        }
        catch (AggregateException failure)
        {
            output.Print($"While the cell was being stopped: {failure.InnerException?.Message}\n", isError: true);
        }
    }

    private async Task StopAsync()
    {
        var since = Stopwatch.StartNew();
        var interrupted = UntilInterrupted - BetweenInterrupts;
        var explained = false;
        while (!completion.Task.IsCompleted)
        {
            await Task.WhenAny(completion.Task, Task.Delay(25)).ConfigureAwait(false);
            if (thread!.IsAlive && since.Elapsed > interrupted + BetweenInterrupts)
            {
                interrupted = since.Elapsed;
                InterruptIfWaiting();
            }

            if (!explained && since.Elapsed > UntilExplained)
            {
                explained = true;
                output.Print(
                    "Stopping, but the cell is inside a call that offers no stopping point: a native call, or library code that takes no " +
                    "CancellationToken. It stops when that call returns. Restarting the kernel ends it at once and loses the session's "
                    + "variables.\n",
                    isError: true);
            }

            if (!thread.IsAlive && since.Elapsed > UntilAbandoned)
                completion.TrySetException(
                    new OperationCanceledException("It awaited something that knows of no stop, and was left behind.", Stopping));
        }
    }

    // What the cell started beside itself, such as tasks, gets a moment longer to reach a safe point. A cell that was left
    // behind keeps the question raised until it goes on and finds it.
    private async Task LowerWhenEndedAsync()
    {
        await ended.Task.ConfigureAwait(false);
        await Task.Delay(UntilForgotten).ConfigureAwait(false);
        SafePoint.Lower(this);
    }

    private void InterruptIfWaiting()
    {
        lock (wakeGate)
        {
            if (inKernel == 0 && (thread!.ThreadState & System.Threading.ThreadState.WaitSleepJoin) != 0)
                thread.Interrupt();
        }
    }

    // The kernel's own locks are not left half-way by an interrupt that was meant for the cell.
    private void EnterKernel()
    {
        if (Thread.CurrentThread != thread)
            return;
        lock (wakeGate)
            inKernel++;
    }

    private void LeaveKernel()
    {
        if (Thread.CurrentThread != thread)
            return;
        lock (wakeGate)
            inKernel--;
    }

    private void InKernel(Action hand)
    {
        SafePoint.CheckLate();
        EnterKernel();
        isKernels = true;
        try
        {
            hand();
        }
        finally
        {
            isKernels = false;
            LeaveKernel();
        }
    }

    private sealed class GuardedOutput(CellRun run, ICellOutput output) : ICellOutput
    {
        public int CellNumber => output.CellNumber;

        public void Print(string text, bool isError = false) => run.InKernel(() => output.Print(text, isError));

        public void Show(MimeBundle data, string? displayId = null) => run.InKernel(() => output.Show(data, displayId));

        public void Update(MimeBundle data, string displayId) => run.InKernel(() => output.Update(data, displayId));
    }
}
