using Screener.Interactive.Charts;
using Screener.Reporting;

namespace Screener.Interactive.Cells;

/// <summary>Writes a <see cref="Document"/> as HTML for a notebook's cell, which needs nothing else.</summary>
internal sealed class CellHtml : DocumentHtml
{
    protected override string TitleTag => "h4";

    protected override string SectionTag => "h5";

    protected override int MostRows => TablePart.MostRowsOfCell;

    internal static string Render(Document document)
    {
        ArgumentNullException.ThrowIfNull(document);
        if (document is { Title: "", Parts: [MarkupPart alone] })
            return alone.Html;
        var cell = new CellHtml();
        cell.Html.Append("<div class=\"screener tex2jax_ignore mathjax_ignore\"><style>").Append(DocumentStyle.Parts).Append("</style>");
        cell.Write(document);
        return cell.Html.Append("</div>").ToString();
    }

    /// <summary>An address is written without its scheme: to be read, not to be followed by a page.</summary>
    internal override string Escape(string text) => base.Escape(
        text.Replace("https://", "", StringComparison.OrdinalIgnoreCase).Replace("http://", "", StringComparison.OrdinalIgnoreCase));

    // A part that cannot be drawn becomes a sentence; the others stay.
    protected override void Write(DocumentPart part)
    {
        int start = Html.Length;
        try
        {
            base.Write(part);
        }
        catch (Exception e)
        {
            Html.Length = start;
            Html.Append("<p>This part cannot be drawn: ").Append(Text(e.Message)).Append("</p>");
        }
    }

    protected override void WriteCharts(ChartsPart charts)
    {
        bool scripted = false;
        foreach (var chart in charts.Charts)
        {
            var plot = charts.IsStill ? null : chart as LinePlot;
            scripted |= plot is not null;
            Html.Append(plot is null ? ChartSvg.Of(chart).Image() : InteractiveChart.Element(plot));
        }

        Html.Append(scripted ? InteractiveChart.Script : "");
    }
}
