using System.Diagnostics;
using System.Net;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.DotNet.Interactive.Formatting;

namespace Screener.Kernel.Language;

/// <summary>C#, as .NET Interactive understands it: a session in which each cell sees what the earlier ones have left.</summary>
/// <remarks>
/// A cell begins on a thread with a stack of 16 MB. What its own code does is stopped within a moment; native calls, and
/// library code that takes no <see cref="CancellationToken"/>, end first. Formatters are registered for the whole process.
/// </remarks>
public sealed class CSharpLanguage : ICellLanguage
{
    private const string Stopped = "The cell was stopped.";

    private readonly CellAssemblies assemblies = new();
    private readonly CellReferences references = new();
    private readonly Session session;
    private readonly Dictionary<string, string[]> sources = [];

    /// <summary>Starts an empty session.</summary>
    public CSharpLanguage() => session = new Session(assemblies, references);

    /// <inheritdoc/>
    public async Task<CellOutcome> RunAsync(string code, ICellOutput output, CancellationToken stop)
    {
        try
        {
            return new CellSuccess(await RunAsync(code, output.CellNumber > 0 ? $"cell [{output.CellNumber}]" : "cell", output, stop).ConfigureAwait(false));
        }
        catch (CompileException failure)
        {
            return new CellFailure("CompilationError", failure.Message, failure.Trace);
        }
        catch (DirectiveException failure)
        {
            return new CellFailure("DirectiveError", failure.Message, failure.Message.Split('\n'));
        }
        catch (Exception failure) when (stop.IsCancellationRequested)
        {
            return new CellFailure("Stopped", Stopped, [Stopped, .. ExceptionReport.Trace(failure, SourceLine).Skip(1)]);
        }
        catch (Exception failure)
        {
            return new CellFailure(failure.GetType().FullName!, failure.Message.Split('\n')[0].TrimEnd('\r'), ExceptionReport.Trace(failure, SourceLine));
        }
    }

    /// <inheritdoc/>
    public Task<Completions> CompleteAsync(string code, int cursor, CancellationToken stop) =>
        Task.FromResult(new Completions([], cursor, cursor));

    /// <inheritdoc/>
    public Task<MimeBundle?> InspectAsync(string code, int cursor, CancellationToken stop) => Task.FromResult<MimeBundle?>(null);

    /// <inheritdoc/>
    public Completeness IsComplete(string code) => Completeness.Complete;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<MimeBundle?> RunAsync(string code, string name, ICellOutput output, CancellationToken stop)
    {
        // A number names one cell for good; what a front end asks beside it, under the same number, does not replace it.
        if (output.CellNumber == 0 || !sources.ContainsKey(name))
            sources[name] = code.Split('\n');
        MimeBundle? value = null;
        Stopwatch? clock = null;
        foreach (var step in CellParser.Parse(code))
        {
            stop.ThrowIfCancellationRequested();
            // Only the last value is the cell's own; earlier ones are shown where they arise.
            if (value is not null)
                output.Show(value);
            value = null;
            switch (step)
            {
                case CodeStep part:
                    value = await RunCodeAsync(part.Code, name, output, stop).ConfigureAwait(false);
                    break;
                case MarkupStep markup:
                    output.Show(Markup.Of(markup));
                    break;
                case DirectiveStep { Name: "#!time" }:
                    clock = Stopwatch.StartNew();
                    break;
                case DirectiveStep { Name: "#!about" }:
                    output.Show(About());
                    break;
                case DirectiveStep { Name: "#!lsmagic" }:
                    output.Show(ListDirectives());
                    break;
                case DirectiveStep { Name: "#r" } reference:
                    AddReference(reference);
                    break;
                case DirectiveStep other:
                    throw new DirectiveException(other.Line, $"{other.Name} is not supported yet.");
            }
        }

        if (clock is not null)
            output.Show(MimeBundle.Of(PlainTextFormatter.MimeType, $"Wall time: {clock.Elapsed.TotalMilliseconds:0.#}ms"));
        return value;
    }

    private async Task<MimeBundle?> RunCodeAsync(string code, string name, ICellOutput output, CancellationToken stop)
    {
        var submission = await Task.Run(() => session.Compile(code, name, stop), stop).ConfigureAwait(false);
        try
        {
            return await new CellRun(output).RunAsync(
                async () =>
                {
                    var value = await session.StartAsync(submission).ConfigureAwait(false);
                    // A value that was just shown is not shown again for having been mentioned last.
                    return submission.HasValue && value is not DisplayedValue ? ValueFormats.Of(value) : null;
                },
                stop).ConfigureAwait(false);
        }
        finally
        {
            session.Keep(submission);
        }
    }

    private void AddReference(DirectiveStep directive)
    {
        var path = Path.GetFullPath(directive.Argument);
        if (File.Exists(path))
        {
            assemblies.AddWithNeighbours(path);
            references.Add(path);
        }
        else if (!CellReferences.IsFramework(directive.Argument))
        {
            throw new DirectiveException(directive.Line, $"#r \"{directive.Argument}\": there is no such file in {Directory.GetCurrentDirectory()}, and no assembly of .NET has this name.");
        }
    }

    private string? SourceLine(string name, int line) =>
        sources.TryGetValue(name, out var lines) && line <= lines.Length ? lines[line - 1].Trim() : null;

    private static MimeBundle About() => Table(new Dictionary<string, string>
    {
        ["Kernel"] = $"Screener's kernel for C#, {typeof(CSharpLanguage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion}",
        ["Compiler"] = $"Roslyn {typeof(Microsoft.CodeAnalysis.Compilation).Assembly.GetName().Version?.ToString(3)}",
        ["Runtime"] = RuntimeInformation.FrameworkDescription,
        ["System"] = $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}",
    });

    private static MimeBundle ListDirectives() => Table(CellParser.Directives);

    private static MimeBundle Table(IReadOnlyDictionary<string, string> rows) => MimeBundle.Of(
        HtmlFormatter.MimeType,
        $"<table><tbody>{string.Concat(rows.Select(row => $"<tr><td><code>{WebUtility.HtmlEncode(row.Key)}</code></td><td style=\"text-align:left\">{WebUtility.HtmlEncode(row.Value)}</td></tr>"))}</tbody></table>");
}
