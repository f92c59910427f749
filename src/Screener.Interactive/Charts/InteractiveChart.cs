using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Plotly.NET;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Charts;

/// <summary>A chart as HTML: a picture that becomes a Plotly chart where scripts run and the page has <see cref="ChartLibrary"/>.</summary>
internal static class InteractiveChart
{
    private const int PlainHeight = 400;

    private static readonly Lazy<(string Name, string Text)> Code = new(() =>
    {
        string text = PageScript.Read("Charts.InteractiveChart.js")
            .Replace("__LIBRARY__", ChartLibrary.PageName, StringComparison.Ordinal)
            .Replace("__CURVES__", JsonSerializer.Serialize(new { light = Palette.Light, dark = Palette.Dark }), StringComparison.Ordinal);

        // Another version of the script in the same page is another element.
        string name = "screener-chart-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];
        return (name, text.Replace("__NAME__", name, StringComparison.Ordinal));
    });

    /// <summary>Follows the last of some charts.</summary>
    internal static string Script => $"<script>{Code.Value.Text}</script>";

    /// <summary>The element's name.</summary>
    internal static string ElementName => Code.Value.Name;

    /// <summary>A chart of curves; its colours follow the page's.</summary>
    internal static string Element(LinePlot plot)
    {
        var still = ChartSvg.Of(plot);
        return Element(PlotlyFigure.Json(plot), still.Image(), still.Width, still.Height, themed: true);
    }

    /// <summary>Any chart of Plotly.NET, as its author made it.</summary>
    internal static string Element(GenericChart chart)
    {
        string figure = GenericChart.toFigureJson(chart);
        string picture = FigureCurves.Read(figure) is { } plot
            ? ChartSvg.Of(plot).Image()
            : "<p>A chart that needs scripts to be seen.</p>";
        return Element(figure, picture, 760, PlainHeight, themed: false);
    }

    private static string Element(string figure, string picture, int width, int height, bool themed)
    {
        var (name, _) = Code.Value;
        var html = new StringBuilder(figure.Length + picture.Length + 1024);
        html.Append(
            Invariant(
                $"<{name} class=\"tex2jax_ignore mathjax_ignore\" data-height=\"{height}\"{(themed ? " data-theme=\"\"" : "")} ")
                + Invariant($"style=\"{ChartSvg.Beside(width)}\">"));
        html.Append(picture);

        // No script may end inside of its text.
        html.Append("<script type=\"application/json\">").Append(figure.Replace("<", "\\u003c", StringComparison.Ordinal)).Append(
            "</script>");
        if (ChartLibrary.IsCarriedBy(figure))
            html.Append("<script type=\"text/plain\">").Append(ChartLibrary.Packed).Append("</script>");
        return html.Append("</").Append(name).Append('>').ToString();
    }
}
