using Screener.Datasets;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>Tells of datasets and of folders of their raw files.</summary>
public static class DatasetReport
{
    /// <summary>All about a dataset: what it is, how to get it, how its raw files lie, what its labels mean and what is open.</summary>
    public static Document Of(DatasetManifest dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var (m, paper) = (dataset, DatasetCatalogue.PaperRows(dataset));
        return new Document(
            m.Name,
            string.Join(", ", m.Aliases.Prepend(m.Id)),
            [
                new NotePart(m.Summary),
                new FactsPart(
                    ("role", Words.Of(m.Role)),
                    ("pathology", m.Pathology ?? "–"),
                    ("published", Count(m.Counts.Published, m.Counts.Unit) + Doubt(m.Counts.Verified)),
                    ("in the paper", Count(m.Counts.Paper, m.Counts.Unit)),
                    ("licence", m.Licence.Name + Doubt(m.Licence.Verified)),
                    ("size", m.Access.Size)),
                .. m.Counts.Note is { } note ? [new NotePart(note)] : Array.Empty<DocumentPart>(),
                .. m.Role == DatasetRole.Benchmark ? [new NotePart(DatasetCatalogue.CountDiscrepancy)] : Array.Empty<DocumentPart>(),
                .. Table(
                    ["Label", "Value", "Counts as", "Meaning"], m.Labels,
                    l => [l.Name, l.Value is { } v ? Invariant($"{v}") : "–", Words.Of(l.Role), l.Meaning]),
                new FoldedPart(
                    "How to get it, and its terms; this program downloads nothing",
                    [
                        new NotePart(m.Access.Where),
                        .. Table(["Step", "What to do"], m.Access.Steps.Index(), s => [Invariant($"{s.Index + 1}"), s.Item]),
                        new NotePart($"{m.Licence.Name}: {m.Licence.Terms}{Doubt(m.Licence.Verified)}"),
                        .. Table(["To cite", "DOI or address"], m.Citations, c => [c.Text, c.Doi is { } doi ? $"doi:{doi}" : c.Url ?? "–"]),
                        .. Table(["In the raw folder", "What it is"], m.RawLayout, e => [e.Path, e.What]),
                    ]),
                new FoldedPart(
                    "What is left out, put right, open and known",
                    [
                        .. Table(
                            ["Left out", "Which", "Reason"], m.Exclusions,
                            e => [e.Rule, e.Ids is null ? "–" : string.Join(", ", e.Ids), e.Reason]),
                        .. Table(
                            ["Put right", "How", "Reason"], m.Corrections,
                            c => [string.Join(", ", c.Ids), Words.Of(c.Kind), c.Reason]),
                        .. Table(
                            ["Option", "Open question", "Default", "Reason"], m.Choices,
                            c => [c.Option, c.Question, c.Default, c.Reason]),
                        .. Table(
                            ["Known", "Source", "Confirmed"], m.Facts, f => [f.Statement, f.Source, f.Verified ? "yes" : "no"]),
                    ]),
                .. paper.Count > 0
                    ? [new FoldedPart(
                        $"The paper's tables 2 to 4{(m.StandsFor is null ? "" : $", for {m.StandsFor}")}",
                        TablePart.Of(
                            ["Method", .. QualityScores.Names], paper,
                            r => [r.Method, .. ResultsTable.Cells(PaperResults.Scores(r), "0.00")]))]
                    : Array.Empty<DocumentPart>(),
            ]);
    }

    /// <summary>A line for each of some datasets.</summary>
    public static Document Of(IReadOnlyList<DatasetManifest> datasets)
    {
        ArgumentNullException.ThrowIfNull(datasets);
        return new Document(
            "Datasets",
            Invariant($"{datasets.Count}"),
            TablePart.Of(
                ["Name", "For", "Published", "In the paper", "Licence", "What"],
                datasets,
                m => [m.Id, Words.Of(m.Role), Count(m.Counts.Published) + Mark(m.Counts.Verified), Count(m.Counts.Paper),
                    m.Licence.Name + Mark(m.Licence.Verified), m.Pathology ?? "no annotations"]),
            new NotePart("? is not confirmed from the source itself. " + DatasetCatalogue.CountDiscrepancy));
    }

    /// <summary>What a raw folder holds, lacks and has too much of.</summary>
    /// <param name="check">The comparison with the manifest.</param>
    /// <param name="shown">The most remarks of each kind.</param>
    public static Document Of(DatasetCheck check, int shown)
    {
        ArgumentNullException.ThrowIfNull(check);
        var kinds = check.Oddities.GroupBy(o => o.Kind).OrderBy(g => g.Key).Select(g => (Kind: Words.Of(g.Key), All: g.ToList()));
        return new Document(
            $"{check.Manifest.Name}: raw folder",
            check.IsComplete ? "complete" : "not complete",
            [
                new NotePart(check.Counts),
                .. check.Oddities.Count > 0
                    ? [TablePart.Of(
                        ["What", "Where", "Why"],
                        kinds.SelectMany(k => k.All.Take(shown).Select(o => (k.Kind, o.Subject, o.Text)).Concat(
                            k.All.Count > shown ? [(k.Kind, "…", $"and {k.All.Count - shown} more")] : [])),
                        o => [o.Kind, o.Subject, o.Text])]
                    : Array.Empty<DocumentPart>(),
            ]);
    }

    /// <summary>A number of volumes; a dash where nobody knows.</summary>
    internal static string Count(int? count, string unit = "") => count is { } n ? Invariant($"{n:#,0} {unit}").TrimEnd() : "–";

    private static IEnumerable<DocumentPart> Table<T>(
        IReadOnlyList<string> columns, IEnumerable<T> things, Func<T, IReadOnlyList<string>> row) =>
        TablePart.Of(columns, things, row) is { Rows.Count: > 0 } table ? [table] : [];

    private static string Mark(bool verified) => verified ? "" : "?";

    private static string Doubt(bool verified) => verified ? "" : " (not confirmed from the source)";
}
