using System.Text;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Cells;

/// <summary>Writes a <see cref="Document"/> as plain text, for cells that are shown without HTML.</summary>
internal static class CellText
{
    internal static string Render(Document document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var text = new StringBuilder(document.Title);
        if (document.Subtitle.Length > 0)
            text.Append(document.Title.Length > 0 ? ": " : "").Append(document.Subtitle);
        text.Append('\n');
        foreach (string line in document.Parts.SelectMany(Written))
            text.Append(line).Append('\n');
        return text.ToString().TrimEnd() + "\n";
    }

    // A part that cannot be written becomes a sentence, as in HTML; the others stay.
    private static IEnumerable<string> Written(DocumentPart part)
    {
        try
        {
            return [.. Lines(part)];
        }
        catch (Exception e)
        {
            return [$"  This part cannot be written: {e.Message}"];
        }
    }

    private static IEnumerable<string> Lines(DocumentPart part) => part switch
    {
        SectionPart section =>
            [$"  {section.Title}", .. section.Note.Length > 0 ? [$"  {section.Note}"] : Array.Empty<string>(),
                .. section.Parts.SelectMany(Written)],
        FoldedPart folded => [$"  {folded.Summary}", .. folded.Parts.SelectMany(Written)],
        FactsPart facts => Columns(facts.Facts.Select(f => (IReadOnlyList<string>)[f.Name, f.Value])),
        TablePart table => Lines(table),
        PicturesPart pictures => pictures.Pictures.Select(p => $"  [picture] {p.Caption}"),
        ChartsPart charts => charts.Charts.Select(
            c => $"  [chart] {c.Title}{(c is LinePlot p ? $" ({string.Join(", ", p.Series.Select(s => s.Name))})" : "")}"),
        ProgressPart progress => [Invariant($"  {progress.Fraction * 100,3:0} %  {progress.Text}")],
        NotePart note => [$"  {note.Text}"],
        CodePart code => [code.Text.TrimEnd()],
        MarkupPart { Text.Length: > 0 } markup => [markup.Text.TrimEnd()],
        _ => [],
    };

    private static IEnumerable<string> Lines(TablePart table)
    {
        if (table.Caption.Length > 0)
            yield return $"  {table.Caption}";
        if (table.Groups.Count > 0)
            yield return $"  {string.Join(" | ", table.Groups.Where(g => g.Name.Length > 0).Select(g => g.Name))}";
        int row = -1;
        foreach (string line in Columns(table.Rows.Take(TablePart.MostRowsOfCell).Prepend(table.Columns)))
        {
            if (table.Headings.TryGetValue(row++, out string? heading))
                yield return $"  {heading}";
            yield return line;
        }

        if (table.Rows.Count > TablePart.MostRowsOfCell)
            yield return Invariant($"  {table.Rows.Count - TablePart.MostRowsOfCell} more rows are not shown.");
    }

    private static IEnumerable<string> Columns(IEnumerable<IReadOnlyList<string>> rows)
    {
        var cells = rows.Select(r => r.Select(c => c.Replace("\n", " | ", StringComparison.Ordinal)).ToList()).ToList();
        int[] widths = [.. Enumerable.Range(0, cells.Select(r => r.Count).DefaultIfEmpty().Max()).Select(
            i => cells.Max(r => i < r.Count ? r[i].Length : 0))];
        return cells.Select(r => $"  {string.Join("  ", r.Select((cell, i) => cell.PadRight(widths[i])))}".TrimEnd());
    }
}
