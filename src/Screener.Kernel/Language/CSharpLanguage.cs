using System.Diagnostics;
using System.Net;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.DotNet.Interactive.Formatting;
using Screener.Kernel.Completion;
using Screener.Kernel.Packages;

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
    private readonly SessionPackages packages;
    private readonly Session session;
    private readonly HashSet<string> importing = [];
    private readonly Lazy<CodeAssistant> assistant = new(() => new CodeAssistant());
    private readonly Dictionary<string, string[]> sources = [];

    /// <summary>Starts an empty session.</summary>
    /// <param name="restoreFolder">Where it is noted what packages were restored to; null for a place in the user's own data.</param>
    public CSharpLanguage(string? restoreFolder = null)
    {
        session = new Session(assemblies, references);
        packages = new SessionPackages(assemblies, references, new PackageRestore(restoreFolder ?? PackageRestore.UserFolder));
    }

    /// <inheritdoc/>
    public async Task<CellOutcome> RunAsync(string code, ICellOutput output, CancellationToken stop)
    {
        // A number names one cell for good; what a front end asks beside it, under the same number, does not replace it.
        var name = output.CellNumber > 0 ? $"cell [{output.CellNumber}]" : "cell";
        if (output.CellNumber == 0 || !sources.ContainsKey(name))
            sources[name] = code.Split('\n');
        try
        {
            return new CellSuccess(await RunAsync(new CellDocument.Cell(name, code), output, stop).ConfigureAwait(false));
        }
        catch (CompileException failure)
        {
            return new CellFailure("CompilationError", failure.Message, failure.Trace);
        }
        catch (DirectiveException failure)
        {
            return new CellFailure("DirectiveError", failure.Message, failure.Message.Split('\n'));
        }
        catch (PackageException failure)
        {
            return new CellFailure("PackageError", failure.Message.Split('\n')[0], failure.Message.Split('\n'));
        }
        catch (Exception failure) when (stop.IsCancellationRequested)
        {
            return new CellFailure("Stopped", Stopped, [Stopped, .. ExceptionReport.Trace(failure, SourceLine).Skip(1)]);
        }
        catch (Exception failure)
        {
            return new CellFailure(
                failure.GetType().FullName!, failure.Message.Split('\n')[0].TrimEnd('\r'), ExceptionReport.Trace(failure, SourceLine));
        }
    }

    /// <inheritdoc/>
    public async Task<Completions> CompleteAsync(string code, int cursor, CancellationToken stop)
    {
        cursor = Math.Clamp(cursor, 0, code.Length);
        if (CellParser.CompleteDirective(code, cursor) is { } directives)
            return directives;
        return CellParser.CodeAround(code, cursor) is { } part
            ? await assistant.Value.CompleteAsync(session.Last, references.Files, part, cursor, stop).ConfigureAwait(false)
            : new Completions([], cursor, cursor);
    }

    /// <inheritdoc/>
    public async Task<MimeBundle?> InspectAsync(string code, int cursor, CancellationToken stop)
    {
        cursor = Math.Clamp(cursor, 0, code.Length);
        return CellParser.CodeAround(code, cursor) is { } part
            ? await assistant.Value.InspectAsync(session.Last, references.Files, part, cursor, stop).ConfigureAwait(false)
            : null;
    }

    /// <inheritdoc/>
    public Completeness IsComplete(string code) => CellParser.IsComplete(code);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (assistant.IsValueCreated)
            assistant.Value.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<MimeBundle?> RunAsync(CellDocument.Cell cell, ICellOutput output, CancellationToken stop)
    {
        MimeBundle? value = null;
        Stopwatch? clock = null;
        packages.Forget();
        foreach (var step in CellParser.Parse(cell.Text, cell.Language))
        {
            stop.ThrowIfCancellationRequested();
            // Only the last value is the cell's own; earlier ones are shown where they arise.
            if (value is not null)
                output.Show(value);
            value = null;
            if (packages.IsPending && step is not DirectiveStep { Name: "#r" or "#i" })
                await RestoreAsync(output, stop).ConfigureAwait(false);
            switch (step)
            {
                case CodeStep part:
                    value = await RunCodeAsync(part.Code, cell.Name, output, stop).ConfigureAwait(false);
                    break;
                case MarkupStep markup:
                    output.Show(Markup.Of(markup));
                    break;
                case DirectiveStep { Name: "#!time" }:
                    clock = Stopwatch.StartNew();
                    break;
                case DirectiveStep directive:
                    await FollowAsync(directive, output, stop).ConfigureAwait(false);
                    break;
            }
        }

        if (packages.IsPending)
            await RestoreAsync(output, stop).ConfigureAwait(false);
        if (clock is not null)
            output.Show(MimeBundle.Of(PlainTextFormatter.MimeType, $"Wall time: {clock.Elapsed.TotalMilliseconds:0.#}ms"));
        return value;
    }

    private async Task FollowAsync(DirectiveStep directive, ICellOutput output, CancellationToken stop)
    {
        switch (directive.Name)
        {
            case "#!about":
                output.Show(About());
                break;
            case "#!lsmagic":
                output.Show(ListDirectives());
                break;
            case "#!import":
                await ImportAsync(directive, output, stop).ConfigureAwait(false);
                break;
            case "#i":
                packages.AddSource(directive.Argument);
                break;
            case "#r" when directive.Argument.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase):
                packages.Request(directive.Argument);
                break;
            case "#r":
                AddReference(directive);
                break;
            default:
                throw new UnreachableException(directive.Name);
        }
    }

    private async Task RestoreAsync(ICellOutput output, CancellationToken stop)
    {
        foreach (var package in await packages.RestoreAsync(output, stop).ConfigureAwait(false))
        {
            // At once, before the cell's own code, which may rely on it.
            if (File.Exists(package.ExtensionScript))
                await RunDocumentAsync(package.ExtensionScript, output, stop).ConfigureAwait(false);
        }
    }

    private async Task ImportAsync(DirectiveStep directive, ICellOutput output, CancellationToken stop)
    {
        var path = Path.GetFullPath(directive.Argument);
        if (!File.Exists(path))
            throw new DirectiveException(
                directive.Line, $"#!import {directive.Argument}: there is no such file in {Directory.GetCurrentDirectory()}.");
        await RunDocumentAsync(path, output, stop).ConfigureAwait(false);
    }

    private async Task RunDocumentAsync(string path, ICellOutput output, CancellationToken stop)
    {
        if (importing.Contains(path))
            throw new DirectiveException(0, $"#!import {path}: it is being imported already, and would import itself without end.");
        importing.Add(path);
        try
        {
            foreach (var cell in CellDocument.Read(path).Cells)
            {
                sources[cell.Name] = cell.Text.Split('\n');
                if (await RunAsync(cell, output, stop).ConfigureAwait(false) is { } value)
                    output.Show(value);
            }
        }
        finally
        {
            importing.Remove(path);
        }
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
        var name = Path.GetFileNameWithoutExtension(path);
        if (!File.Exists(path))
        {
            if (!CellReferences.IsFramework(directive.Argument))
                throw new DirectiveException(
                    directive.Line,
                    $"#r \"{directive.Argument}\": there is no such file in {Directory.GetCurrentDirectory()}, and no assembly of .NET "
                    + $"has this name.");
            return;
        }

        if (!CellReferences.IsManaged(path))
            throw new DirectiveException(directive.Line, $"#r \"{directive.Argument}\": this is no .NET assembly.");
        if (CellReferences.IsShared(name))
            return;
        if (assemblies.AddWithNeighbours(path))
            references.Add(path);
        else if (assemblies.Find(name) is { } other && other != path)
            throw new DirectiveException(
                directive.Line,
                $"#r \"{directive.Argument}\": this session uses {other} under the same name. Restart the kernel to use another one.");
    }

    private string? SourceLine(string name, int line) =>
        sources.TryGetValue(name, out var lines) && line <= lines.Length ? lines[line - 1].Trim() : null;

    private static MimeBundle About() => Table(new Dictionary<string, string>
    {
        ["Kernel"] =
            $"Screener's kernel for C#, "
            + $"{typeof(CSharpLanguage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion}",
        ["Compiler"] = $"Roslyn {typeof(Microsoft.CodeAnalysis.Compilation).Assembly.GetName().Version?.ToString(3)}",
        ["Runtime"] = RuntimeInformation.FrameworkDescription,
        ["System"] = $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}",
    });

    private static MimeBundle ListDirectives() => Table(CellParser.Directives);

    private static MimeBundle Table(IReadOnlyDictionary<string, string> rows) => MimeBundle.Of(
        HtmlFormatter.MimeType,
        $"<table><tbody>{string.Concat(rows.Select(row =>
            $"<tr><td><code>{WebUtility.HtmlEncode(row.Key)}</code></td><td style=\"text-align:left\">{
            WebUtility.HtmlEncode(row.Value)}</td></tr>"))}</tbody></table>");
}
