using System.CommandLine;
using System.Globalization;
using System.Text;
using Screener.Datasets;

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
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"name",-24}{"for",-11}{"published",11}{"paper",9}  {"licence",-34}what");
        foreach (var m in DatasetCatalogue.All)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{m.Id,-24}{m.Role.ToString().ToLowerInvariant(),-11}{
                Number(m.Counts.Published, m.Counts.Verified),11}{Number(m.Counts.Paper, true),9}  {
                Mark(m.Licence.Name, m.Licence.Verified),-34}{m.Pathology ?? "no annotations"}");
        }

        text.AppendLine().AppendLine("? is not confirmed from the source itself. 'screener data info NAME' tells all.").Append(
            DatasetCatalogue.CountDiscrepancy);
        return new VerbResult(
            new
            {
                ok = true,
                datasets = DatasetCatalogue.All.Select(m => new { m.Id, m.Aliases, m.Name, m.Role, m.Pathology, m.Counts, m.Licence }),
                benchmarkVolumes = DatasetCatalogue.All.Where(m => m.Role == DatasetRole.Benchmark).Sum(m => m.Counts.Paper ?? 0),
                abstractVolumes = DatasetCatalogue.AbstractCount,
                note = DatasetCatalogue.CountDiscrepancy,
            },
            text.ToString());
    }

    private static string Number(int? count, bool verified) => count is null
        ? "-"
        : count.Value.ToString("N0", CultureInfo.InvariantCulture) + (verified ? "" : "?");

    private static string Mark(string text, bool verified)
    {
        string shortened = text.Length > 31 ? text[..28] + "..." : text;
        return verified ? shortened : shortened + "?";
    }
}
