using System.Globalization;
using System.Text.RegularExpressions;
using Screener.Reporting;

namespace Screener.Tests.Reporting;

public sealed partial class ChartSvgTests
{
    [Fact]
    public void ALegendIsNotCutAtTheEdge()
    {
        var scores = new QualityScores(new(0.9, 0.8, 0.95), new(0.7), new(0.6));
        var all = ChartSvg.Of(new QualityChart("lung-nodules", [new("lung-nodules", "ensemble", scores, scores, scores, true)]));
        var few = ChartSvg.Of(new QualityChart("lung-nodules", [new("lung-nodules", "ensemble", scores)]));
        Assert.Equal(4, Marks(all).Count);
        Assert.Single(Marks(few));

        // Letters are at most eight pixels wide.
        Assert.All(Marks(all), m => Assert.InRange(m.X + 24 + (8 * m.Text.Length), 0, all.Width));
        Assert.All(Marks(all), m => Assert.InRange(m.Y + 4, 0, all.Height));
        Assert.Equal(Marks(all).Count, Marks(all).Select(m => (m.X, m.Y)).Distinct().Count());
        Assert.Equal(18, all.Height - few.Height);
    }

    private static List<(double X, double Y, string Text)> Marks(ChartSvg chart) => [.. Mark().Matches(chart.Element()).Select(m => (
        double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture),
        m.Groups[3].Value))];

    [GeneratedRegex("""<g transform="translate\(([\d.]+) ([\d.]+)\)">(?:(?!</g>).)*?<text x="24" y="4">([^<]*)</text></g>""")]
    private static partial Regex Mark();
}
