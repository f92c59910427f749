using System.Text;
using System.Text.RegularExpressions;
using static System.FormattableString;

namespace Screener.Interactive.Cards;

/// <summary>Writes a <see cref="TablePart"/> as HTML.</summary>
internal static partial class TableHtml
{
    // With more, columns stand closer, so that they are seen without scrolling.
    private const int ManyColumns = 8;

    internal static void Write(StringBuilder html, TablePart table)
    {
        bool[] numeric = [
            .. table.Columns.Select((_, i) => table.Rows.Any(r => r[i].Any(char.IsAsciiDigit)) && table.Rows.All(r => IsNumber(r[i])))];
        bool[] starts = Starts(table);
        string kind = string.Join(
            ' ', new[] { table.Groups.Count > 0 ? "grouped" : "", table.Columns.Count > ManyColumns ? "dense" : "" }.Where(
                k => k.Length > 0));
        html.Append(kind.Length > 0 ? $"<div class=\"scroll\"><table class=\"{kind}\">" : "<div class=\"scroll\"><table>");
        if (table.Caption.Length > 0)
            html.Append("<caption>").Append(CardHtml.Escape(table.Caption)).Append("</caption>");
        html.Append("<thead>");
        if (table.Groups.Count > 0)
        {
            html.Append("<tr class=\"groups\">");
            foreach (var (name, columns) in table.Groups)
                html.Append(Invariant($"<th colspan=\"{columns}\">")).Append(CardHtml.Escape(name)).Append("</th>");
            html.Append("</tr>");
        }

        html.Append("<tr>");
        for (int i = 0; i < table.Columns.Count; i++)
            html.Append(Cell("th", numeric[i], starts[i], false)).Append(CardHtml.Escape(table.Columns[i])).Append("</th>");
        html.Append("</tr></thead><tbody>");
        for (int row = 0; row < Math.Min(table.Rows.Count, TablePart.MostRows); row++)
            WriteRow(html, table, row, numeric, starts);
        if (table.Rows.Count == 0)
            html.Append(Invariant($"<tr class=\"pale\"><td colspan=\"{table.Columns.Count}\">none</td></tr>"));
        html.Append("</tbody></table></div>");
        if (table.Rows.Count > TablePart.MostRows)
            html.Append(Invariant($"<p>{table.Rows.Count - TablePart.MostRows} more rows are not shown.</p>"));
    }

    private static void WriteRow(StringBuilder html, TablePart table, int row, bool[] numeric, bool[] starts)
    {
        if (table.Headings.TryGetValue(row, out string? heading))
            html.Append(Invariant($"<tr class=\"marked\"><th colspan=\"{table.Columns.Count}\">")).Append(CardHtml.Escape(heading)).Append(
                "</th></tr>");
        html.Append(
            (table.Marked.Contains(row), table.Pale.Contains(row)) switch
            {
                (true, _) => "<tr class=\"marked\">",
                (_, true) => "<tr class=\"pale\">",
                _ => "<tr>",
            });
        for (int i = 0; i < table.Rows[row].Count; i++)
        {
            html.Append(Cell("td", numeric[i], starts[i], table.Best.Contains((row, i))));
            if (i == 0 && table.Colors.TryGetValue(row, out var color))
                html.Append(Invariant($"<i class=\"swatch\" style=\"background:#{color.R:x2}{color.G:x2}{color.B:x2}\"></i>"));
            string[] lines = table.Rows[row][i].Split('\n', 2);
            html.Append(CardHtml.Escape(lines[0]));
            if (lines.Length > 1)
                html.Append("<small>").Append(CardHtml.Escape(lines[1])).Append("</small>");
            html.Append("</td>");
        }

        html.Append("</tr>");
    }

    private static string Cell(string tag, bool numeric, bool starts, bool best)
    {
        string classes = string.Join(
            ' ', new[] { numeric ? "number" : "", starts ? "start" : "", best ? "best" : "" }.Where(c => c.Length > 0));
        return classes.Length == 0 ? $"<{tag}>" : $"<{tag} class=\"{classes}\">";
    }

    // The first column of each group but the first.
    private static bool[] Starts(TablePart table)
    {
        var starts = new bool[table.Columns.Count];
        int column = 0;
        foreach (var (_, columns) in table.Groups)
        {
            if (column > 0 && column < starts.Length)
                starts[column] = true;
            column += columns;
        }

        return starts;
    }

    internal static bool IsNumber(string text) => text is "–" or "…" or "" || Number().IsMatch(text.Split('\n')[0]);

    // 1,234.5; 1e-3; 83 %; 0.75 [0.71, 0.78]; nan and infinities.
    [GeneratedRegex(@"^(?:[-+−]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?|NaN|[-−]?(?:∞|Infinity))(?: ?%)?(?: \[[^\]]*\])?$")]
    private static partial Regex Number();
}
