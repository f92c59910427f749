using System.Text;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>Draws AUROC of each method with its interval, within an SVG.</summary>
internal static class IntervalChart
{
    internal const int Width = 520;

    private const int Step = 26, Top = 8, Left = 256, Right = 16, LongestName = 38;

    /// <summary>The height of a chart of so many methods.</summary>
    internal static int HeightOf(int rows) => Top + (rows * Step) + 26;

    /// <summary>Where the axis of charts that are to be compared begins.</summary>
    internal static double LowOf(IEnumerable<ResultRow> rows)
    {
        var shown = rows.SelectMany(
            r => new[] { r.Body.Auroc.Value, r.Body.Auroc.Low, r.Organ?.Auroc.Value ?? double.NaN, r.Paper?.Auroc.Value ?? double.NaN });
        return Math.Min(0.5, Math.Floor(shown.Where(double.IsFinite).DefaultIfEmpty(0.5).Min() * 10) / 10);
    }

    internal static void Draw(StringBuilder svg, IReadOnlyList<ResultRow> rows, double low)
    {
        int bottom = Top + (rows.Count * Step);
        double X(double value) => Left + ((Math.Clamp(value, low, 1) - low) / (1 - low) * (Width - Left - Right));

        foreach (double tick in LineChart.Ticks(low, 1))
        {
            string kind = Math.Abs(tick - 0.5) < 1e-9 ? "chance" : "grid";
            svg.Append(Invariant($"<path class=\"{kind}\" d=\"M{X(tick):0.#} {Top}V{bottom}\"/>"));
            svg.Append(Invariant($"<text x=\"{X(tick):0.#}\" y=\"{bottom + 16}\" text-anchor=\"middle\">{LineChart.Number(tick)}</text>"));
        }

        for (int i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            double y = Top + ((i + 0.5) * Step);
            string kind = row.IsBaseline ? "c7" : "c0", name = ChartSvg.Escape(ChartSvg.Shorten(row.Method, LongestName));
            svg.Append(Invariant($"<text class=\"label\" x=\"{Left - 8}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{name}</text>"));
            var auroc = row.Body.Auroc;
            if (double.IsFinite(auroc.Low) && double.IsFinite(auroc.High))
                svg.Append(Invariant($"<path class=\"interval {kind}\" d=\"M{X(auroc.Low):0.#} {y}H{X(auroc.High):0.#}\"/>"));
            if (double.IsFinite(auroc.Value))
                svg.Append(Invariant($"<circle class=\"dot {kind}\" cx=\"{X(auroc.Value):0.#}\" cy=\"{y}\" r=\"5\"/>"));
            if (row.Organ is { Auroc.Value: var organ } && double.IsFinite(organ))
                svg.Append(Invariant($"<circle class=\"ring {kind}\" cx=\"{X(organ):0.#}\" cy=\"{y}\" r=\"4\"/>"));
            if (row.Paper is { Auroc.Value: var paper } && double.IsFinite(paper))
                svg.Append(Invariant($"<path class=\"paper\" d=\"M{X(paper):0.#} {y - 8}V{y + 8}\"/>"));
        }
    }
}
