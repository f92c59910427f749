using System.CommandLine;
using System.Diagnostics;
using Screener.Errors;
using Screener.Kernel.Client;
using Screener.Kernel.Protocol;

namespace Screener.Cli.Verbs;

/// <summary>Runs a kernel until it is asked to end.</summary>
internal sealed class KernelStartVerb() : Verb(
    "kernel start",
    "Run a kernel until a front end asks it to end, or until Ctrl-C.",
    "screener kernel start",
    "screener kernel start connection.json")
{
    private readonly Argument<string?> _file = new("file")
    {
        Description = "The connection file; nothing makes one and says where, for 'jupyter console --existing FILE'.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_file];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths) => paths.Read(_file.Name, line.GetValue(_file));

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        string? own = null, file = line.GetValue(_file);
        if (file is not null && !File.Exists(file))
            throw new MissingInputException(
                file, "nothing there", "a connection file that a front end wrote", "Check the path, or leave it out.");
        try
        {
            if (file is null)
            {
                TemporaryFiles.RequireFolder();
                file = own = ConnectionFile.OfFreePorts().WriteTemporary();
                context.Activities.Note($"jupyter console --existing {file}");
            }

            using var process = Process.Start(KernelProcess.Program(file))!;
            try
            {
                process.WaitForExitAsync(cancellation).GetAwaiter().GetResult();
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            return process.ExitCode == 0
                ? new VerbResult(new { ok = true, file }, "The kernel has ended.")
                : throw new NotebookFailedException(
                    file, $"the kernel ended with exit code {process.ExitCode}", "one that runs until it is asked to end",
                    "See what it said above.");
        }
        finally
        {
            if (own is not null)
                File.Delete(own);
        }
    }
}
