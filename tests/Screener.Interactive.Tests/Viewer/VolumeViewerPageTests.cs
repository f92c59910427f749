using Microsoft.Playwright;
using Screener.Imaging;
using Screener.Interactive.Viewer;
using Screener.Reporting;
using static Screener.Interactive.Tests.ChromiumPage;

namespace Screener.Interactive.Tests.Viewer;

/// <summary>The viewer as a browser shows it.</summary>
public sealed class VolumeViewerPageTests(ChromiumBrowser browser)
{
    // The mean brightness of a part of a pane's canvas; places are shares of its width and height.
    private const string Brightness = """
        (canvas, [x0, y0, x1, y1]) => {
          const w = canvas.width, h = canvas.height, across = Math.max(1, (x1 - x0) * w), down = Math.max(1, (y1 - y0) * h);
          const p = canvas.getContext('2d').getImageData(x0 * w, y0 * h, across, down).data;
          let sum = 0;
          for (let i = 0; i < p.length; i += 4) sum += p[i] + p[i + 1] + p[i + 2];
          return sum / (p.length / 4 * 3);
        }
        """;

    private static readonly WindowPreset Wide = new("wide", 0, 2000);

    public static TheoryData<string> Orientations => ViewedVolumes.Orientations;

    [Theory]
    [MemberData(nameof(Orientations))]
    public async Task AMarkerIsWhereTheRadiologistExpectsIt(string orientation)
    {
        // Bright in the patient's right, anterior, superior corner.
        var ct = ViewedVolumes.Ct(ViewedVolumes.Grid(orientation), (x, y, z) => x > 6 && y > 5 && z > 4 ? 1000 : -1000);
        var start = new SlicePosition(ViewedVolumes.Head - 2, ViewedVolumes.Front - 2, ViewedVolumes.Right - 2);
        await using var page = await OpenAsync(
            VolumeViewer.Html(ct, options: VolumeViewerOptions.Default with { Window = Wide, Start = start }));
        await page.Page.GetByLabel("Crosshair", new() { Exact = true }).UncheckAsync();
        for (int pane = 0; pane < 3; pane++)
        {
            var canvas = Pane(page, pane);
            await WaitForAsync(async () => await BrightnessAsync(canvas, 0.03, 0.03, 0.15, 0.15) > 250);
            Assert.True(await BrightnessAsync(canvas, 0.5, 0.1, 0.95, 0.9) < 5);
            Assert.True(await BrightnessAsync(canvas, 0.1, 0.5, 0.9, 0.95) < 5);
        }

        string[][] sides = [["R", "L", "A", "P"], ["R", "L", "S", "I"], ["A", "P", "S", "I"]];
        for (int pane = 0; pane < 3; pane++)
            Assert.Equal(sides[pane], await Pane(page, pane).Locator("xpath=..").Locator("span").AllInnerTextsAsync());
        page.AssertQuiet();
    }

    [Fact]
    public async Task PanesAreTrueToMillimetres()
    {
        var grid = new VolumeGrid(new VolumeShape(10, 30, 40), Affine.Canonical(new Spacing(5, 2, 1)));
        await using var page = await OpenAsync(VolumeViewer.Html(ViewedVolumes.Ct(grid, (_, _, _) => 0)));
        (double Width, double Height)[] mm = [(40, 60), (40, 50), (60, 50)];
        var boxes = await Task.WhenAll(Enumerable.Range(0, 3).Select(async i => (await Pane(page, i).BoundingBoxAsync())!));
        double scale = boxes[0].Width / mm[0].Width;
        for (int pane = 0; pane < 3; pane++)
        {
            Assert.Equal(mm[pane].Width * scale, boxes[pane].Width, 1.5);
            Assert.Equal(mm[pane].Height * scale, boxes[pane].Height, 1.5);
        }
    }

    [Fact]
    public async Task SlidersWheelKeysAndClicksMoveThroughTheVolume()
    {
        await using var page = await OpenAsync(VolumeViewer.Html(Ramp(), options: VolumeViewerOptions.Default with { Window = Wide }));
        var axial = Pane(page, 0);
        double before = await BrightnessAsync(axial);

        var slider = page.Page.GetByLabel("Axial slice", new() { Exact = true });
        await slider.FillAsync($"{ViewedVolumes.Head - 1}");
        await WaitForAsync(async () => await BrightnessAsync(axial) > before + 20);
        Assert.Contains(
            $"{ViewedVolumes.Head} / {ViewedVolumes.Head}", await page.Page.Locator(".axial .head").InnerTextAsync(),
            StringComparison.Ordinal);

        double top = await BrightnessAsync(axial);
        await axial.HoverAsync(new() { Position = new() { X = 40, Y = 40 } });
        await axial.HoverAsync(new() { Position = new() { X = 60, Y = 60 } });
        await page.Page.Mouse.WheelAsync(0, 300);
        await WaitForAsync(async () => await BrightnessAsync(axial) < top - 20);

        await axial.FocusAsync();
        await slider.FillAsync("0");
        await axial.PressAsync("PageUp");
        Assert.Equal("1", await slider.InputValueAsync());
        await axial.PressAsync("Shift+PageUp");
        await WaitForAsync(async () => await slider.InputValueAsync() == "11");

        // A click near the patient's right front, in the axial pane, moves the two others there.
        var box = (await axial.BoundingBoxAsync())!;
        await axial.ClickAsync(
            new()
            {
                Position = new()
                {
                    X = (float)(box.Width * 1.5 / ViewedVolumes.Right), Y = (float)(box.Height * 2.5 / ViewedVolumes.Front),
                },
            });
        await WaitForAsync(
            async () =>
                await page.Page.GetByLabel("Sagittal slice", new() { Exact = true }).InputValueAsync() == $"{ViewedVolumes.Right - 2}");
        Assert.Equal($"{ViewedVolumes.Front - 3}", await page.Page.GetByLabel("Coronal slice", new() { Exact = true }).InputValueAsync());
        page.AssertQuiet();
    }

    [Fact]
    public async Task TheReadoutTellsTheVoxelUnderThePointer()
    {
        var grid = ViewedVolumes.Grid("LPS");
        var map = new AnomalyMap(grid, ViewedVolumes.Voxels(grid, (x, _, _) => (float)x));
        var mask = new LesionMask(grid, ViewedVolumes.Voxels(grid, (x, y, _) => x > 4 && y > 4 ? (byte)1 : (byte)0));
        var ct = ViewedVolumes.Ct(grid, (x, y, z) => (10 * x) + (3 * y) + z);
        await using var page = await OpenAsync(
            VolumeViewer.Html(ct, mask, map, options: VolumeViewerOptions.Default with { Scores = new(-12, 12) }));
        var axial = Pane(page, 0);
        var box = (await axial.BoundingBoxAsync())!;

        // Column 2 from the patient's right, row 3 from the front; the axial slice in the middle of the lesion.
        await axial.HoverAsync(
            new()
            {
                Position = new()
                {
                    X = (float)(box.Width * 2.5 / ViewedVolumes.Right), Y = (float)(box.Height * 3.5 / ViewedVolumes.Front),
                },
            });
        string text = await page.Page.Locator("output").InnerTextAsync();
        var hu = System.Text.RegularExpressions.Regex.Match(text, "HU (\\d+) ± 2");
        Assert.True(hu.Success, text);
        double place = double.Parse(
            System.Text.RegularExpressions.Regex.Match(text, "(S|I) ([0-9.]+) mm").Groups[2].Value,
            System.Globalization.CultureInfo.InvariantCulture);
        double z = text.Contains("I " + place.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)
            ? -place
            : place;
        Assert.InRange(
            (10 * 10) + (3 * 7) + z, int.Parse(hu.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) - 2,
            int.Parse(hu.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) + 2);
        Assert.Contains("R 10.0", text, StringComparison.Ordinal);
        Assert.Contains("A 7.0", text, StringComparison.Ordinal);
        Assert.Contains("lesion", text, StringComparison.Ordinal);
        Assert.Matches("score (9\\.9|10\\.0)", text);
        page.AssertQuiet();
    }

    [Fact]
    public async Task WindowsChangeThePicture()
    {
        await using var page = await OpenAsync(VolumeViewer.Html(ViewedVolumes.Ct(ViewedVolumes.Grid("RAS"), (_, _, _) => -100)));
        await page.Page.GetByLabel("Crosshair", new() { Exact = true }).UncheckAsync();
        var axial = Pane(page, 0);
        foreach (var preset in (WindowPreset[])[WindowPreset.Lung, WindowPreset.SoftTissue, WindowPreset.Bone, WindowPreset.Liver])
        {
            await page.Page.GetByRole(
                AriaRole.Button, new() { Name = char.ToUpperInvariant(preset.Name[0]) + preset.Name[1..] }).ClickAsync();

            // -100 HU lies in the level from -100 to -96.
            await WaitForAsync(async () => Math.Abs(await BrightnessAsync(axial, 0.2, 0.2, 0.4, 0.4) - preset.ToGrey(-98)) < 1.5);
        }

        await page.Page.GetByLabel("Window level").FillAsync("-98");
        await WaitForAsync(async () => Math.Abs(await BrightnessAsync(axial, 0.2, 0.2, 0.4, 0.4) - 127.5) < 1);

        // Right drag upwards lowers the level.
        var box = (await axial.BoundingBoxAsync())!;
        await page.Page.Mouse.MoveAsync(box.X + 50, box.Y + 80);
        await page.Page.Mouse.DownAsync(new() { Button = MouseButton.Right });
        await page.Page.Mouse.MoveAsync(box.X + 50, box.Y + 40, new() { Steps = 4 });
        await page.Page.Mouse.UpAsync(new() { Button = MouseButton.Right });
        Assert.Equal("-178", await page.Page.GetByLabel("Window level").InputValueAsync());
        await WaitForAsync(async () => await BrightnessAsync(axial, 0.2, 0.2, 0.4, 0.4) > 200);
        page.AssertQuiet();
    }

    [Fact]
    public async Task TheMapHasOpacityAndThresholdAndTheLesionAnOutline()
    {
        var grid = ViewedVolumes.Grid("RAS");
        var map = new AnomalyMap(grid, ViewedVolumes.Voxels(grid, (x, _, _) => x > 6 ? 10f : x > 0 ? 5f : 0f));
        var mask = new LesionMask(
            grid, ViewedVolumes.Voxels(grid, (x, y, _) => x is < -3 and > -9 && y is > -4 and < 4 ? (byte)1 : (byte)0));
        var options = VolumeViewerOptions.Default with
        {
            Window = new("black", 5000, 10), Scores = new(0, 10), Opacity = 1, Start = new(8, 1, 12),
        };
        await using var page = await OpenAsync(VolumeViewer.Html(ViewedVolumes.Ct(grid, (_, _, _) => 0), mask, map, options: options));
        await page.Page.GetByLabel("Crosshair", new() { Exact = true }).UncheckAsync();
        var axial = Pane(page, 0);
        Task<double> High() => BrightnessAsync(axial, 0.02, 0.1, 0.15, 0.9);
        Task<double> Middle() => BrightnessAsync(axial, 0.3, 0.1, 0.42, 0.9);
        Task<double> Lesion() => BrightnessAsync(axial, 0.6, 0.25, 0.9, 0.75);
        await WaitForAsync(async () => await High() > 170 && await Middle() > 60);
        Assert.InRange(await Lesion(), 2, 80);

        // Inside the outline nothing is drawn.
        Assert.True(await BrightnessAsync(axial, 0.72, 0.45, 0.78, 0.55) < 1);

        await page.Page.GetByLabel("Lowest score").FillAsync("150");
        await WaitForAsync(async () => await Middle() < 1);
        Assert.True(await High() > 170);
        await page.Page.GetByLabel("Opacity of the anomaly map").FillAsync("0.5");
        await WaitForAsync(async () => await High() is > 90 and < 130);
        await page.Page.GetByLabel("Anomaly", new() { Exact = true }).UncheckAsync();
        await WaitForAsync(async () => await High() < 1);
        await page.Page.GetByLabel("Lesion", new() { Exact = true }).UncheckAsync();
        await WaitForAsync(async () => await Lesion() < 1);
        page.AssertQuiet();
    }

    [Fact]
    public async Task ACalibratedMapHasOneScaleInEveryPictureAndSaysHowRareAScoreIs()
    {
        var grid = ViewedVolumes.Grid("RAS");
        foreach (float highest in (float[])[3, 6])
        {
            var map = new AnomalyMap(grid, ViewedVolumes.Voxels(grid, (x, _, _) => x > 0 ? highest : 0f)) { IsCalibrated = true };
            var options = VolumeViewerOptions.Default with { Start = new(8, 1, 12) };
            await using var page = await OpenAsync(VolumeViewer.Html(ViewedVolumes.Ct(grid, (_, _, _) => 0), null, map, options: options));
            var slider = page.Page.GetByLabel("Lowest score");
            Assert.Equal("\u2265 1.0 (1 in 10)", await slider.GetAttributeAsync("aria-valuetext"));
            var box = (await Pane(page, 0).BoundingBoxAsync())!;
            await Pane(page, 0).HoverAsync(new() { Position = new() { X = (float)(box.Width * 0.1), Y = (float)(box.Height * 0.5) } });
            string text = await page.Page.Locator("output").InnerTextAsync();
            Assert.Contains(highest == 3 ? "(1 in 1,000)" : "(1 in 1,000,000)", text, StringComparison.Ordinal);
            page.AssertQuiet();
        }
    }

    private static CtVolume Ramp() => ViewedVolumes.Ct(ViewedVolumes.Grid("LPS"), (_, _, z) => 100 * z);

    private static ILocator Pane(ChromiumPage page, int pane, int viewer = 0) => page.Page.Locator("[data-ready]").Nth(viewer).Locator(
        ".picture canvas").Nth(pane);

    private static Task<double> BrightnessAsync(ILocator canvas, double x0 = 0, double y0 = 0, double x1 = 1, double y1 = 1) =>
        canvas.EvaluateAsync<double>(Brightness, new[] { x0, y0, x1, y1 });

    private async Task<ChromiumPage> OpenAsync(string html)
    {
        var page = await browser.OpenAsync(html);
        await page.Page.Locator("[data-ready]").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        return page;
    }
}
