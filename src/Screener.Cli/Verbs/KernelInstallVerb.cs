using System.CommandLine;
using Screener.Kernel.Installation;
using Screener.Reporting;

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
        var written = new KernelInstallation(JupyterPaths.OfProcess()).Install(line.GetValue(_prefix));
        KernelSpec[] installed = written is null ? [] : [written];
        return new VerbResult(
            new { ok = written is not null, installed },
            written is null
                ? new NotePart($"Nothing was written: '{KernelSpec.OwnName}' is there and is not ours.")
                : KernelTable.Of(installed));
    }
}
