using System.CommandLine;
using Screener.Errors;
using Screener.Kernel.Installation;
using Screener.Reporting;
using Screener.Storage;

namespace Screener.Cli.Verbs;

/// <summary>Makes the C# kernel known to Jupyter.</summary>
internal sealed class KernelInstallVerb() : Verb(
    "kernel install",
    "Make the C# kernel known to Jupyter, beside .NET Interactive's own: an interrupt stops a cell and keeps its variables.",
    "screener kernel install",
    "screener kernel install --prefix /usr/local")
{
    private readonly Option<string?> _prefix = KernelPrefix.Option();

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_prefix];

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var installation = new KernelInstallation(JupyterPaths.OfProcess());
        string? prefix = line.GetValue(_prefix);
        var spec = AtomicFile.Writing(installation.Target(prefix), () => installation.Install(AtomicFile.WriteText, prefix));
        return spec.IsOurs
            ? new VerbResult(new { ok = true, installed = (KernelSpec[])[spec] }, KernelTable.Of([spec]))
            : throw new OutputException(
                spec.Folder, "a kernel of this name that 'screener kernel install' did not write", "nothing there, or a kernel of ours",
                "Nothing was written. Remove that kernel first, or install under another --prefix.");
    }
}
