using System.Text;
using static System.FormattableString;

namespace Screener.Interactive.Cards;

/// <summary>Writes a <see cref="Card"/> as plain text, for terminals and logs.</summary>
internal static class CardText
{
    internal static string Render(Card card)
    {
        ArgumentNullException.ThrowIfNull(card);
        var text = new StringBuilder(card.Title);
        if (card.Subtitle.Length > 0)
            text.Append(card.Title.Length > 0 ? ": " : "").Append(card.Subtitle);
        text.Append('\n');
        foreach (var part in card.Parts)
            Write(text, part);
        return text.ToString().TrimEnd() + "\n";
    }

    private static void Write(StringBuilder text, CardPart part)
    {
        switch (part)
        {
            case FactsPart facts:
                int widest = facts.Facts.Select(f => f.Name.Length).DefaultIfEmpty().Max();
                foreach (var (name, value) in facts.Facts)
                    text.Append("  ").Append(name.PadRight(widest)).Append("  ").Append(value).Append('\n');
                break;
            case TablePart table:
                WriteTable(text, table);
                break;
            case PicturesPart pictures:
                foreach (var picture in pictures.Pictures)
                    text.Append("  [picture] ").Append(picture.Caption).Append('\n');
                break;
            case ChartsPart charts:
                foreach (var plot in charts.Plots)
                    text.Append("  [chart] ").Append(plot.Title).Append(": ").Append(plot.YLabel).Append(" against ").Append(
                        plot.XLabel).Append(" (").AppendJoin(", ", plot.Series.Select(s => s.Name)).Append(")\n");
                break;
            case FoldedPart folded:
                text.Append("  ").Append(folded.Summary).Append('\n');
                foreach (var inner in folded.Parts)
                    Write(text, inner);
                break;
            case ProgressPart progress:
                text.Append(Invariant($"  {progress.Fraction * 100,3:0} %  {progress.Text}\n"));
                break;
            case HeadingPart heading:
                text.Append("  ").Append(heading.Text).Append('\n');
                break;
            case NotePart note:
                text.Append("  ").Append(note.Text).Append('\n');
                break;
            case CodePart code:
                text.Append(code.Text.TrimEnd()).Append('\n');
                break;
            case MarkupPart markup when markup.Text.Length > 0:
                text.Append(markup.Text.TrimEnd()).Append('\n');
                break;
        }
    }

    private static void WriteTable(StringBuilder text, TablePart table)
    {
        var rows = table.Rows.Take(TablePart.MostRows).Prepend(table.Columns).Select(
            r => r.Select(c => c.Replace("\n", " [", StringComparison.Ordinal) + (c.Contains('\n') ? "]" : "")).ToList()).ToList();
        int[] widths = [.. table.Columns.Select((_, i) => rows.Max(r => r[i].Length))];
        if (table.Caption.Length > 0)
            text.Append("  ").Append(table.Caption).Append('\n');
        if (table.Groups.Count > 0)
            text.Append("  ").AppendJoin(" | ", table.Groups.Where(g => g.Name.Length > 0).Select(g => g.Name)).Append('\n');
        for (int row = 0; row < rows.Count; row++)
        {
            if (table.Headings.TryGetValue(row - 1, out string? heading))
                text.Append("  ").Append(heading).Append('\n');
            text.Append("  ").Append(string.Join("  ", rows[row].Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd()).Append('\n');
        }

        if (table.Rows.Count > TablePart.MostRows)
            text.Append(Invariant($"  {table.Rows.Count - TablePart.MostRows} more rows are not shown.\n"));
    }
}
