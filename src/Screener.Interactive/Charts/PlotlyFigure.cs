using System.Globalization;
using System.Text.Json;
using Screener.Reporting;

namespace Screener.Interactive.Charts;

/// <summary>Writes a <see cref="LinePlot"/> as the JSON of plotly.js.</summary>
/// <remarks>
/// Without Plotly.NET's types: they need a newer FSharp.Core than the one that .NET Interactive brings along and prefers.
/// </remarks>
internal static class PlotlyFigure
{
    // Points closer together than this part of an axis cannot be told apart.
    private const double Nearest = 1.0 / 1500;

    /// <summary>The figure. Colours are left to the page, which may be light or dark.</summary>
    internal static string Json(LinePlot plot) => JsonSerializer.Serialize(
        new
        {
            data = plot.Series.Select(Trace),
            layout = new
            {
                title = new
                {
                    text = Text(plot.ShownTitle), x = 0.02, xanchor = "left", y = 0.985, yanchor = "top", font = new { size = 13 },
                },
                margin = new { l = 56, r = 14, t = 34, b = 44 },
                showlegend = plot.Series.Count > 1,
                legend = new { orientation = "h", x = 0, y = -0.18, yanchor = "top" },
                hovermode = "x unified",
                xaxis = Axis(plot.XLabel, plot.XRange),
                yaxis = Axis(plot.YLabel, plot.YRange),
                shapes = Shapes(plot),
            },
        });

    private static object Trace(LineSeries series, int index)
    {
        var (x, y) = Thin(series);
        return new
        {
            type = "scatter", mode = x.Count == 1 ? "markers" : "lines", name = Text(series.Name), x, y,
            line = new { width = 2, dash = DashOf(index), simplify = false },
        };
    }

    private static string DashOf(int index) => Palette.Dashes[index % Palette.Dashes.Count] is { Length: > 0 } dash
        ? string.Join(',', dash.Split(' ').Select(length => length + "px"))
        : "solid";

    private static Dictionary<string, object> Axis(string label, (double Low, double High)? range)
    {
        var axis = new Dictionary<string, object> { ["title"] = new { text = Text(label), standoff = 8 }, ["automargin"] = true };
        if (range is { } ends)
            axis["range"] = new[] { ends.Low, ends.High };
        return axis;
    }

    private static List<object> Shapes(LinePlot plot)
    {
        var shapes = new List<object>();
        if (plot.ShadeUpTo is { } shade)
            shapes.Add(
                new
                {
                    type = "rect", layer = "below", xref = "x", yref = "paper", x0 = plot.XRange?.Low
                        ?? 0, x1 = shade, y0 = 0, y1 = 1, line = new
                    {
                        width = 0,
                    }, fillcolor = "rgba(86,180,233,0.12)",
                });
        if (plot.Diagonal)
            shapes.Add(
                new
                {
                    type = "line", layer = "below", x0 = 0, y0 = 0, x1 = 1, y1 = 1, line = new
                    {
                        width = 1, dash = "dot", color = "#8a939c",
                    },
                });
        return shapes;
    }

    // Numbers to six digits; what is not finite interrupts the curve, as null does in plotly.js.
    private static (List<double?> X, List<double?> Y) Thin(LineSeries series)
    {
        int count = Math.Min(series.X.Count, series.Y.Count);
        double reachX = Reach(series.X), reachY = Reach(series.Y);
        List<double?> x = [], y = [];
        int last = -1;
        for (int i = 0; i < count; i++)
        {
            bool finite = double.IsFinite(series.X[i]) && double.IsFinite(series.Y[i]);
            bool near = last >= 0 && i < count - 1 && finite && double.IsFinite(series.Y[last]) && double.IsFinite(series.Y[i + 1])
                && Math.Abs(series.X[i] - series.X[last]) < reachX && Math.Abs(series.Y[i] - series.Y[last]) < reachY;
            if (near)
                continue;
            x.Add(finite ? Rounded(series.X[i]) : null);
            y.Add(finite ? Rounded(series.Y[i]) : null);
            last = i;
        }

        return (x, y);

        static double Reach(IReadOnlyList<double> values)
        {
            var finite = values.Where(double.IsFinite);
            return finite.Any() ? (finite.Max() - finite.Min()) * Nearest : 0;
        }

        static double Rounded(double value) => double.Parse(
            value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    // plotly.js reads a few HTML tags in texts; ours are plain.
    private static string Text(string text) => ChartSvg.Escape(text);
}
