using System.CommandLine;
using Screener.Datasets;
using Screener.Reporting;

namespace Screener.Cli.Verbs;

/// <summary>Tells all about a dataset.</summary>
internal sealed class DataInfoVerb() : Verb(
    "data info",
    "Say what a dataset is, how to get it, how its raw files lie, what its labels mean and what is open about it.",
    "screener data info lidc-idri",
    "screener data info kits21 --json")
{
    private readonly Argument<string> _dataset = new("dataset") { Description = "A name that 'screener data list' shows." };

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_dataset];

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var manifest = DatasetCatalogue.Find(line.GetRequiredValue(_dataset));
        string? note = manifest.Role == DatasetRole.Benchmark ? DatasetCatalogue.CountDiscrepancy : null;
        return new VerbResult(new { ok = true, manifest, note }, DatasetReport.Of(manifest));
    }
}
