using System.CommandLine;
using Screener.Datasets;
using Screener.Reporting;

namespace Screener.Cli.Verbs;

/// <summary>Lists the datasets.</summary>
internal sealed class DataListVerb() : Verb(
    "data list",
    "List the datasets that this program knows, with the numbers of volumes that the collections have and the paper used.",
    "screener data list")
{
    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [];

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var list = DatasetReport.Of(DatasetCatalogue.All);
        return new VerbResult(
            new
            {
                ok = true,
                datasets = DatasetCatalogue.All.Select(m => new { m.Id, m.Aliases, m.Name, m.Role, m.Pathology, m.Counts, m.Licence }),
                benchmarkVolumes = DatasetCatalogue.All.Where(m => m.Role == DatasetRole.Benchmark).Sum(m => m.Counts.Paper ?? 0),
                abstractVolumes = DatasetCatalogue.AbstractCount,
                note = DatasetCatalogue.CountDiscrepancy,
            },
            list with { Parts = [.. list.Parts, new NotePart("'screener data info NAME' tells all.")] });
    }
}
