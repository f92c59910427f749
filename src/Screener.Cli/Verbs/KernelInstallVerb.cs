using System.CommandLine;
using Screener.Kernel.Installation;

namespace Screener.Cli.Verbs;

/// <summary>Makes the C# kernel known to Jupyter.</summary>
internal sealed class KernelInstallVerb() : Verb(
    "kernel install",
    "Make the C# kernel known to Jupyter. Where .NET Interactive is absent, notebooks made for it open on this kernel too.",
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
        var written = installation.Install(line.GetValue(_prefix));
        var lines = written.Select(KernelLine.Of).ToList();
        if (installation.Foreign() is { } foreign)
            lines.Add(
                $"'{KernelSpec.DotNetInteractiveName}' stays .NET Interactive's ({foreign.Folder}); in notebooks made for it choose "
                + $"'{KernelSpec.OwnName}' from the kernel menu.");
        return new VerbResult(new { ok = true, installed = written }, string.Join(Environment.NewLine, lines));
    }
}
