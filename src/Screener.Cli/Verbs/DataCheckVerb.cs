using System.CommandLine;
using System.Globalization;
using System.Text;
using Screener.Datasets;

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
            check.Counts + Remarks(check.Oddities, line.GetValue(_all) ? int.MaxValue : Shown)
                + (check.IsComplete ? $"{Environment.NewLine}The raw folder is complete." : ""));
    }

    /// <summary>Remarks by kind, after a line break.</summary>
    internal static string Remarks(IReadOnlyList<DatasetOddity> oddities, int shown)
    {
        var text = new StringBuilder();
        foreach (var kind in oddities.GroupBy(o => o.Kind).OrderBy(g => g.Key))
        {
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"{Word(kind.Key)}: {kind.Count()}");
            foreach (var oddity in kind.Take(shown))
                text.AppendLine().Append(CultureInfo.InvariantCulture, $"  {oddity.Subject}: {oddity.Text}");
            if (kind.Count() > shown)
                text.AppendLine().Append(CultureInfo.InvariantCulture, $"  and {kind.Count() - shown} more");
        }

        return text.ToString();
    }

    private static string Word(OddityKind kind) => kind switch
    {
        OddityKind.Missing => "missing",
        OddityKind.Surplus => "surplus",
        OddityKind.Unusable => "unusable",
        _ => "passed over",
    };
}
