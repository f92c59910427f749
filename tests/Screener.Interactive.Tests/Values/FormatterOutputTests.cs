using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Screener.Imaging;
using Screener.Interactive.Charts;
using Screener.Interactive.Viewer;
using Screener.Tests;

namespace Screener.Interactive.Tests.Values;

/// <summary>What every formatter writes, whatever the value.</summary>
[Collection(TorchCollection.Name)]
public sealed partial class FormatterOutputTests
{
    // A viewer, or tables beside pictures; a page of ten such outputs still opens at once.
    private const int MostBytes = 3_000_000, MostTextBytes = 60_000;

    public static TheoryData<string> Types => [.. NotebookFormatters.All.Select(f => f.Type.ToString())];

    [Fact]
    public void EveryFormatterHasASample() => Assert.Equal(
        NotebookFormatters.All.Select(f => f.Type).OrderBy(t => t.ToString()), Samples.All().Keys.OrderBy(t => t.ToString()));

    [Theory]
    [MemberData(nameof(Types))]
    public void ItIsWellFormedSmallAndWithoutAddresses(string type)
    {
        var (formatter, sample) = Find(type);
        _ = InteractiveChart.Element(Samples.Plot("carries the library"));
        string html = formatter.Html(sample), text = formatter.PlainText(sample);
        (sample as IDisposable)?.Dispose();
        var markup = Parse(html);
        Assert.NotEmpty(markup.DescendantNodes());
        Assert.DoesNotContain("http://", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("https://", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(FetchingAttribute(), WithoutScripts(html));
        Assert.InRange(Encoding.UTF8.GetByteCount(html), 100, MostBytes);
        Assert.InRange(text.Trim().Length, 3, MostTextBytes);
        Assert.DoesNotContain("cannot be shown", html, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void MarkupInAnyTextOfTheValueIsText(string type)
    {
        var (formatter, sample) = Find(type);

        // The cohort's name is looked up in the catalogue, which knows no poisoned one.
        var (poisoned, _) = Poison.Of(sample, "Cohort", "StandsFor");
        string html = formatter.Html(poisoned);
        (sample as IDisposable)?.Dispose();
        Assert.DoesNotMatch("<img src=\\\\?\"x", html);
        Assert.DoesNotContain("<script>injected", html, StringComparison.Ordinal);
        foreach (string svg in Pictures(html))
            Assert.DoesNotContain("<img", svg, StringComparison.Ordinal);
        var markup = Parse(html);
        Assert.DoesNotContain(markup.DescendantsAndSelf().Attributes(), a => a.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false, "nats")]
    [InlineData(true, "-log10 of how rare")]
    public void AMapsScoresHaveTheirUnit(bool isCalibrated, string unit)
    {
        var map = new AnomalyMap(Samples.Map.Grid, Samples.Map.Voxels) { IsCalibrated = isCalibrated };
        foreach (object value in (object[])[map, new VolumeView(Samples.Patient.Volume, Map: map, Body: Samples.Body)])
        {
            string text = NotebookFormatters.All.Single(f => f.Type == value.GetType()).PlainText(value);
            Assert.Equal([unit == "nats", unit != "nats"], ((string[])[" nats", " -log10 of how rare"]).Select(text.Contains));
        }

        Assert.Contains(unit, NotebookFormatters.All.Single(f => f.Type == typeof(AnomalyMap)).Html(map), StringComparison.Ordinal);
    }

    [Fact]
    public void ThePoisonReachesWhatIsShown()
    {
        // A test of the test: texts at any depth come out escaped.
        var shown = new List<string>();
        foreach (var (type, value) in Samples.All())
        {
            object sample = value();
            var (poisoned, texts) = Poison.Of(sample, "Cohort", "StandsFor");
            if (texts > 0
                && NotebookFormatters.All.Single(f => f.Type == type).Html(poisoned).Contains(
                    "&lt;img src=&quot;x&quot; onerror=", StringComparison.Ordinal))
                shown.Add(type.Name);
            (sample as IDisposable)?.Dispose();
        }

        foreach (string name in (string[])["CohortManifest", "PreparedCohort", "Document", "DatasetManifest", "HuCacheRecord", "HuCache",
            "LinePlot", "PatchGallery", "ProgressView", "AblationGrid", "AblationResult", "AblationSummary", "AblationComparison",
            "AblationView", "Picture", "CtVolume", "LessonSettings"])
            Assert.Contains(name, shown);
    }

    internal static XElement Parse(string html) => XElement.Parse($"<page>{WithoutScripts(html)}</page>");

    internal static IEnumerable<string> Pictures(string html) => SvgPicture().Matches(html).Select(
        m => Encoding.UTF8.GetString(Convert.FromBase64String(m.Groups[1].Value)));

    // The viewer's picture is not closed, as HTML allows.
    private static string WithoutScripts(string html) => OpenImage().Replace(Script().Replace(html, ""), "$1/>");

    private static (NotebookFormatter Formatter, object Sample) Find(string type)
    {
        var formatter = NotebookFormatters.All.Single(f => f.Type.ToString() == type);
        return (formatter, Samples.All()[formatter.Type]());
    }

    [GeneratedRegex("<script[^>]*>.*?</script>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex("(<img[^>]*[^/])>")]
    private static partial Regex OpenImage();

    [GeneratedRegex("data:image/svg\\+xml;base64,([A-Za-z0-9+/=]+)")]
    private static partial Regex SvgPicture();

    [GeneratedRegex("(?:src|href|srcset|poster|background)=[\"'](?!data:)", RegexOptions.IgnoreCase)]
    private static partial Regex FetchingAttribute();
}
