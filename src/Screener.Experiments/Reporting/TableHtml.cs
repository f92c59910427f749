using System.Text;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>Writes a <see cref="TablePart"/> as HTML.</summary>
/// <param name="html">Where.</param>
/// <param name="table">The table.</param>
/// <param name="text">Escapes a text.</param>
internal sealed class TableHtml(StringBuilder html, TablePart table, Func<string, string> text)
{
    // With more, columns stand closer, so that they are seen without scrolling.
    private const int ManyColumns = 8;

    private readonly bool[] _numeric = [.. table.Columns.Select((_, i) => table.IsNumeric(i))], _starts = Starts(table);

    internal void Write(int mostRows)
    {
        html.Append("<div class=\"scroll\">")
            .Append(Open("table", (table.Groups.Count > 0, "grouped"), (table.Columns.Count > ManyColumns, "dense")));
        if (table.Caption.Length > 0)
            html.Append("<caption>").Append(text(table.Caption)).Append("</caption>");
        html.Append("<thead>");
        if (table.Groups.Count > 0)
        {
            html.Append("<tr class=\"groups\">");
            foreach (var (name, columns) in table.Groups)
                html.Append(Invariant($"<th colspan=\"{columns}\">")).Append(text(name)).Append("</th>");
            html.Append("</tr>");
        }

        html.Append("<tr>");
        for (int i = 0; i < table.Columns.Count; i++)
            html.Append(Open("th", (_numeric[i], "number"), (_starts[i], "start"))).Append(text(table.Columns[i])).Append("</th>");
        html.Append("</tr></thead><tbody>");
        int rows = Math.Min(table.Rows.Count, mostRows);
        for (int row = 0; row < rows; row++)
            WriteRow(row);
        if (rows == 0)
            html.Append(Invariant($"<tr class=\"pale\"><td colspan=\"{table.Columns.Count}\">none</td></tr>"));
        html.Append("</tbody></table></div>");
        if (table.Rows.Count > rows)
            html.Append(Invariant($"<p>{table.Rows.Count - rows} more rows are not shown.</p>"));
    }

    private void WriteRow(int row)
    {
        if (table.Headings.TryGetValue(row, out string? heading))
            html.Append(Invariant($"<tr class=\"marked\"><th colspan=\"{table.Columns.Count}\">{text(heading)}</th></tr>"));
        html.Append(Open("tr", (table.Marked.Contains(row), "marked"), (table.Pale.Contains(row), "pale")));
        for (int i = 0; i < table.Rows[row].Count; i++)
        {
            html.Append(Open("td", (_numeric[i], "number"), (_starts[i], "start"), (table.Best.Contains((row, i)), "best")));
            if (i == 0 && table.Colors.TryGetValue(row, out var color))
                html.Append(Invariant($"<i class=\"swatch\" style=\"background:#{color.R:x2}{color.G:x2}{color.B:x2}\"></i>"));
            string[] lines = table.Rows[row][i].Split('\n', 2);
            html.Append(text(lines[0]));
            if (lines.Length > 1)
                html.Append("<small>").Append(text(lines[1])).Append("</small>");
            html.Append("</td>");
        }

        html.Append("</tr>");
    }

    private static string Open(string tag, params ReadOnlySpan<(bool Holds, string Name)> classes)
    {
        string names = "";
        foreach (var (holds, name) in classes)
            names += holds ? (names.Length > 0 ? " " : "") + name : "";
        return names.Length == 0 ? $"<{tag}>" : $"<{tag} class=\"{names}\">";
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
}
