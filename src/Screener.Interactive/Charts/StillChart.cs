using System.Text;
using Screener.Interactive.Cards;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Charts;

/// <summary>
/// A chart of curves as a picture: SVG inside an image, which also stays where a page strips scripts and inline SVG. It
/// brings its own background, light or dark as the page prefers.
/// </summary>
internal static class StillChart
{
    private const string Style = """
        svg { font-family: system-ui, "Segoe UI", "DejaVu Sans", sans-serif; background: #fff; --ink: #1b1f24; --soft: #59636e;
            --line: #d9dee3; --shade: #0072b214;
          --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #cc5f9a; --c4: #b07f00; --c5: #3a9bdc; --c6: #555; --c7: #8a939c; }
        @media (prefers-color-scheme: dark) { svg { background: #14181d; --ink: #e6e9ec; --soft: #9aa4ae; --line: #343b43;
            --shade: #56b4e922;
          --c0: #56b4e9; --c1: #f28a3c; --c2: #2cc79b; --c3: #e58cbb; --c4: #e6b93d; --c5: #8fc8ff; --c6: #bbb; --c7: #87919b; } }
        text { fill: var(--soft); font-size: 12px; } text.label, text.name { fill: var(--ink); }
        text.name { font-size: 13px; font-weight: 600; }
        .grid { stroke: var(--line); fill: none; } .axis { stroke: var(--soft); fill: none; }
        .chance { stroke: var(--c7); stroke-dasharray: 2 4; fill: none; } .shade { fill: var(--shade); }
        .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); stroke-dasharray: 8 3; } .c2 { stroke: var(--c2); stroke-dasharray: 3 3; }
        .c3 { stroke: var(--c3); stroke-dasharray: 10 3 2 3; }
        .interval { stroke-width: 2.5; fill: none; opacity: .55; } .ring { fill: none; stroke-width: 2; }
        .paper { stroke: var(--c1); stroke-width: 2.5; } .dot { stroke: none; } .dot.c0 { fill: var(--c0); } .dot.c7 { fill: var(--c7); }
        .c4 { stroke: var(--c4); stroke-dasharray: 6 2 2 2 2 2; } .c5 { stroke: var(--c5); stroke-dasharray: 14 4; }
        .c6 { stroke: var(--c6); stroke-dasharray: 1 3; } .c7 { stroke: var(--c7); }
        """;

    internal const int Width = 460;

    private const int ChartHeight = 320, TitleHeight = 24, LegendStep = 18;

    /// <summary>The picture of a chart of curves.</summary>
    internal static string Image(LinePlot plot, out int height)
    {
        string svg = Svg(plot, out height);
        return Image(svg, Width, height, $"{plot.Title}: {plot.YLabel} against {plot.XLabel}");
    }

    /// <summary>The picture of a cohort's AUROC per method, with intervals and the paper's numbers.</summary>
    internal static string Image(string cohort, IReadOnlyList<ResultRow> rows)
    {
        int chart = ResultsTable.ChartHeight(rows.Count), height = TitleHeight + chart + LegendStep + 6;
        var svg = Begin(ResultsTable.ChartWidth, height, $"{cohort}: AUROC");
        Nest(svg, ResultsTable.ChartWidth, chart, inner => ResultsTable.WriteChart(inner, cohort, rows));
        var legend =
            new List<(string Mark, string Text)>
            {
                ("<path class=\"interval c0\" d=\"M0 0H16\"/><circle class=\"dot c0\" cx=\"8\" r=\"5\"/>", "over the body"),
            };
        if (rows.Any(r => r.Organ is not null))
            legend.Add(("<circle class=\"ring c0\" cx=\"8\" r=\"4\"/>", "in the organ"));
        if (rows.Any(r => r.IsBaseline))
            legend.Add(("<circle class=\"dot c7\" cx=\"8\" r=\"5\"/>", "baseline"));
        if (rows.Any(r => r.Paper is not null))
            legend.Add(("<path class=\"paper\" d=\"M8 -8V8\"/>", "the paper, on its own data"));
        double x = 12;
        foreach (var (mark, text) in legend)
        {
            svg.Append(
                Invariant($"<g transform=\"translate({x:0.#} {TitleHeight + chart + 8})\">{mark}<text x=\"24\" y=\"4\">{text}</text></g>"));
            x += 36 + (text.Length * 6.3);
        }

        return Image(svg.Append("</svg>").ToString(), ResultsTable.ChartWidth, height, $"AUROC of each method, {cohort}");
    }

    /// <summary>Title, chart and legend as one SVG document.</summary>
    internal static string Svg(LinePlot plot, out int height)
    {
        var named = plot.Series.Count > 1 ? plot.Series : [];
        int legend = named.Count * LegendStep;
        height = TitleHeight + ChartHeight + legend + (legend > 0 ? 8 : 0);
        var svg = Begin(Width, height, TitleOf(plot));
        Nest(svg, Width, ChartHeight, inner => LineChart.Write(inner, plot));
        for (int i = 0; i < named.Count; i++)
        {
            int y = TitleHeight + ChartHeight + (i * LegendStep) + 8;
            svg.Append(
                Invariant(
                    $"<path class=\"curve c{i % 8}\" d=\"M56 {y}H88\"/><text x=\"96\" ")
                    + Invariant($"y=\"{y + 4}\">{CardHtml.Escape(Shorten(named[i].Name, 52))}</text>"));
        }

        return svg.Append("</svg>").ToString();
    }

    /// <summary>The title; a chart without a point says so.</summary>
    internal static string TitleOf(LinePlot plot) =>
        plot.Series.Any(s => s.X.Zip(s.Y).Any(p => double.IsFinite(p.First) && double.IsFinite(p.Second)))
            ? plot.Title
            : $"{plot.Title}: no point to draw";

    private static StringBuilder Begin(int width, int height, string title) => new StringBuilder(8192)
        .Append(Invariant(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\"><style>"))
            .Append(Style).Append("</style>")
        .Append(Invariant($"<text class=\"name\" x=\"12\" y=\"18\">{CardHtml.Escape(Shorten(title, width / 8))}</text>"));

    // The report's charts are SVG elements of a page: here each gets a place in the document.
    private static void Nest(StringBuilder svg, int width, int height, Action<StringBuilder> write)
    {
        int start = svg.Length;
        write(svg);
        svg.Replace(
            "<svg class=\"chart\"", Invariant($"<svg y=\"{TitleHeight}\" width=\"{width}\" height=\"{height}\""), start,
            svg.Length - start);
    }

    private static string Image(string svg, int width, int height, string alt) => Invariant(
        $"<img width=\"{width}\" height=\"{height}\" style=\"display:block;max-width:100%;height:auto\" ")
        + Invariant(
            $"alt=\"{CardHtml.Escape(alt)}\" src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(svg))}\"/>");

    private static string Shorten(string text, int most) => text.Length <= most ? text : string.Concat(text.AsSpan(0, most - 1), "…");
}
