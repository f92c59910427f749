using System.CommandLine;
using System.Globalization;
using System.Text;
using Screener.Datasets;

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
        bool isBenchmark = manifest.Role == DatasetRole.Benchmark;
        return new VerbResult(
            new { ok = true, manifest, note = isBenchmark ? DatasetCatalogue.CountDiscrepancy : null }, Text(manifest, isBenchmark));
    }

    private static string Text(DatasetManifest m, bool isBenchmark)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{m.Name} ({string.Join(", ", m.Aliases.Prepend(m.Id))})").AppendLine().AppendLine(
            m.Summary);
        Section("counts",
            [Mark(Counts(m.Counts), m.Counts.Verified), .. isBenchmark ? [DatasetCatalogue.CountDiscrepancy] : Array.Empty<string>()]);
        Section("licence", [Mark($"{m.Licence.Name}. {m.Licence.Terms}", m.Licence.Verified)]);
        Section("to cite", m.Citations.Select(c => $"{c.Text} {(c.Doi is null ? c.Url : $"doi:{c.Doi}")}"));
        Section("how to get it; this program downloads nothing", [m.Access.Where, .. m.Access.Steps, $"size: {m.Access.Size}"]);
        Section("raw folder", m.RawLayout.Select(r => $"{r.Path}: {r.What}"));
        Section("labels",
            m.Labels.Select(
                l => $"{(l.Value is { } value ? $"{value} " : "")}{l.Name} ({l.Role.ToString().ToLowerInvariant()}): {l.Meaning}"));
        Section("left out", m.Exclusions.Select(e => $"{e.Rule}{(e.Ids is null ? "" : $" ({string.Join(", ", e.Ids)})")}: {e.Reason}"));
        Section("put right", m.Corrections.Select(c => $"{string.Join(", ", c.Ids)}: {c.Reason}"));
        Section("open", m.Choices.Select(c => $"{c.Question} {c.Option}: by default {c.Default}. {c.Reason}"));
        Section("known", m.Facts.Select(f => Mark($"{f.Statement} ({f.Source})", f.Verified)));
        Section(
            $"the paper's tables 2 to 4{(m.StandsFor is null ? "" : $", for {m.StandsFor}")}: AUROC; AUROC and AUPRO at FPR <= 0.3",
            DatasetCatalogue.PaperRows(m).Select(
                r => string.Create(
                    CultureInfo.InvariantCulture, $"{r.Method,-46}{r.Auroc:0.00}  {r.AurocLowFpr:0.00}  {r.AuproLowFpr:0.00}")));
        return text.ToString().TrimEnd();

        void Section(string title, IEnumerable<string> items)
        {
            string block = string.Concat(items.Select(i => $"  {i}{Environment.NewLine}"));
            if (block.Length > 0)
                text.AppendLine().AppendLine(title).Append(block);
        }
    }

    private static string Counts(DatasetCounts counts) => string.Join("; ", new[]
    {
        counts.Published is { } published ? string.Create(CultureInfo.InvariantCulture, $"{published:N0} published") : null,
        counts.Paper is { } paper ? string.Create(CultureInfo.InvariantCulture, $"{paper:N0} in the paper") : null,
        $"counted are {counts.Unit}",
        counts.Note,
    }.OfType<string>());

    private static string Mark(string text, bool verified) => verified ? text : text + " [not confirmed from the source]";
}
