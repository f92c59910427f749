using System.CommandLine;
using Screener.Kernel.Installation;
using Screener.Reporting;
using Screener.Storage;

namespace Screener.Cli.Verbs;

/// <summary>Removes what <c>kernel install</c> wrote.</summary>
internal sealed class KernelUninstallVerb() : Verb(
    "kernel uninstall",
    "Remove from Jupyter what 'screener kernel install' wrote, and nothing else.",
    "screener kernel uninstall",
    "screener kernel uninstall --prefix /usr/local")
{
    private readonly Option<string?> _prefix = KernelPrefix.Option();

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_prefix];

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var installation = new KernelInstallation(JupyterPaths.OfProcess());
        string? prefix = line.GetValue(_prefix);
        var removed = AtomicFile.Writing(installation.Target(prefix), () => installation.Uninstall(prefix));
        return new VerbResult(
            new { ok = true, removed },
            removed.Count == 0 ? new NotePart("Nothing of ours was installed.") : KernelTable.Of(removed));
    }
}
