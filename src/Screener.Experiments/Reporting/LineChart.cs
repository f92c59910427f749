using System.Globalization;
using System.Text;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>Draws a <see cref="LinePlot"/> within an SVG.</summary>
internal static class LineChart
{
    internal const int Width = 460, Height = 320;

    private const int Left = 56, Right = 14, Top = 12, Bottom = 44;

    internal static void Draw(StringBuilder svg, LinePlot plot)
    {
        var (x0, x1) = plot.XRange ?? Range(plot.Series.SelectMany(s => s.X));
        var (y0, y1) = plot.YRange ?? Range(plot.Series.SelectMany(s => s.Y));
        double X(double x) => Left + ((x - x0) / (x1 - x0) * (Width - Left - Right));
        double Y(double y) => Height - Bottom - ((y - y0) / (y1 - y0) * (Height - Top - Bottom));

        if (plot.ShadeUpTo is { } shade)
        {
            svg.Append(Invariant($"<rect class=\"shade\" x=\"{X(x0):0.#}\" y=\"{Top}\" "))
                .Append(Invariant($"width=\"{X(Math.Min(shade, x1)) - X(x0):0.#}\" height=\"{Height - Top - Bottom}\"/>"));
        }

        foreach (double tick in Ticks(x0, x1))
        {
            svg.Append(Invariant($"<path class=\"grid\" d=\"M{X(tick):0.#} {Top}V{Height - Bottom}\"/>"))
                .Append(Invariant($"<text x=\"{X(tick):0.#}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{Number(tick)}</text>"));
        }

        foreach (double tick in Ticks(y0, y1))
        {
            svg.Append(Invariant($"<path class=\"grid\" d=\"M{Left} {Y(tick):0.#}H{Width - Right}\"/>"))
                .Append(Invariant($"<text x=\"{Left - 6}\" y=\"{Y(tick) + 4:0.#}\" text-anchor=\"end\">{Number(tick)}</text>"));
        }

        svg.Append(Invariant($"<path class=\"axis\" d=\"M{Left} {Top}V{Height - Bottom}H{Width - Right}\"/>"))
            .Append(Invariant($"<text class=\"label\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 8}\" text-anchor=\"middle\">"))
            .Append(ChartSvg.Escape(plot.XLabel))
            .Append(Invariant($"</text><text class=\"label\" transform=\"translate(13 {(Top + Height - Bottom) / 2}) rotate(-90)\" "))
            .Append("text-anchor=\"middle\">").Append(ChartSvg.Escape(plot.YLabel)).Append("</text>");
        if (plot.Diagonal)
        {
            double from = Math.Max(x0, y0), to = Math.Min(x1, y1);
            svg.Append(Invariant($"<path class=\"chance\" d=\"M{X(from):0.#} {Y(from):0.#}L{X(to):0.#} {Y(to):0.#}\"/>"));
        }

        for (int i = 0; i < plot.Series.Count; i++)
            DrawCurve(svg, plot.Series[i], i, v => X(Math.Clamp(v, x0, x1)), v => Y(Math.Clamp(v, y0, y1)));
    }

    /// <summary>Round numbers between the ends of an axis, about five of them.</summary>
    internal static IEnumerable<double> Ticks(double low, double high)
    {
        double raw = (high - low) / 5, power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = power * ((raw / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });
        for (double i = Math.Ceiling((low / step) - 1e-9); i * step <= high + (step * 1e-9); i++)
            yield return i * step;
    }

    internal static string Number(double value) => Words.Signs(Math.Abs(value) switch
    {
        < 1e-12 => "0",
        >= 1e6 or < 1e-3 => value.ToString("0.#e0", CultureInfo.InvariantCulture),
        >= 1e4 => (value / 1000).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        _ => value.ToString("0.###", CultureInfo.InvariantCulture),
    });

    private static void DrawCurve(StringBuilder svg, LineSeries series, int index, Func<double, double> toX, Func<double, double> toY)
    {
        svg.Append(Invariant($"<path class=\"curve c{index % Palette.Light.Count}\" d=\""));
        bool open = false, pending = false;
        double lastX = 0, lastY = 0, x = 0, y = 0;
        for (int i = 0; i < Math.Min(series.X.Count, series.Y.Count); i++)
        {
            if (!double.IsFinite(series.X[i]) || !double.IsFinite(series.Y[i]))
            {
                Flush();
                open = false;
                continue;
            }

            (x, y) = (toX(series.X[i]), toY(series.Y[i]));

            // A curve of a million points is drawn with those that a reader can tell apart.
            pending = open && Math.Abs(x - lastX) < 0.4 && Math.Abs(y - lastY) < 0.4;
            if (!pending)
                Point();
        }

        Flush();
        svg.Append(Invariant($"\"><title>{ChartSvg.Escape(series.Name)}</title></path>"));

        void Point()
        {
            svg.Append(Invariant($"{(open ? 'L' : 'M')}{x:0.#} {y:0.#}"));
            (lastX, lastY, open) = (x, y, true);
        }

        void Flush()
        {
            if (pending)
                Point();
            pending = false;
        }
    }

    private static (double Low, double High) Range(IEnumerable<double> values)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (double value in values.Where(double.IsFinite))
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        if (low > high)
            return (0, 1);
        double margin = high > low ? (high - low) * 0.04 : Math.Max(Math.Abs(low) * 0.1, 0.5);
        return (low - margin, high + margin);
    }
}
