using Screener.Interactive.Lessons;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Values;

/// <summary>What lessons measure and show.</summary>
internal static class LessonFormatters
{
    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<Measurements>(m => new Document(
            m.Title,
            "",
            [new TablePart(m.Columns, [.. m]), .. m.Note.Length > 0 ? [new NotePart(m.Note)] : Array.Empty<DocumentPart>()])),
        new NotebookFormatter<IReadOnlyList<LessonDataset>>(Datasets),
        new NotebookFormatter<LessonDataset>(d => Datasets([d])),
    ];

    private static Document Datasets(IReadOnlyList<LessonDataset> datasets)
    {
        string wanted = string.Join(", ", datasets.Select(d => d.Wanted.Name).Distinct());
        string kind = datasets.Count == 0
            ? "nothing"
            : datasets.All(d => d.IsReal)
                ? "real data"
                : datasets.Any(d => d.IsReal) ? "some real data, and phantoms" : "phantoms, no real data";
        return new Document(
            Invariant($"{wanted}: this run shows {kind}"),
            "",
            [.. datasets.Select(d => new NotePart(d.About)),
                TablePart.Of(["Shown", "Patients"], datasets, d => [d.Shown.Name, d.IsReal ? "real" : "phantoms"]),
                new FoldedPart("Folders", new FactsPart([.. datasets.Select(d => (d.Shown.Name, d.Folder))]))]);
    }
}
