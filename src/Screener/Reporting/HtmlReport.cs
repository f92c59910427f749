using System.Net;
using System.Text;
using Screener.Imaging;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>
/// Turns a <see cref="ReportModel"/> into one HTML file that needs nothing else: no network, no script, pictures inside,
/// readable on light and dark screens and on paper.
/// </summary>
public static class HtmlReport
{
    /// <summary>Characters.</summary>
    private const int LongestOnOneLine = 44;

    /// <summary>The page.</summary>
    public static string Render(ReportModel report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var html = new StringBuilder(1 << 16);
        html.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
                + "form-action 'none'; base-uri 'none'\">")
            .Append("<meta name=\"color-scheme\" content=\"light dark\">")
            .Append("<title>").Append(Escape(report.Title)).Append("</title><style>").Append(ReportStyle.Css).Append("</style></head>\n<body><main>");
        html.Append("<h1>").Append(Escape(report.Title)).Append("</h1><p class=\"summary\">").Append(Escape(report.Summary)).Append("</p>");
        foreach (var section in report.Sections)
            WriteSection(html, section);
        html.Append("<footer>Screener for .NET, after arXiv 2502.08321. A research tool, not a medical device.</footer></main></body></html>\n");
        return html.ToString();
    }

    /// <summary>Writes the page to a file.</summary>
    /// <exception cref="Errors.OutputException">The file cannot be written.</exception>
    public static void Save(ReportModel report, string path) => AtomicFile.WriteText(path, Render(report));

    internal static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static void WriteSection(StringBuilder html, ReportSection section)
    {
        html.Append("\n<section><h2>").Append(Escape(section.Title)).Append("</h2>");
        if (section.Note.Length > 0)
            html.Append("<p>").Append(Escape(section.Note)).Append("</p>");
        switch (section)
        {
            case ResultsSection results:
                ResultsTable.Write(html, results);
                break;
            case TableSection table:
                WriteTable(html, table);
                break;
            case PlotsSection plots:
                WritePlots(html, plots);
                break;
            case GallerySection gallery:
                WriteGallery(html, gallery);
                break;
            case FactsSection facts:
                html.Append("<dl>");
                foreach (var (name, value) in facts.Facts)
                    html.Append("<div><dt>").Append(Escape(name)).Append("</dt><dd>").Append(Escape(value)).Append("</dd></div>");
                html.Append("</dl>");
                break;
            default:
                throw new ArgumentException($"A section of type {section.GetType().Name} cannot be drawn.", nameof(section));
        }

        html.Append("</section>");
    }

    private static void WriteTable(StringBuilder html, TableSection table)
    {
        // Numbers keep to one line, sentences do not.
        bool[] sentences = [.. table.Columns.Select((_, i) => table.Rows.Any(r => i < r.Count && r[i].Length > LongestOnOneLine))];
        html.Append("<div class=\"scroll\"><table><thead><tr>");
        foreach (string column in table.Columns)
            html.Append("<th>").Append(Escape(column)).Append("</th>");
        html.Append("</tr></thead><tbody>");
        foreach (var row in table.Rows)
        {
            html.Append("<tr>");
            for (int i = 0; i < row.Count; i++)
                html.Append(i == 0 ? "<th" : "<td").Append(i < sentences.Length && sentences[i] ? " class=\"text\">" : ">").Append(Escape(row[i])).Append(i == 0 ? "</th>" : "</td>");
            html.Append("</tr>");
        }

        html.Append("</tbody></table></div>");
    }

    private static void WritePlots(StringBuilder html, PlotsSection section)
    {
        html.Append("<div class=\"row\">");
        foreach (var plot in section.Plots)
        {
            html.Append("<figure><figcaption>").Append(Escape(plot.Title)).Append("</figcaption>");
            LineChart.Write(html, plot);
            html.Append("<p class=\"legend\">");
            for (int i = 0; i < plot.Series.Count && plot.Series.Count > 1; i++)
                html.Append(Invariant($"<span><svg class=\"mark\" viewBox=\"0 0 24 16\" aria-hidden=\"true\"><path class=\"curve c{i % 8}\" d=\"M0 8H24\"/></svg>{Escape(plot.Series[i].Name)}</span>"));
            html.Append("</p></figure>");
        }

        html.Append("</div>");
    }

    private static void WriteGallery(StringBuilder html, GallerySection section)
    {
        html.Append("<div class=\"gallery\">");
        foreach (var (png, caption) in section.Pictures)
        {
            string text = Escape(caption);
            var (width, height) = PngImage.SizeOf(png, caption);
            html.Append(Invariant($"<figure><img width=\"{width}\" height=\"{height}\" alt=\"{text}\" src=\"data:image/png;base64,"))
                .Append(Convert.ToBase64String(png))
                .Append("\"><figcaption>").Append(text).Append("</figcaption></figure>");
        }

        html.Append("</div>");
    }
}
