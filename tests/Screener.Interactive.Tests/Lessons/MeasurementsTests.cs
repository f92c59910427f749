using Screener.Interactive;
using Screener.Interactive.Lessons;
using Screener.Reporting;

namespace Screener.Tests.Interactive.Lessons;

public sealed class MeasurementsTests
{
    [Theory]
    [InlineData(0.123456, "0.123")]
    [InlineData(0.0123456, "0.0123")]
    [InlineData(12.3456, "12.3")]
    [InlineData(1234.56, "1,235")]
    [InlineData(40812.3, "40,812")]
    [InlineData(-0.5, "-0.5")]
    [InlineData(3, "3")]
    [InlineData(0, "0")]
    [InlineData(1.23456e-5, "1.23E-05")]
    [InlineData(double.NaN, "–")]
    public void NumbersAreShownToThreeDigits(double value, string text)
    {
        var table = new Measurements("t", "name", "value") { { "a", value } };
        Assert.Equal(["a", text], Assert.Single(table));
    }

    [Fact]
    public void TitlesNamesAndNotesAreTextNotMarkup()
    {
        var table = new Measurements("<b>t</b>", "<i>c</i>", "v") { { "<script>x</script>", 1 }, { "text", "<u>u</u>" } };
        string html = NotebookFormatters.All.Single(f => f.Type == typeof(Measurements)).Html(table);
        foreach (string markup in new[] { "<b>t", "<i>c", "<script>x", "<u>u" })
            Assert.DoesNotContain(markup, html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;x", html, StringComparison.Ordinal);

        var sheet = new Document("<b>s</b>", "", new PicturesPart(new Picture(new RgbImage(2, 2), "<i>p</i>")), new NotePart("<u>n</u>"));
        html = NotebookFormatters.All.Single(f => f.Type == typeof(Document)).Html(sheet);
        foreach (string markup in new[] { "<b>s", "<i>p", "<u>n" })
            Assert.DoesNotContain(markup, html, StringComparison.Ordinal);
    }

    [Fact]
    public void ARowOfAnotherLengthIsRefused() => Assert.Throws<ArgumentException>(
        () => new Measurements("t", "name", "value") { { "a", 1, 2 } });

    [Fact]
    public void AHistogramCountsEveryNumberAndDrawsNoneBeyondItsEnds()
    {
        var curve = Histogram.Of("h", [-5, 0.1, 0.4, 0.6, 1], 0, 1, 2);
        Assert.Equal([0, 0.5, 0.5, 1], curve.X);
        Assert.Equal([0.4, 0.4, 0.4, 0.4], curve.Y);
    }
}
