using Screener.Storage;

namespace Screener.Reporting;

/// <summary>
/// Turns a <see cref="Document"/> into one HTML file that needs nothing else: no network, no script, pictures inside, readable on light
/// and dark screens and on paper.
/// </summary>
public static class DocumentPage
{
    /// <summary>The page.</summary>
    public static string Render(Document document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return new Page().Render(document);
    }

    /// <summary>Writes the page to a file.</summary>
    /// <exception cref="Errors.OutputException">The file cannot be written.</exception>
    public static void Save(Document document, string path) => AtomicFile.WriteText(path, Render(document));

    private sealed class Page : DocumentHtml
    {
        protected override string TitleTag => "h1";

        protected override string SectionTag => "h2";

        internal string Render(Document document)
        {
            Html.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
                .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
                .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:")
                .Append(document.HasFilesBeside ? " 'self'" : "")
                .Append("; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'\">")
                .Append("<meta name=\"color-scheme\" content=\"light dark\">")
                .Append("<title>").Append(Text(document.Title)).Append("</title><style>").Append(DocumentStyle.Page)
                .Append("</style></head>\n<body><main class=\"screener\">");
            Write(document);
            return Html.Append("<footer>Screener for .NET, after arXiv 2502.08321. A research tool, not a medical device.</footer>")
                .Append("</main></body></html>\n").ToString();
        }

        protected override void WriteCharts(ChartsPart charts)
        {
            foreach (var chart in charts.Charts)
                Html.Append(ChartSvg.Of(chart).Element());
        }
    }
}
