using System.Text.Json;
using Microsoft.Playwright;
using Plotly.NET;
using Screener.Interactive.Charts;
using Screener.Reporting;
using Screener.Tests;

namespace Screener.Interactive.Tests.Charts;

/// <summary>Charts in the ways that notebooks put HTML into a page, with their library, without it, and without scripts.</summary>
[Collection(TorchCollection.Name)]
public sealed class InteractiveChartTests(ChromiumBrowser browser)
{
    private const string Hostile = "</script><script>window.owned=1</script><img src=x onerror=\"window.owned=2\"> & <b>bold</b> $x$";

    private static readonly LocatorAssertionsToHaveCountOptions Patience = new() { Timeout = 60_000 };

    private static readonly LinePlot Plot = new(
        "Loss", "step", "loss",
        [new LineSeries("VICReg", [0, 1, 2, 3], [4, 2, double.NaN, 1]), new LineSeries("InfoNCE", [0, 1, 2, 3], [3, 3, 2.5, 2])]);

    [Fact]
    public void OnlyTheFirstChartOfASessionCarriesTheLibraryAndDoesSoEachTimeItIsShown()
    {
        ChartLibrary.Embed();
        string first = InteractiveChart.Element(Plot), second = InteractiveChart.Element(
            Plot with { Title = "Another" }), again = InteractiveChart.Element(Plot);
        Assert.InRange(first.Length, 1_000_000, 1_700_000);
        Assert.InRange(second.Length, 1_000, 30_000);
        Assert.Equal(first, again);
        ChartLibrary.Embed();
        Assert.InRange(InteractiveChart.Element(Plot with { Title = "Another" }).Length, 1_000_000, 1_700_000);
    }

    [Fact]
    public async Task ItDrawsTheDataThatThePictureShows()
    {
        await using var open = await browser.OpenAsync(WithLibrary(Plot) + Without(Plot with { Title = "Second" }));
        await Assertions.Expect(open.Page.Locator("[data-ready]")).ToHaveCountAsync(2, Patience);
        var traces = await open.Page.EvaluateAsync<JsonElement>(
            "[...document.querySelector('.js-plotly-plot').data].map(t => ({ name: t.name, x: t.x, y: t.y }))");
        Assert.Equal("VICReg", traces[0].GetProperty("name").GetString());
        Assert.Equal(
            [4, 2, null, 1],
            traces[0].GetProperty("y").EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Null ? (double?)null : v.GetDouble()));
        Assert.Equal([3, 3, 2.5, 2], traces[1].GetProperty("y").EnumerateArray().Select(v => v.GetDouble()));
        Assert.Equal(2, await open.Page.Locator("[data-ready] .main-svg .xtitle").CountAsync());
        Assert.Equal(0, await open.Page.Locator("img:visible").CountAsync());

        // A point that is not finite interrupts the curve.
        string path = (await open.Page.Locator(".scatterlayer .trace").First.Locator("path.js-line").First.GetAttributeAsync("d"))!;
        Assert.Equal(1, path.Count(c => c == 'M'));
        Assert.DoesNotContain("NaN", path, StringComparison.Ordinal);
        open.AssertQuiet();
    }

    public static TheoryData<string, string> Hosts => Viewer.VolumeViewerHostTests.Hosts;

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task ItStartsHoweverItsScriptIsRunAndLeavesOthersAlone(string host, string insert)
    {
        Assert.NotEmpty(host);
        string html = JsonSerializer.Serialize(WithLibrary(Plot));
        string page =
            $"<div id=host></div><script>window.Plotly = 'mine'; window.define = function () {{ throw new Error('not an AMD module'); }}; "
            + $"window.define.amd = {{}}; window.require = window.define;</script><script>const html = {html}, host = "
                + $"document.getElementById('host'); {insert}</script>";
        await using var open = await browser.OpenAsync(page);
        await open.Page.Locator("[data-ready] .main-svg").First.WaitForAsync();
        Assert.Equal("mine", await open.Page.EvaluateAsync<string>("window.Plotly"));
        Assert.Equal("function", await open.Page.EvaluateAsync<string>("typeof window.define"));
        open.AssertQuiet();
    }

    [Fact]
    public async Task WithoutScriptsThePictureIsThere()
    {
        await using var open = await browser.OpenAsync(WithLibrary(Plot), scripts: false);
        var box = (await open.Page.GetByAltText("Loss: loss against step").BoundingBoxAsync())!;
        Assert.True(box.Width > 400 && box.Height > 300);

        // Not an empty box: the picture was decoded.
        await using var look = await browser.OpenAsync(
            WithLibrary(Plot).Replace("<script", "<template", StringComparison.Ordinal).Replace(
                "</script", "</template", StringComparison.Ordinal));
        Assert.True(await look.Page.EvaluateAsync<bool>("document.images[0].complete && document.images[0].naturalWidth > 400"));
        open.AssertQuiet();
    }

    [Fact]
    public async Task APageThatLostTheLibraryKeepsThePictureUntilAChartBringsIt()
    {
        await using var open = await browser.OpenAsync(Without(Plot) + "<div id=host></div>");
        await open.Page.EvaluateAsync("new Promise(r => setTimeout(r, 300))");
        Assert.Equal(1, await open.Page.Locator("img:visible").CountAsync());
        Assert.Equal(0, await open.Page.Locator("[data-ready]").CountAsync());
        await open.Page.EvaluateAsync(
            "html => { const t = document.createElement('div'); t.innerHTML = html; document.getElementById('host').append(t); }",
            WithLibrary(Plot with { Title = "Shown again" }));
        await Assertions.Expect(open.Page.Locator("[data-ready]")).ToHaveCountAsync(2, Patience);
        Assert.Equal(0, await open.Page.Locator("img:visible").CountAsync());
        open.AssertQuiet();
    }

    [Fact]
    public async Task ADamagedLibraryLeavesThePictures()
    {
        string html = WithLibrary(Plot);
        int middle = html.IndexOf("text/plain", StringComparison.Ordinal) + 500_000;
        await using var open = await browser.OpenAsync(html.Remove(middle, 8).Insert(middle, "AAAAAAAA"));
        await open.Page.EvaluateAsync("new Promise(r => setTimeout(r, 1000))");
        Assert.Equal(1, await open.Page.Locator("img:visible").CountAsync());
        open.AssertQuiet();
    }

    [Fact]
    public async Task NamesAreShownAsText()
    {
        var plot = new LinePlot(Hostile, Hostile, Hostile, [new LineSeries(Hostile, [0, 1], [0, 1]), new LineSeries("b", [0, 1], [1, 0])]);
        await using var open = await browser.OpenAsync(WithLibrary(plot));
        await open.Page.Locator("[data-ready]").WaitForAsync();
        Assert.True(await open.Page.EvaluateAsync<bool>("window.owned === undefined"));
        foreach (string text in (string[])[".gtitle", ".xtitle", ".ytitle", ".legendtext >> nth=0"])
            Assert.Contains("<b>bold</b>", await open.Page.Locator(text).TextContentAsync(), StringComparison.Ordinal);
        open.AssertQuiet();
    }

    [Fact]
    public async Task AChartOfPlotlyNetIsShownToo()
    {
        var bars = new Trace("bar");
        bars.SetProperty("x", new[] { "a", "b" });
        bars.SetProperty("y", new[] { 1, 3 });
        ChartLibrary.Embed();
        string html = InteractiveChart.Element(GenericChart.ofTraceObject(false, bars)) + InteractiveChart.Script;
        await using (var open = await browser.OpenAsync(html))
        {
            await Assertions.Expect(open.Page.Locator("[data-ready] .barlayer .point")).ToHaveCountAsync(2, Patience);
            open.AssertQuiet();
        }

        await using var still = await browser.OpenAsync(html, scripts: false);
        Assert.Contains("needs scripts", await still.Page.Locator("p").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#fff", "#111", "rgb(0, 114, 178)")]
    [InlineData("#111", "#ddd", "rgb(86, 180, 233)")]
    public async Task ItsColoursFollowThePages(string paper, string ink, string curve)
    {
        await using var open = await browser.OpenAsync($"<body style='background:{paper};color:{ink}'>{WithLibrary(Plot)}");
        await open.Page.Locator("[data-ready]").WaitForAsync();
        Assert.Equal(curve, await open.Page.Locator(".js-line").First.EvaluateAsync<string>("e => getComputedStyle(e).stroke"));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(360)]
    public async Task ItFitsItsWidth(int width)
    {
        await using var open = await browser.OpenAsync(WithLibrary(Plot), width);
        await open.Page.Locator("[data-ready]").WaitForAsync();
        await open.Page.EvaluateAsync("new Promise(r => setTimeout(r, 200))");
        Assert.True(await open.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        double drawn = await open.Page.EvaluateAsync<double>("document.querySelector('.main-svg').getBoundingClientRect().width");
        Assert.InRange(drawn, Math.Min(width - 40, 440), Math.Min(width, 460));
    }

    private static string WithLibrary(LinePlot plot)
    {
        ChartLibrary.Embed();
        return InteractiveChart.Element(plot) + InteractiveChart.Script;
    }

    private static string Without(LinePlot plot)
    {
        ChartLibrary.Embed();
        _ = InteractiveChart.Element(plot with { Title = "carries the library" });
        return InteractiveChart.Element(plot) + InteractiveChart.Script;
    }
}
