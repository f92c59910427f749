using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.CSharp;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;
using Microsoft.DotNet.Interactive.PackageManagement;
using LinePosition = Microsoft.DotNet.Interactive.LinePosition;

namespace Screener.Kernel.Language;

/// <summary>C# as .NET Interactive runs it: its own engine, in this process.</summary>
/// <remarks>
/// What is added: a cell's end is awaited when it is stopped, printed text goes to the cell's output without being kept, extensions of
/// packages are loaded without a note, and values that contain themselves are cut off.
/// </remarks>
public sealed class CSharpLanguage : ICellLanguage
{
    private static readonly CSharpParseOptions Script = new(LanguageVersion.Latest, kind: SourceCodeKind.Script);
    private static readonly TimeSpan UntilExplained = TimeSpan.FromSeconds(3);

    private readonly CompositeKernel _kernel = [];
    private readonly HashSet<string> _shown = [];
    private KernelInvocationContext? _context;
    private volatile bool _isRunning;
    private volatile bool _hasRun;

    /// <summary>Starts an empty session.</summary>
    public CSharpLanguage()
    {
        CellConsole.Install();
        SelfContainingValues.Register();
        _kernel.Add(
            new CSharpKernel()
                .UseNugetDirective((kernel, packages) =>
                {
                    kernel.AddAssemblyReferences(packages.SelectMany(p => p.AssemblyPaths));
                    return Task.CompletedTask;
                })
                .UseKernelHelpers().UseWho().UseValueSharing(),
            ["c#", "C#"]);
        _kernel.Add(new HtmlKernel());
        _kernel.Add(new MarkupKernel("javascript", "JavaScript", code => (HtmlFormatter.MimeType, $"<script>{code}</script>")), ["js"]);
        _kernel.Add(new MarkupKernel("markdown", "Markdown", code => ("text/markdown", code)), ["md"]);
        _kernel.Add(new MarkupKernel("mermaid", "Mermaid", code => ("text/vnd.mermaid", code)));
        _kernel.Add(new KeyValueStoreKernel().UseWho());
        _kernel.DefaultKernelName = "csharp";
        _kernel.UseImportMagicCommand();
        _kernel.AddMiddleware((command, context, next) =>
        {
            if (command is SubmitCode)
                Volatile.Write(ref _context, context);
            return next(command, context);
        });
        PackageExtensions.Follow(_kernel);
    }

    /// <inheritdoc/>
    public async Task<CellOutcome> RunAsync(string code, ICellOutput output, CancellationToken stop)
    {
        if (CellNesting.Fault(code, Script) is { } fault)
            return new CellFailure("CompilationError", fault, [fault]);
        CellConsole.Install();
        using var cell = RunningCell.Begin(output, stop);
        var events = new CellEvents(new SubmitCode(code), output, _shown);
        using var subscription = _kernel.KernelEvents.Subscribe(events.Take);
        using var stopping = stop.Register(() => _ = StopAsync(output, events));
        (_isRunning, _hasRun) = (true, true);
        try
        {
            await _kernel.SendAsync(events.Command, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _isRunning = false;
            events.End();
        }

        Volatile.Write(ref _context, null);
        return stop.IsCancellationRequested
            ? new CellFailure("Stopped", "The cell was stopped.", ["The cell was stopped."])
            : events.Outcome;
    }

    /// <inheritdoc/>
    /// <remarks>Nothing while a cell runs: the engine would answer after its end.</remarks>
    public async Task<Completions> CompleteAsync(string code, int cursor, CancellationToken stop)
    {
        cursor = Math.Clamp(cursor, 0, code.Length);
        if (_isRunning || CellNesting.Fault(code, Script) is not null)
            return new Completions([], cursor, cursor);
        var found = await AskAsync<CompletionsProduced>(new RequestCompletions(code, Position(code, cursor)), stop).ConfigureAwait(false);
        int start = cursor;
        while (start > 0 && (SyntaxFacts.IsIdentifierPartCharacter(code[start - 1]) || code[start - 1] is '#' or '!'))
            start--;
        string begun = code[start..cursor];
        return new Completions(
            [.. (found?.Completions ?? []).Select(c => c.DisplayText).Where(
                t => t.StartsWith(begun, StringComparison.OrdinalIgnoreCase)).Distinct().Order(StringComparer.Ordinal)],
            start, cursor);
    }

    /// <inheritdoc/>
    public async Task<MimeBundle?> InspectAsync(string code, int cursor, CancellationToken stop)
    {
        if (_isRunning || CellNesting.Fault(code, Script) is not null)
            return null;
        var position = Position(code, Math.Clamp(cursor, 0, code.Length));
        var found = await AskAsync<HoverTextProduced>(new RequestHoverText(code, position), stop).ConfigureAwait(false);
        return found is null
            ? null
            : new MimeBundle(
                new Dictionary<string, string>(found.Content.Select(c => KeyValuePair.Create(c.MimeType, c.Value)))
                {
                    [PlainTextFormatter.MimeType] = found.Content.First().Value,
                });
    }

    /// <inheritdoc/>
    public Completeness IsComplete(string code)
    {
        if (CellNesting.Fault(code, Script) is not null)
            return Completeness.Invalid;
        if (code.Split('\n').Any(l => l.StartsWith("#!", StringComparison.Ordinal)))
            return Completeness.Complete;
        var tree = CSharpSyntaxTree.ParseText(code, Script);
        return !SyntaxFactory.IsCompleteSubmission(tree)
            ? Completeness.Incomplete
            : tree.GetDiagnostics().Any(d => d.Severity == DiagnosticSeverity.Error) ? Completeness.Invalid : Completeness.Complete;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _kernel.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<TEvent?> AskAsync<TEvent>(KernelCommand question, CancellationToken stop)
        where TEvent : KernelEvent
    {
        // The engine declares its helpers, such as display, before the first submission.
        if (!_hasRun)
        {
            await _kernel.SendAsync(new SubmitCode(""), stop).ConfigureAwait(false);
            Volatile.Write(ref _context, null);
            _hasRun = true;
        }

        return (await _kernel.SendAsync(question, stop).ConfigureAwait(false)).Events.OfType<TEvent>().FirstOrDefault();
    }

    // The engine's own ways to cancel end the waiting for a cell, not the cell: the next one would run beside it.
    private async Task StopAsync(ICellOutput output, CellEvents events)
    {
        while (!events.HasEnded && Volatile.Read(ref _context) is null)
            await Task.Delay(10).ConfigureAwait(false);
        if (Volatile.Read(ref _context) is { } context)
            await Source(context).CancelAsync().ConfigureAwait(false);
        await Task.Delay(UntilExplained).ConfigureAwait(false);
        if (!events.HasEnded)
            output.Print(
                "[The cell goes on: what it does takes no cancellation token. It ends by itself, or when the kernel is restarted.]\n",
                isError: true);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_cancellationTokenSource")]
    private static extern ref CancellationTokenSource Source(KernelInvocationContext context);

    private static LinePosition Position(string code, int cursor)
    {
        int line = code.AsSpan(0, cursor).Count('\n');
        return new LinePosition(line, cursor - (code.LastIndexOf('\n', Math.Max(cursor - 1, 0), Math.Max(cursor, 1)) + 1));
    }
}
