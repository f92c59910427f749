using System.CommandLine;
using Screener.Kernel.Installation;

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
        string text = specs.Count == 0
            ? "None. To install this one: screener kernel install"
            : string.Join(Environment.NewLine, specs.Select(s => KernelLine.Of(s) + (s.IsOurs ? "" : "  (.NET Interactive's)")));
        return new VerbResult(new { ok = true, kernels = specs }, text);
    }
}
