namespace Screener.Kernel.Language;

/// <summary>The cell that runs, as far as the console has to know it: whose output takes what is printed.</summary>
internal sealed class RunningCell : IDisposable
{
    // To say that it was stopped, and what it has so far.
    private const int PrintsAfterStop = 100;

    private static readonly AsyncLocal<RunningCell?> OfThisFlow = new();
    private static RunningCell? latest;

    private readonly ICellOutput output;
    private readonly CancellationToken stop;
    private int printsAfterStop;

    private RunningCell(ICellOutput output, CancellationToken stop) => (this.output, this.stop) = (output, stop);

    /// <summary>
    /// The cell to which the calling code belongs: by its flow, also after the cell's end, or else the one that runs; null outside of any.
    /// </summary>
    public static RunningCell? Current => OfThisFlow.Value ?? Volatile.Read(ref latest);

    /// <summary>Says that a cell begins in this flow; it ends when the result is disposed of.</summary>
    public static RunningCell Begin(ICellOutput output, CancellationToken stop)
    {
        var cell = new RunningCell(output, stop);
        OfThisFlow.Value = cell;
        Volatile.Write(ref latest, cell);
        return cell;
    }

    /// <summary>Prints. A cell that was stopped and goes on printing is stopped here.</summary>
    public void Print(string text, bool isError)
    {
        if (stop.IsCancellationRequested && Interlocked.Increment(ref printsAfterStop) > PrintsAfterStop)
            throw new OperationCanceledException("The cell was stopped.", stop);
        output.Print(text, isError);
    }

    /// <summary>Says that the cell has ended.</summary>
    public void Dispose() => Volatile.Write(ref latest, null);
}
