using System.Globalization;
using System.Text;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>Writes a <see cref="ResultsSection"/>: per cohort a chart of AUROC with intervals, then one table of everything.</summary>
internal static class ResultsTable
{
    internal const int ChartWidth = 540;

    private const int ChartStep = 26, ChartTop = 8;

    private static readonly string[] Measures = ["AUROC", "AUROC, FPR\u00a0≤\u00a00.3", "AUPRO, FPR\u00a0≤\u00a00.3"];

    internal static void Write(StringBuilder html, ResultsSection section)
    {
        var cohorts = section.Rows.GroupBy(r => r.Cohort).Select(g => (Name: g.Key, Rows: g.ToList())).ToList();
        html.Append("<div class=\"row\">");
        foreach (var (name, rows) in cohorts)
        {
            html.Append("<figure><figcaption>").Append(HtmlReport.Escape(name)).Append(": AUROC</figcaption>");
            WriteChart(html, name, rows);
            html.Append("</figure>");
        }

        html.Append("</div>");
        WriteLegend(html, section.Rows);
        WriteTable(html, cohorts, section.Rows.Any(r => r.Organ is not null), section.Rows.Any(r => r.Paper is not null));
    }

    /// <summary>The height of a chart of so many methods; its width is <see cref="ChartWidth"/>.</summary>
    internal static int ChartHeight(int rows) => ChartTop + (rows * ChartStep) + 26;

    /// <summary>AUROC of each method with its interval, as SVG. Colours are the page's classes.</summary>
    internal static void WriteChart(StringBuilder html, string cohort, IReadOnlyList<ResultRow> rows)
    {
        const int Left = 250, Right = 16, Width = ChartWidth, Step = ChartStep, Top = ChartTop;
        int bottom = Top + (rows.Count * Step);
        var shown = rows.SelectMany(
            r => new[] { r.Body.Auroc.Value, r.Body.Auroc.Low, r.Organ?.Auroc.Value ?? double.NaN, r.Paper?.Auroc.Value ?? double.NaN });
        double low = Math.Min(0.5, Math.Floor(shown.Where(double.IsFinite).DefaultIfEmpty(0.5).Min() * 10) / 10);
        double X(double value) => Left + ((Math.Clamp(value, low, 1) - low) / (1 - low) * (Width - Left - Right));

        html.Append(
            Invariant(
                $"<svg class=\"chart\" viewBox=\"0 0 {Width} {ChartHeight(rows.Count)}\" role=\"img\"><title>AUROC of each method, ")
                + Invariant($"{HtmlReport.Escape(cohort)}</title>"));
        foreach (double tick in LineChart.Ticks(low, 1))
            html.Append(
                Invariant(
                    $"<path class=\"{(Math.Abs(tick - 0.5) < 1e-9 ? "chance" : "grid")}\" d=\"M{X(tick):0.#} {Top}V{bottom}\"/><text ")
                    + Invariant($"x=\"{X(tick):0.#}\" y=\"{bottom + 16}\" text-anchor=\"middle\">{LineChart.Number(tick)}</text>"));
        for (int i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            double y = Top + ((i + 0.5) * Step);
            string kind = row.IsBaseline ? "c7" : "c0";
            html.Append(Invariant($"<text x=\"{Left - 8}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{HtmlReport.Escape(row.Method)}</text>"));
            var auroc = row.Body.Auroc;
            if (double.IsFinite(auroc.Low) && double.IsFinite(auroc.High))
                html.Append(Invariant($"<path class=\"interval {kind}\" d=\"M{X(auroc.Low):0.#} {y}H{X(auroc.High):0.#}\"/>"));
            if (double.IsFinite(auroc.Value))
                html.Append(Invariant($"<circle class=\"dot {kind}\" cx=\"{X(auroc.Value):0.#}\" cy=\"{y}\" r=\"5\"/>"));
            if (row.Organ is { Auroc.Value: var organ } && double.IsFinite(organ))
                html.Append(Invariant($"<circle class=\"ring {kind}\" cx=\"{X(organ):0.#}\" cy=\"{y}\" r=\"4\"/>"));
            if (row.Paper is { Auroc.Value: var paper } && double.IsFinite(paper))
                html.Append(Invariant($"<path class=\"paper\" d=\"M{X(paper):0.#} {y - 8}V{y + 8}\"/>"));
        }

        html.Append("</svg>");
    }

    private static void WriteLegend(StringBuilder html, IReadOnlyList<ResultRow> rows)
    {
        static string Mark(string shape) => $"<svg class=\"mark\" viewBox=\"0 0 16 16\" aria-hidden=\"true\">{shape}</svg>";
        html.Append("<p class=\"legend\"><span>").Append(
            Mark("<path class=\"interval c0\" d=\"M0 8H16\"/><circle class=\"dot c0\" cx=\"8\" cy=\"8\" r=\"5\"/>")).Append(
                "over the body, 95 % interval</span>");
        if (rows.Any(r => r.Organ is not null))
            html.Append("<span>").Append(Mark("<circle class=\"ring c0\" cx=\"8\" cy=\"8\" r=\"4\"/>")).Append("within the organ</span>");
        if (rows.Any(r => r.IsBaseline))
            html.Append("<span>").Append(Mark("<circle class=\"dot c7\" cx=\"8\" cy=\"8\" r=\"5\"/>")).Append("baseline</span>");
        if (rows.Any(r => r.Paper is not null))
            html.Append("<span>").Append(Mark("<path class=\"paper\" d=\"M8 0V16\"/>")).Append("the paper, on its own data</span>");
        html.Append("</p>");
    }

    private static void WriteTable(StringBuilder html, List<(string Name, List<ResultRow> Rows)> cohorts, bool organ, bool paper)
    {
        html.Append(
            "<div class=\"scroll\"><table><thead><tr><th rowspan=\"2\">Method</th><th class=\"block\" colspan=\"3\">over the body</th>");
        if (organ)
            html.Append("<th class=\"block\" colspan=\"3\">within the organ</th>");
        if (paper)
            html.Append("<th class=\"block\" colspan=\"3\">the paper, on its own data</th>");
        html.Append("</tr><tr>");
        for (int block = 0; block < 1 + (organ ? 1 : 0) + (paper ? 1 : 0); block++)
        {
            for (int i = 0; i < Measures.Length; i++)
                html.Append(i == 0 ? "<th class=\"block\">" : "<th>").Append(Measures[i]).Append("</th>");
        }

        html.Append("</tr></thead>");
        int columns = 4 + (organ ? 3 : 0) + (paper ? 3 : 0);
        foreach (var (name, rows) in cohorts)
        {
            html.Append(Invariant($"<tbody><tr><th class=\"cohort\" colspan=\"{columns}\">{HtmlReport.Escape(name)}</th></tr>"));
            foreach (var row in rows)
            {
                html.Append(row.IsBaseline ? "<tr class=\"baseline\"><th>" : "<tr><th>").Append(HtmlReport.Escape(row.Method)).Append(
                    "</th>");
                WriteScores(html, row.Body, [.. rows.Select(r => r.Body)]);
                if (organ)
                    WriteScores(html, row.Organ, [.. rows.Select(r => r.Organ).OfType<QualityScores>()]);
                if (paper)
                    WriteScores(html, row.Paper, [], "0.00");
                html.Append("</tr>");
            }

            html.Append("</tbody>");
        }

        html.Append("</table></div>");
    }

    private static void WriteScores(StringBuilder html, QualityScores? scores, List<QualityScores> rivals, string format = "0.000")
    {
        string Number(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        Func<QualityScores, Estimate>[] measures = [s => s.Auroc, s => s.AurocLowFpr, s => s.AuproLowFpr];
        for (int i = 0; i < measures.Length; i++)
        {
            var measure = measures[i];
            var estimate = scores is null ? new Estimate(double.NaN) : measure(scores);
            bool best = rivals.Count > 1 && double.IsFinite(estimate.Value) && rivals.All(r => !(measure(r).Value > estimate.Value));
            html.Append((i == 0, best) switch
            {
                (true, true) => "<td class=\"block best\">",
                (true, false) => "<td class=\"block\">",
                (false, true) => "<td class=\"best\">",
                (false, false) => "<td>",
            });
            html.Append(double.IsFinite(estimate.Value) ? Number(estimate.Value) : "–");
            if (double.IsFinite(estimate.Low) && double.IsFinite(estimate.High))
                html.Append("<small>").Append(Number(estimate.Low)).Append(" – ").Append(Number(estimate.High)).Append("</small>");
            html.Append("</td>");
        }
    }
}
