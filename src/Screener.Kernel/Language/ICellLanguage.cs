namespace Screener.Kernel.Language;

/// <summary>
/// What a kernel asks of its language. One cell runs at a time; the other questions may come while it runs, from other threads.
/// </summary>
public interface ICellLanguage : IAsyncDisposable
{
    /// <summary>Runs a cell. Never throws for what the cell does wrong: that is a <see cref="CellFailure"/>.</summary>
    /// <param name="code">The cell's text.</param>
    /// <param name="output">Where its output goes.</param>
    /// <param name="stop">Stops the cell, also inside a loop that asks nobody.</param>
    Task<CellOutcome> RunAsync(string code, ICellOutput output, CancellationToken stop);

    /// <summary>What could stand at the cursor.</summary>
    /// <param name="code">The cell's text.</param>
    /// <param name="cursor">UTF-16 position in it.</param>
    /// <param name="stop">Ends the search.</param>
    Task<Completions> CompleteAsync(string code, int cursor, CancellationToken stop);

    /// <summary>What stands at the cursor: type, signature, documentation; null where nothing is known.</summary>
    Task<MimeBundle?> InspectAsync(string code, int cursor, CancellationToken stop);

    /// <summary>Whether the text can run as it is, needs more lines, or never will run.</summary>
    Completeness IsComplete(string code);
}

/// <summary>How a cell ended.</summary>
public abstract record CellOutcome;

/// <summary>The cell ran to its end.</summary>
/// <param name="Value">The formats of its last expression's value, or null if it has none.</param>
public sealed record CellSuccess(MimeBundle? Value) : CellOutcome;

/// <summary>The cell did not compile, threw, or was stopped.</summary>
/// <param name="Name">The kind of failure, such as the exception's type.</param>
/// <param name="Message">One line.</param>
/// <param name="Trace">Readable lines, the cell's own first; compile errors point at line and column.</param>
public sealed record CellFailure(string Name, string Message, IReadOnlyList<string> Trace) : CellOutcome;

/// <summary>Candidates for the text between <paramref name="Start"/> and <paramref name="End"/> (UTF-16 positions).</summary>
public sealed record Completions(IReadOnlyList<string> Matches, int Start, int End);

/// <summary>Whether a cell's text is finished.</summary>
public enum Completeness
{
    /// <summary>It can run.</summary>
    Complete,

    /// <summary>More lines are needed.</summary>
    Incomplete,

    /// <summary>No further line can mend it.</summary>
    Invalid,
}
