using System.Text;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Cards;

/// <summary>
/// A chart of curves as a picture: SVG inside an image, which also stays where a page strips scripts and inline SVG. It
/// brings its own background, light or dark as the page prefers.
/// </summary>
internal static class StaticChart
{
    private const string Style = """
        svg { font-family: system-ui, "Segoe UI", "DejaVu Sans", sans-serif; background: #fff; --ink: #1b1f24; --soft: #59636e; --line: #d9dee3; --shade: #0072b214;
          --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #cc5f9a; --c4: #b07f00; --c5: #3a9bdc; --c6: #555; --c7: #8a939c; }
        @media (prefers-color-scheme: dark) { svg { background: #14181d; --ink: #e6e9ec; --soft: #9aa4ae; --line: #343b43; --shade: #56b4e922;
          --c0: #56b4e9; --c1: #f28a3c; --c2: #2cc79b; --c3: #e58cbb; --c4: #e6b93d; --c5: #8fc8ff; --c6: #bbb; --c7: #87919b; } }
        text { fill: var(--soft); font-size: 12px; } text.label, text.name { fill: var(--ink); } text.name { font-size: 13px; font-weight: 600; }
        .grid { stroke: var(--line); fill: none; } .axis { stroke: var(--soft); fill: none; } .chance { stroke: var(--c7); stroke-dasharray: 2 4; fill: none; } .shade { fill: var(--shade); }
        .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); stroke-dasharray: 8 3; } .c2 { stroke: var(--c2); stroke-dasharray: 3 3; } .c3 { stroke: var(--c3); stroke-dasharray: 10 3 2 3; }
        .c4 { stroke: var(--c4); stroke-dasharray: 6 2 2 2 2 2; } .c5 { stroke: var(--c5); stroke-dasharray: 14 4; } .c6 { stroke: var(--c6); stroke-dasharray: 1 3; } .c7 { stroke: var(--c7); }
        """;

    private const int Width = 460, ChartHeight = 320, TitleHeight = 24, LegendStep = 18;

    /// <summary>The picture in a figure.</summary>
    internal static string Figure(LinePlot plot) => $"<figure>{Image(plot)}</figure>";

    /// <summary>The picture.</summary>
    internal static string Image(LinePlot plot)
    {
        string svg = Svg(plot, out int height);
        return Invariant($"<img width=\"{Width}\" height=\"{height}\" alt=\"{CardHtml.Escape(Describe(plot))}\" src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(svg))}\"/>");
    }

    /// <summary>Title, chart and legend as one SVG document.</summary>
    internal static string Svg(LinePlot plot, out int height)
    {
        var named = plot.Series.Count > 1 ? plot.Series : [];
        int legend = named.Count * LegendStep;
        height = TitleHeight + ChartHeight + legend + (legend > 0 ? 8 : 0);
        var svg = new StringBuilder(8192);
        svg.Append(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{height}\" viewBox=\"0 0 {Width} {height}\"><style>")).Append(Style).Append("</style>")
            .Append(Invariant($"<text class=\"name\" x=\"12\" y=\"18\">{CardHtml.Escape(Shorten(plot.Title, 60))}</text>"));
        int start = svg.Length;
        LineChart.Write(svg, plot);
        svg.Replace("<svg class=\"chart\"", Invariant($"<svg y=\"{TitleHeight}\" width=\"{Width}\" height=\"{ChartHeight}\""), start, svg.Length - start);
        for (int i = 0; i < named.Count; i++)
        {
            int y = TitleHeight + ChartHeight + (i * LegendStep) + 8;
            svg.Append(Invariant($"<path class=\"curve c{i % 8}\" d=\"M56 {y}H88\"/><text x=\"96\" y=\"{y + 4}\">{CardHtml.Escape(Shorten(named[i].Name, 52))}</text>"));
        }

        return svg.Append("</svg>").ToString();
    }

    private static string Describe(LinePlot plot) => $"{plot.Title}: {plot.YLabel} against {plot.XLabel}";

    private static string Shorten(string text, int most) => text.Length <= most ? text : string.Concat(text.AsSpan(0, most - 1), "…");
}
