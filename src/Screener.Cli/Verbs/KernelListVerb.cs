using System.CommandLine;
using Screener.Kernel.Installation;
using Screener.Reporting;

namespace Screener.Cli.Verbs;

/// <summary>Says which kernels of C# Jupyter knows.</summary>
internal sealed class KernelListVerb() : Verb("kernel list", "Say which kernels of C# Jupyter knows, and where.", "screener kernel list")
{
    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [];

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var specs = new KernelInstallation(JupyterPaths.OfProcess()).List();
        return new VerbResult(
            new { ok = true, kernels = specs },
            specs.Count == 0 ? new NotePart("None. To install this one: screener kernel install") : KernelTable.Of(specs));
    }
}
