using System.Net;
using System.Text;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Cards;

/// <summary>Writes a <see cref="Card"/> as HTML that needs nothing else.</summary>
internal static class CardHtml
{
    internal static string Render(Card card)
    {
        ArgumentNullException.ThrowIfNull(card);
        if (card is { Title: "", Parts: [MarkupPart alone] })
            return alone.Html;
        var html = new StringBuilder(4096);
        html.Append("<div class=\"screener\"><style>").Append(CardStyle.Css).Append("</style>");
        if (card.Title.Length > 0)
        {
            html.Append("<h4>").Append(Escape(card.Title));
            if (card.Subtitle.Length > 0)
                html.Append(" <small>").Append(Escape(card.Subtitle)).Append("</small>");
            html.Append("</h4>");
        }

        foreach (var part in card.Parts)
            Write(html, part);
        return html.Append("</div>").ToString();
    }

    internal static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static void Write(StringBuilder html, CardPart part)
    {
        switch (part)
        {
            case FactsPart facts:
                html.Append("<div class=\"facts\">");
                foreach (var (name, value) in facts.Facts)
                    html.Append("<div><span>").Append(Escape(name)).Append("</span> <b>").Append(Escape(value)).Append("</b></div>");
                html.Append("</div>");
                break;
            case TablePart table:
                WriteTable(html, table);
                break;
            case PicturesPart pictures:
                html.Append("<div class=\"row\">");
                foreach (var picture in pictures.Pictures)
                    WritePicture(html, picture);
                html.Append("</div>");
                break;
            case ChartsPart charts:
                html.Append("<div class=\"row\">");
                foreach (var plot in charts.Plots)
                    html.Append(StaticChart.Figure(plot));
                html.Append("</div>");
                break;
            case ProgressPart progress:
                html.Append(Invariant($"<div class=\"bar\"><i style=\"width:{Math.Clamp(progress.Fraction, 0, 1) * 100:0.#}%\"></i></div><p>{Escape(progress.Text)}</p>"));
                break;
            case NotePart note:
                html.Append("<p>").Append(Escape(note.Text)).Append("</p>");
                break;
            case MarkupPart markup:
                html.Append(markup.Html);
                break;
            default:
                throw new ArgumentException($"A part of type {part.GetType().Name} cannot be written.", nameof(part));
        }
    }

    private static void WriteTable(StringBuilder html, TablePart table)
    {
        bool[] numeric = [.. table.Columns.Select((_, i) => table.Rows.Count > 0 && table.Rows.All(r => IsNumber(r[i])))];
        html.Append("<div class=\"scroll\"><table>");
        if (table.Caption.Length > 0)
            html.Append("<caption>").Append(Escape(table.Caption)).Append("</caption>");
        html.Append("<thead><tr>");
        for (int i = 0; i < table.Columns.Count; i++)
            html.Append(numeric[i] ? "<th class=\"number\">" : "<th>").Append(Escape(table.Columns[i])).Append("</th>");
        html.Append("</tr></thead><tbody>");
        for (int row = 0; row < Math.Min(table.Rows.Count, TablePart.MostRows); row++)
        {
            html.Append(table.Marked.Contains(row) ? "<tr class=\"marked\">" : "<tr>");
            for (int i = 0; i < table.Rows[row].Count; i++)
                html.Append(numeric[i] ? "<td class=\"number\">" : "<td>").Append(Escape(table.Rows[row][i])).Append("</td>");
            html.Append("</tr>");
        }

        html.Append("</tbody></table></div>");
        if (table.Rows.Count > TablePart.MostRows)
            html.Append(Invariant($"<p>{table.Rows.Count - TablePart.MostRows} more rows are not shown.</p>"));
    }

    private static void WritePicture(StringBuilder html, Picture picture)
    {
        var (width, height) = PngImage.SizeOf(picture.Png, picture.Caption);
        string text = Escape(picture.Caption);
        html.Append(Invariant($"<figure><img width=\"{width}\" height=\"{height}\" alt=\"{text}\" src=\"data:image/png;base64,"))
            .Append(Convert.ToBase64String(picture.Png)).Append("\"/>");
        if (text.Length > 0)
            html.Append("<figcaption>").Append(text).Append("</figcaption>");
        html.Append("</figure>");
    }

    private static bool IsNumber(string text) =>
        text is "–" or "" || (text.Any(char.IsAsciiDigit) && text.All(c => char.IsAsciiDigit(c) || c is '.' or ',' or '-' or '+' or 'e' or 'E' or '%' or ' ' or '\u202f' or '[' or ']' or '±'));
}
