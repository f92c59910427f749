namespace Screener.Kernel.Notebooks;

/// <summary>How a notebook is run.</summary>
public sealed record NotebookRunOptions
{
    /// <summary>How long one cell may take.</summary>
    public TimeSpan CellTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long an interrupted cell may take to end before the kernel is killed.</summary>
    public TimeSpan InterruptPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the kernel may take to answer for the first time.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Environment variables of the kernel beside those of this process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Throws unless every time is positive.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is not.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CellTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(InterruptPatience, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(StartTimeout, TimeSpan.Zero);
    }
}

/// <summary>A cell has ended.</summary>
/// <param name="Cell">Which.</param>
/// <param name="Count">Cells of the notebook.</param>
/// <param name="Elapsed">What it took.</param>
/// <param name="Failure">What went wrong, or null.</param>
public sealed record CellProgress(NotebookCell Cell, int Count, TimeSpan Elapsed, CellError? Failure);

/// <summary>What went wrong in a cell.</summary>
/// <param name="Name">The kind of failure.</param>
/// <param name="Message">One line.</param>
public sealed record CellError(string Name, string Message);

/// <summary>How a run ended.</summary>
/// <param name="Failed">The cell that failed, after which no other was run; null if all ran.</param>
/// <param name="Error">What went wrong in it.</param>
/// <param name="Elapsed">What the run took, the kernel's start included.</param>
public sealed record NotebookRunResult(NotebookCell? Failed, CellError? Error, TimeSpan Elapsed);
