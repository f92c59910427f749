using System.Net;
using System.Text;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>A chart as SVG: its title, the chart, its legend. Colours and dashes are the classes of <see cref="Palette"/>.</summary>
internal sealed class ChartSvg
{
    private const int TitleHeight = 24, LegendStep = 18;

    private static readonly string Style =
        "<style>svg { font-family: system-ui, \"Segoe UI\", \"DejaVu Sans\", sans-serif; background: var(--paper); }\n"
        + Palette.Variables("svg") + Palette.ChartRules + "</style>";

    private readonly string _description, _drawing;

    private ChartSvg(string description, int width, int height, string drawing) =>
        (_description, Width, Height, _drawing) = (description, width, height, drawing);

    /// <summary>CSS pixels.</summary>
    internal int Width { get; }

    /// <summary>CSS pixels.</summary>
    internal int Height { get; }

    /// <summary>Draws a chart.</summary>
    internal static ChartSvg Of(Chart chart)
    {
        var svg = new StringBuilder(8192);
        switch (chart)
        {
            case LinePlot plot:
                Begin(svg, plot.ShownTitle, LineChart.Width);
                LineChart.Draw(svg, plot);
                int height = EndWithCurves(svg, plot.Series.Count > 1 ? plot.Series : []);
                return new ChartSvg($"{plot.Title}: {plot.YLabel} against {plot.XLabel}", LineChart.Width, height, svg.ToString());
            case QualityChart quality:
                Begin(svg, quality.Title, IntervalChart.Width);
                IntervalChart.Draw(svg, quality.Rows, quality.Low);
                int top = TitleHeight + IntervalChart.HeightOf(quality.Rows.Count);
                int legend = EndWithMarks(svg, quality.Explained, top + 8);
                return new ChartSvg($"AUROC of each method, {quality.Cohort}", IntervalChart.Width, top + legend, svg.ToString());
            default:
                throw new ArgumentException($"A chart of type {chart.GetType().Name} cannot be drawn.", nameof(chart));
        }
    }

    /// <summary>As an element of a page that has the palette's variables and rules.</summary>
    internal string Element() => Element("");

    /// <summary>
    /// As an image, which also stays where a page strips scripts and inline SVG. It brings its own background, light or dark as the
    /// reader prefers.
    /// </summary>
    internal string Image() => Invariant(
        $"<img width=\"{Width}\" height=\"{Height}\" style=\"{Beside(Width)};height:auto\" alt=\"{Escape(_description)}\" ")
        + $"src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(Element(Style)))}\"/>";

    /// <summary>The text as markup of SVG.</summary>
    internal static string Escape(string text) => WebUtility.HtmlEncode(Words.Signs(text));

    /// <summary>The style of a chart so wide: in a row it gives way by a fifth, so that two stand beside each other.</summary>
    internal static string Beside(int width) => Invariant(
        $"display:block;width:{width}px;max-width:min(100%,{width}px);min-width:0;flex:1 1 {width * 4 / 5}px");

    internal static string Shorten(string text, int most) =>
        text.Length <= most ? text : string.Concat(text.AsSpan(0, most - 1), "…");

    private string Element(string style) => Invariant(
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" width=\"{Width}\" height=\"{Height}\" ")
        + Invariant($"viewBox=\"0 0 {Width} {Height}\" role=\"img\"><title>{Escape(_description)}</title>{style}{_drawing}</svg>");

    private static void Begin(StringBuilder svg, string title, int width) => svg.Append(
        Invariant($"<text class=\"name\" x=\"12\" y=\"18\">{Escape(Shorten(title, width / 8))}</text><g transform=\"translate(0 24)\">"));

    // A line for each curve; returns the height of all.
    private static int EndWithCurves(StringBuilder svg, IReadOnlyList<LineSeries> named)
    {
        svg.Append("</g>");
        int top = TitleHeight + LineChart.Height;
        for (int i = 0; i < named.Count; i++)
        {
            int y = top + (i * LegendStep) + 8;
            svg.Append(Invariant($"<path class=\"curve c{i % Palette.Light.Count}\" d=\"M56 {y}H88\"/>"))
                .Append(Invariant($"<text x=\"96\" y=\"{y + 4}\">{Escape(Shorten(named[i].Name, 52))}</text>"));
        }

        return top + (named.Count > 0 ? (named.Count * LegendStep) + 8 : 0);
    }

    // As many lines as they need; returns their height.
    private static int EndWithMarks(StringBuilder svg, IReadOnlyList<ResultRow> rows, int y)
    {
        svg.Append("</g>");
        (bool IsShown, string Mark, string Text)[] marks =
        [
            (rows.Count > 0, "<path class=\"interval c0\" d=\"M0 0H16\"/><circle class=\"dot c0\" cx=\"8\" r=\"5\"/>", "over the body"),
            (rows.Any(r => r.Organ is not null), "<circle class=\"ring c0\" cx=\"8\" r=\"4\"/>", "within the organ"),
            (rows.Any(r => r.IsBaseline), "<circle class=\"dot c7\" cx=\"8\" r=\"5\"/>", "baseline"),
            (rows.Any(r => r.Paper is not null), "<path class=\"paper\" d=\"M8 -8V8\"/>", "the paper, on its own data"),
        ];
        const double Start = 12;
        var (x, lines) = (Start, 1);
        foreach (var (_, mark, text) in marks.Where(m => m.IsShown))
        {
            double width = 36 + (text.Length * 6.3);
            if (x > Start && x + width > IntervalChart.Width)
                (x, y, lines) = (Start, y + LegendStep, lines + 1);
            svg.Append(Invariant($"<g transform=\"translate({x:0.#} {y})\">{mark}<text x=\"24\" y=\"4\">{text}</text></g>"));
            x += width;
        }

        return rows.Count > 0 ? (lines * LegendStep) + 6 : 0;
    }
}
