using System.Runtime.CompilerServices;
using Plotly.NET;
using Screener.Interactive.Charts;
using Screener.Reporting;

namespace Screener.Interactive.Values;

/// <summary>Pictures and charts.</summary>
internal static class PictureFormatters
{
    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<Picture>(p => new Document("", "", new PicturesPart(p))),
        new NotebookFormatter<RgbImage>(i => new Document("", "", new PicturesPart(new Picture(i, "")))),
        .. PlotlyChart(),
        new NotebookFormatter<LinePlot>(p => new Document("", "", new ChartsPart(p))),
    ];

    // Where Plotly.NET's FSharp.Core cannot be loaded, the type cannot either, and nobody can have made such a chart.
    private static IEnumerable<NotebookFormatter> PlotlyChart()
    {
        try
        {
            return [OfPlotlyNet()];
        }
        catch (Exception e) when (e is IOException or BadImageFormatException or TypeLoadException)
        {
            return [];
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static NotebookFormatter OfPlotlyNet() => new NotebookFormatter<GenericChart>(
        c => new Document("", "", new MarkupPart(InteractiveChart.Element(c) + InteractiveChart.Script, "A Plotly chart.")));
}
