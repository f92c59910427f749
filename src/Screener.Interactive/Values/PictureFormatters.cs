using Plotly.NET;
using Screener.Interactive.Cards;
using Screener.Interactive.Charts;
using Screener.Reporting;

namespace Screener.Interactive.Values;

/// <summary>Pictures and charts.</summary>
internal static class PictureFormatters
{
    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<Picture>(p => new Card("", "", new PicturesPart(p))),
        new NotebookFormatter<RgbImage>(i => new Card("", "", new PicturesPart(new Picture(i, "")))),
        new NotebookFormatter<GenericChart>(
            c => new Card("", "", new MarkupPart(InteractiveChart.Element(c) + InteractiveChart.Script, "A Plotly chart."))),
        new NotebookFormatter<LinePlot>(p => new Card("", "", new ChartsPart(p))),
    ];
}
