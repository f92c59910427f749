using System.Collections.Concurrent;
using Screener.Kernel.Language;

namespace Screener.Kernel.Tests;

/// <summary>A language whose cells do what the test says, so that the protocol is tested by itself.</summary>
internal sealed class ScriptedLanguage : ICellLanguage
{
    private readonly ConcurrentDictionary<string, Func<ICellOutput, CancellationToken, Task<CellOutcome>>> _cells = new();

    /// <summary>The texts of the cells that ran, in order.</summary>
    internal ConcurrentQueue<string> Ran { get; } = new();

    /// <summary>Says what a cell does.</summary>
    internal ScriptedLanguage On(string code, Func<ICellOutput, CancellationToken, Task<CellOutcome>> run)
    {
        _cells[code] = run;
        return this;
    }

    /// <summary>Says what a cell does that has no value.</summary>
    internal ScriptedLanguage On(string code, Action<ICellOutput> run) => On(code, (output, _) =>
    {
        run(output);
        return Task.FromResult<CellOutcome>(new CellSuccess(null));
    });

    /// <summary>A cell that runs until it is stopped.</summary>
    internal ScriptedLanguage OnEndless(string code) => On(code, async (_, stop) =>
    {
        await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        return new CellFailure("Stopped", "The cell was stopped.", []);
    });

    // What is not scripted has its own text as its value.
    public Task<CellOutcome> RunAsync(string code, ICellOutput output, CancellationToken stop)
    {
        Ran.Enqueue(code);
        return _cells.TryGetValue(code, out var run)
            ? run(output, stop)
            : Task.FromResult<CellOutcome>(new CellSuccess(MimeBundle.Of("text/plain", code)));
    }

    // The word before the cursor, doubled.
    public Task<Completions> CompleteAsync(string code, int cursor, CancellationToken stop)
    {
        int start = code.LastIndexOf(' ', Math.Max(0, cursor - 1)) + 1;
        return Task.FromResult(new Completions([code[start..cursor] + code[start..cursor]], start, cursor));
    }

    public Task<MimeBundle?> InspectAsync(string code, int cursor, CancellationToken stop) =>
        Task.FromResult(code == "unknown" ? null : MimeBundle.Of("text/plain", $"{code} at {cursor}"));

    public Completeness IsComplete(string code) => code.EndsWith('{')
        ? Completeness.Incomplete
        : code.StartsWith('}') ? Completeness.Invalid : Completeness.Complete;

    public ValueTask DisposeAsync() => default;
}
