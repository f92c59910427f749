using System.CommandLine;
using Screener.Datasets;
using Screener.Reporting;

namespace Screener.Cli.Verbs;

/// <summary>Compares a raw folder with a dataset's manifest.</summary>
internal sealed class DataCheckVerb() : Verb(
    "data check",
    "Compare a raw folder with a dataset's manifest: what is there, missing, surplus, unusable. Reads names and headers only.",
    "screener data check lidc-idri raw/LIDC-IDRI",
    "screener data check amos raw/amos --json")
{
    private const int Shown = 10;

    private readonly Argument<string> _dataset = new("dataset") { Description = "A name that 'screener data list' shows." };
    private readonly Argument<string> _raw = new("folder") { Description = "The raw files." };
    private readonly Option<bool> _all = new("--all") { Description = $"List every remark, not the first {Shown} of each kind." };

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_dataset, _raw, _all];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths) => paths.Read(_raw.Name, line.GetValue(_raw));

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var manifest = DatasetCatalogue.Find(line.GetRequiredValue(_dataset));
        DatasetCheck check;
        using (var activity = context.Activities.Begin($"Looking through {manifest.Name}"))
            check = DatasetCheck.Of(manifest, line.GetRequiredValue(_raw), activity, cancellation);
        return new VerbResult(
            new
            {
                ok = true,
                dataset = manifest.Id,
                complete = check.IsComplete,
                cases = check.Cases.Select(c => new { c.Id, files = c.Files.Count, bytes = c.Files.Sum(f => f.Length), c.Problem }),
                check.Ready,
                manifest.Counts,
                remarks = check.Oddities,
                summary = check.Counts,
            },
            DatasetReport.Of(check, line.GetValue(_all) ? int.MaxValue : Shown));
    }
}
