using Microsoft.Playwright;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Interactive.Viewer;
using Screener.Reporting;
using Screener.Tests;

namespace Screener.Interactive.Tests.Viewer;

/// <summary>
/// What stands around the viewer's panes: curves, findings, a reader's marks, other viewers. Pictures are kept under artifacts/tests.
/// </summary>
public sealed class ViewerCompanionsPageTests(ChromiumBrowser browser)
{
    private static readonly string[] Planes = ["Axial", "Coronal", "Sagittal"];

    private static readonly int[] Found = [64, 196, 255], False = [255, 150, 50];

    [Fact]
    public async Task TheThresholdMovesPointsAndCounts()
    {
        var view = ThresholdSweepTests.View(calibrated: true);
        var sweep = ThresholdSweepTests.Json(view)["sweep"]!;
        await using var page = await OpenAsync(VolumeViewer.Html(view));
        var (points, tiles) = (page.Page.Locator(".point"), page.Page.Locator(".tiles b"));
        Assert.Equal(3, await points.CountAsync());
        var slider = page.Page.GetByLabel("Lowest score");
        int most = int.Parse(await slider.GetAttributeAsync("max") ?? "", System.Globalization.CultureInfo.InvariantCulture);
        var places = new List<string>();
        foreach (int level in (int[])[2, most / 2, most])
        {
            await slider.FillAsync($"{level}");
            Assert.Equal($"{sweep["lesionsFound"]![level - 1]} of 2", await tiles.Nth(2).InnerTextAsync());
            Assert.Equal($"{sweep["falseFindings"]![level - 1]}", await tiles.Nth(3).InnerTextAsync());
            Assert.Contains($"of {sweep["ill"]}", await page.Page.Locator(".tiles small").First.InnerTextAsync(), StringComparison.Ordinal);
            places.Add(string.Join(' ', await points.EvaluateAllAsync<string[]>(
                "all => all.map(p => Math.round(p.getAttribute('cx')) + ',' + Math.round(p.getAttribute('cy')))")));
        }

        Assert.Distinct(places);
        await page.Page.GetByLabel("Logarithmic").CheckAsync();
        await KeepAsync(page, "threshold");
        page.AssertQuiet();
    }

    [Fact]
    public async Task FoundAndFalseHaveColoursOfTheirOwn()
    {
        var view = ThresholdSweepTests.View(calibrated: true) with
        {
            Options = VolumeViewerOptions.Default with { Opacity = 1, Start = new SlicePosition(6, 8, 6), Window = new("black", 5000, 10) },
        };
        await using var page = await OpenAsync(VolumeViewer.Html(view));
        await page.Page.GetByLabel("Lowest score").FillAsync("2");
        await page.Page.GetByLabel("Crosshair", new() { Exact = true }).UncheckAsync();

        // Columns run from the patient's right, rows from the front.
        await ChromiumPage.WaitForAsync(async () => (await PixelAsync(page, (22 - 6.5) / 22, (20 - 8.5) / 20)).SequenceEqual(Found));
        Assert.Equal(False, await PixelAsync(page, (22 - 12.5) / 22, (20 - 14.5) / 20));
        await page.Page.GetByLabel("Found and false").UncheckAsync();
        await ChromiumPage.WaitForAsync(async () => !(await PixelAsync(page, (22 - 6.5) / 22, (20 - 8.5) / 20)).SequenceEqual(Found));
    }

    [Fact]
    public async Task ARowOfFindingsMovesTheCrossHairAndTheReadoutNamesTheOrgan()
    {
        var view = ThresholdSweepTests.View(calibrated: true);
        var grid = view.Ct.Grid;
        var labels = new LabelVolume(grid, [.. Enumerable.Range(0, view.Ct.Voxels.Length).Select(i => i % 22 < 11 ? (byte)1 : (byte)2)])
        {
            Names = new Dictionary<byte, string> { [1] = "left kidney", [2] = "liver" },
        };
        var (x, y, z) = grid.Affine.ToWorld(5, 9, 15);
        var findings = new Findings(2, [new Finding(4.2, 0, 0, 0, 1), new Finding(4, x, y, z, 0.1, 40)], 2);
        await using var page = await OpenAsync(VolumeViewer.Html(view with { Labels = labels, Findings = findings }));
        await page.Page.Locator(".findings tbody tr").Nth(1).ClickAsync();
        string[] places = ["5", "9", "15"];
        foreach (var (plane, place) in Planes.Zip(places))
            Assert.Equal(place, await page.Page.GetByLabel($"{plane} slice", new() { Exact = true }).InputValueAsync());
        Assert.Contains("liver", await page.Page.Locator("output").InnerTextAsync(), StringComparison.Ordinal);
        await page.Page.Locator(".findings tbody tr").First.ClickAsync();
        Assert.Contains("left kidney", await page.Page.Locator("output").InnerTextAsync(), StringComparison.Ordinal);
        page.AssertQuiet();
    }

    [Fact]
    public async Task AReaderMarksBeforeAnythingIsShown()
    {
        var view = ThresholdSweepTests.View(calibrated: true) with { HiddenUntilMarked = true, Curves = false };
        await using var page = await OpenAsync(VolumeViewer.Html(view));
        Assert.False(await page.Page.GetByLabel("Lesion", new() { Exact = true }).IsVisibleAsync());
        string[] places = ["6", "8", "6"];
        foreach (var (plane, place) in Planes.Zip(places))
            await page.Page.GetByLabel($"{plane} slice", new() { Exact = true }).FillAsync(place);
        string before = await page.Page.Locator("output").InnerTextAsync();
        Assert.DoesNotContain("lesion", before, StringComparison.Ordinal);
        Assert.DoesNotContain("score", before, StringComparison.Ordinal);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Mark this place" }).ClickAsync();
        await page.Page.GetByLabel("Sagittal slice", new() { Exact = true }).FillAsync("20");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Mark this place" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Reveal" }).ClickAsync();
        var rows = page.Page.Locator(".reader tbody tr");
        Assert.Equal(3, await rows.CountAsync());
        Assert.Contains("in a lesion", await rows.Nth(0).InnerTextAsync(), StringComparison.Ordinal);

        // Four voxels of 2 mm to the right of the small lesion's last one, and one slice off it.
        Assert.Contains("8 mm away", await rows.Nth(1).InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("highest place", await rows.Nth(2).InnerTextAsync(), StringComparison.Ordinal);
        Assert.True(await page.Page.GetByLabel("Lesion", new() { Exact = true }).IsVisibleAsync());
        await KeepAsync(page, "reader");
        page.AssertQuiet();
    }

    [Fact]
    public async Task LinkedViewsMoveTogetherAndBlink()
    {
        var view = ThresholdSweepTests.View(calibrated: true) with { Curves = false };
        VolumeView Named(string title) => view with { Options = VolumeViewerOptions.Default with { Title = title } };
        var twins = new LinkedViews(Named("ill"), Named("healthy twin")) { Blinks = true };
        await using var page = await browser.OpenAsync(twins.Html() + new LinkedViews(Named("a"), Named("b")).Html());
        var viewers = page.Page.Locator("[data-ready]");
        await Assertions.Expect(viewers).ToHaveCountAsync(4);
        await viewers.First.GetByLabel("Axial slice", new() { Exact = true }).FillAsync("3");
        await viewers.First.GetByRole(AriaRole.Button, new() { Name = "Bone" }).ClickAsync();
        await viewers.First.GetByLabel("Lowest score").FillAsync("77");
        Assert.Equal("3", await viewers.Nth(1).GetByLabel("Axial slice", new() { Exact = true }).InputValueAsync());
        Assert.Equal("400", await viewers.Nth(1).GetByLabel("Window level").InputValueAsync());
        Assert.Equal("77", await viewers.Nth(1).GetByLabel("Lowest score").InputValueAsync());
        Assert.NotEqual("3", await viewers.Nth(2).GetByLabel("Axial slice", new() { Exact = true }).InputValueAsync());
        await KeepAsync(page, "linked");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "One by one" }).ClickAsync();
        Assert.True(await viewers.Nth(0).IsVisibleAsync());
        Assert.False(await viewers.Nth(1).IsVisibleAsync());
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "One by one" }).ClickAsync();
        Assert.True(await viewers.Nth(1).IsVisibleAsync());
        page.AssertQuiet();
    }

    [Fact]
    public async Task WithoutScriptsThereIsATableAndAFold()
    {
        var view = ThresholdSweepTests.View(calibrated: true);
        await using var page = await browser.OpenAsync(VolumeViewer.Html(view with { HiddenUntilMarked = true }), scripts: false);
        var table = page.Page.GetByRole(AriaRole.Table);
        Assert.False(await table.First.IsVisibleAsync());
        await page.Page.GetByText("Reveal").ClickAsync();
        Assert.Contains("of 2", await table.First.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(5, await page.Page.Locator("img").CountAsync());
        await KeepAsync(page, "without-scripts");
    }

    private static Task<int[]> PixelAsync(ChromiumPage page, double x, double y) => page.Page.Locator(
        ".picture canvas").First.EvaluateAsync<int[]>(
        "(c, [x, y]) => [...c.getContext('2d').getImageData(x * c.width, y * c.height, 1, 1).data].slice(0, 3)", new[] { x, y });

    private static Task KeepAsync(ChromiumPage page, string name) => page.Page.ScreenshotAsync(
        new()
        {
            Path = Path.Combine(
                Directory.CreateDirectory(Path.Combine(RepositoryFolder.Find(), "artifacts", "tests")).FullName, $"viewer-{name}.png"),
            FullPage = true,
        });

    private async Task<ChromiumPage> OpenAsync(string html)
    {
        var page = await browser.OpenAsync(html);
        await page.Page.Locator("[data-ready]").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        return page;
    }
}
