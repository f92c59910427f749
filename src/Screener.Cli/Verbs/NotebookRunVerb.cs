using System.CommandLine;
using System.Globalization;
using Screener.Errors;
using Screener.Imaging;
using Screener.Kernel.Notebooks;
using Screener.Kernel.Protocol;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Runs notebooks without a front end.</summary>
internal sealed class NotebookRunVerb() : Verb(
    "notebook run",
    "Run notebooks, each in a kernel of its own; write them with their outputs, and as HTML pages that need nothing else.",
    "screener notebook run notebooks/00-quickstart.ipynb",
    "screener notebook run first.ipynb second.ipynb --out artifacts/notebooks --timeout 300 --set PROFILE=Quick --set CASES=4 --no-html")
{
    private readonly Argument<string[]> _files = new("files")
    {
        Description = "Notebooks in C#, and texts in Markdown (.md), which become pages.", Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string> _out = new("--out", "-o")
    {
        Description = "The folder for what is written.", HelpName = "folder", DefaultValueFactory = _ => "executed",
    };
    private readonly Option<double> _timeout = new("--timeout")
    {
        Description = "Seconds that one cell may take.",
        HelpName = "seconds",
        DefaultValueFactory = _ => 600,
        CustomParser = result =>
        {
            if (double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
                && seconds is > 0 and <= 1e6)
                return seconds;
            result.AddError($"--timeout: '{result.Tokens[0].Value}'; expected a number of seconds from 0 to 1000000.");
            return default;
        },
    };

    private readonly Option<Dictionary<string, string>> _set = new("--set")
    {
        Description = "An environment variable of the notebooks, NAME=VALUE; may be given several times.",
        HelpName = "name=value",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
        CustomParser = result =>
        {
            var variables = new Dictionary<string, string>();
            foreach (string text in result.Tokens.Select(t => t.Value))
            {
                int equals = text.IndexOf('=', StringComparison.Ordinal);
                if (equals <= 0)
                    result.AddError($"--set: '{text}'; expected NAME=VALUE.");
                else
                    variables[text[..equals]] = text[(equals + 1)..];
            }

            return variables;
        },
    };

    private readonly Option<bool> _html = new("--html") { Description = "Write HTML pages too, which is the default." };
    private readonly Option<bool> _noHtml = new("--no-html") { Description = "Write no HTML pages." };

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_files, _out, _timeout, _set, _html, _noHtml];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths)
    {
        string[] files = line.GetValue(_files) ?? [];
        var targets = Targets(files, line.GetRequiredValue(_out));
        paths.Read(_files.Name, files).Write(_out.Name, targets);
        if (!line.GetValue(_noHtml))
            paths.Write(_out.Name, targets.Select(t => Path.ChangeExtension(t, ".html")));
    }

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        if (line.GetValue(_html) && line.GetValue(_noHtml))
            throw new OptionException(_noHtml.Name, "given beside --html", "one of the two");
        TemporaryFiles.RequireFolder();
        string[] files = line.GetRequiredValue(_files);
        string folder = line.GetRequiredValue(_out);
        var targets = Targets(files, folder);
        var notebooks = files.Select(Read).ToList();
        var runner = new NotebookRunner(
            new NotebookRunOptions
            {
                CellTimeout = TimeSpan.FromSeconds(line.GetValue(_timeout)), Environment = line.GetRequiredValue(_set),
            }, context.Activities);

        var failures = new List<string>();
        var results = new List<object>();
        var text = new List<string>();
        for (int i = 0; i < files.Length; i++)
        {
            string file = files[i], target = targets[i];
            string? page = line.GetValue(_noHtml) ? null : Path.ChangeExtension(target, ".html");
            AtomicFile.RequireWritable(target);
            if (page is not null)
                AtomicFile.RequireWritable(page);
            NotebookRunResult result;
            try
            {
                result = Run(file, notebooks[i], runner, context.Activities, cancellation);
            }
            catch (OperationCanceledException)
            {
                Keep(notebooks[i], file, target, page);
                context.Activities.Note($"{file}: stopped; what ran before is in {Path.GetFullPath(page ?? target)}");
                throw;
            }

            Keep(notebooks[i], file, target, page);
            if (result.Failed is { } cell)
                failures.Add(Invariant($"{file}: cell {cell.Number} ('{cell.Title}'): {result.Error!.Name}: {result.Error.Message}"));
            results.Add(
                new
                {
                    file, executed = Path.GetFullPath(target), page = page is null
                        ? null
                        : Path.GetFullPath(page), seconds = result.Elapsed.TotalSeconds,
                });
            text.Add(Invariant($"{Path.GetFullPath(page ?? target)}: {result.Elapsed.TotalSeconds:0.0} s"));
        }

        return failures.Count == 0
            ? new VerbResult(new { ok = true, notebooks = results }, string.Join(Environment.NewLine, text))
            : throw new NotebookFailedException(
                failures[0],
                failures.Count == 1 ? "it failed" : $"it failed, and so did {string.Join("; ", failures.Skip(1))}",
                "every cell to run to its end",
                $"What ran before is in {Path.GetFullPath(folder)}.");
    }

    // The executed notebook, and its page where one is asked for.
    private static void Keep(Notebook notebook, string file, string target, string? page)
    {
        AtomicFile.WriteText(target, notebook.ToJson());
        if (page is not null)
            AtomicFile.WriteText(page, NotebookPage.Of(notebook, Path.GetFileNameWithoutExtension(file), FolderOf(file)));
    }

    private static NotebookRunResult Run(
        string file, Notebook notebook, NotebookRunner runner, Activities activities, CancellationToken cancellation)
    {
        string name = Path.GetFileName(file);
        try
        {
            return runner.RunAsync(notebook, FolderOf(file), new CellLines(name, activities), cancellation).GetAwaiter().GetResult();
        }
        catch (ProtocolException e)
        {
            throw new NotebookFailedException(file, e.Message, "a kernel that runs it", "Run it again with --verbose.", e);
        }
    }

    /// <summary>Where each notebook is written.</summary>
    private static List<string> Targets(string[] files, string folder)
    {
        var targets = files.Select(f => Path.Combine(folder, Path.ChangeExtension(Path.GetFileName(f), ".ipynb"))).ToList();
        for (int i = 0; i < files.Length; i++)
        {
            if (Path.GetFullPath(targets[i]) == Path.GetFullPath(files[i]))
                throw new OptionException("--out", $"'{folder}', where {files[i]} itself lies", "another folder");
            if (targets.IndexOf(targets[i]) != i)
                throw new OptionException(
                    "files", $"two notebooks named {Path.GetFileName(files[i])}", "notebooks of different names",
                    "Run them one after the other with different --out.");
        }

        return targets;
    }

    private static Notebook Read(string file)
    {
        try
        {
            return Notebook.Read(file);
        }
        catch (NotebookException e)
        {
            throw new MissingInputException(file, e.Message, "a C# notebook of nbformat 4", "Check the path.", e);
        }
    }

    private static string FolderOf(string file) => Path.GetDirectoryName(Path.GetFullPath(file))!;

    // At once and in order, which Progress<T> does not promise.
    private sealed class CellLines(string name, Activities activities) : IProgress<CellProgress>
    {
        public void Report(CellProgress value) => activities.Note(
            Invariant(
                $"{name} [{value.Cell.Number}/{value.Count}] {value.Elapsed.TotalSeconds,6:0.0} s  ")
                + Invariant($"{(value.Failure is null ? "" : $"FAILED {value.Failure.Name}: ")}{value.Cell.Title}"));
    }
}
