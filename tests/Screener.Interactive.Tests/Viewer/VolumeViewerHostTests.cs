using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Screener.Imaging;
using Screener.Interactive.Viewer;

namespace Screener.Interactive.Tests.Viewer;

/// <summary>
/// The viewer in the ways that notebooks put HTML into a page, beside another, without scripts, damaged, and with hostile names.
/// </summary>
public sealed partial class VolumeViewerHostTests(ChromiumBrowser browser)
{
    private const string Hostile = "</script><script>window.owned=1</script><img src=x onerror=\"window.owned=2\">&lt;b&gt; \u2028 $x$ '\"";

    public static TheoryData<string, string> Hosts => new()
    {
        // JupyterLab: innerHTML, then each script in place by a copy.
        { "lab", "host.innerHTML = html; for (const s of [...host.querySelectorAll('script')]) { const c = "
            + "document.createElement('script'); for (const a of s.attributes) c.setAttribute(a.name, a.value); c.textContent = "
            + "s.textContent; s.parentNode.replaceChild(c, s); }" },

        // Notebook 6: jQuery builds the nodes apart, and runs the scripts from the page's head once they are in.
        { "classic",
            "const t = document.createElement('div'); t.innerHTML = html; host.append(...t.childNodes); for (const s of "
                + "host.querySelectorAll('script:not([type])')) { const c = document.createElement('script'); c.text = s.textContent; "
                + "document.head.appendChild(c).remove(); }" },

        // VS Code: copies of all scripts are appended to the output and taken away again.
        { "vscode",
            "host.innerHTML = html; for (const s of [...host.getElementsByTagName('script')]) { const c = "
                + "document.createElement('script'); c.text = s.innerText; for (const k of ['type', 'src']) { const v = s[k] || "
                + "s.getAttribute(k); if (v) c.setAttribute(k, v); } host.appendChild(c).remove(); }" },

        // An output in a shadow tree, where document.currentScript is null.
        { "shadow",
            "const r = host.attachShadow({ mode: 'open' }); r.innerHTML = html; for (const s of [...r.querySelectorAll('script')]) { "
                + "const c = document.createElement('script'); for (const a of s.attributes) c.setAttribute(a.name, a.value); "
                + "c.textContent = s.textContent; s.parentNode.replaceChild(c, s); }" },

        // Only attached after its scripts ran.
        { "late",
            "const t = document.createElement('div'); t.innerHTML = html; const c = document.createElement('script'); c.text = "
                + "t.querySelector('script:not([type])').textContent; document.head.append(c); host.append(t);" },
    };

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task ItStartsHoweverItsScriptIsRun(string host, string insert)
    {
        Assert.NotEmpty(host);
        string html = JsonSerializer.Serialize(VolumeViewer.Html(Sphere()));
        string page =
            $"<div id=host></div><script>window.define = function () {{ throw new Error('not an AMD module'); }}; window.define.amd = "
            + $"{{}}; window.require = window.define;</script><script>const html = {html}, host = document.getElementById('host'); "
                + $"{insert}</script>";
        await using var open = await browser.OpenAsync(page);
        await open.Page.Locator("[data-ready] .picture canvas").First.WaitForAsync();
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Bone" }).ClickAsync();
        Assert.Equal("400", await open.Page.GetByLabel("Window level").InputValueAsync());
        open.AssertQuiet();
    }

    [Fact]
    public async Task ManyInOnePageDoNotClash()
    {
        string one = VolumeViewer.Html(Sphere());
        await using var open = await browser.OpenAsync(
            one + VolumeViewer.Html(Sphere(500), options: VolumeViewerOptions.Default with { Title = "second" }) + one);
        var viewers = open.Page.Locator("[data-ready]");
        await Assertions.Expect(viewers).ToHaveCountAsync(3);
        await viewers.Nth(1).GetByRole(AriaRole.Button, new() { Name = "Liver" }).ClickAsync();
        await viewers.Nth(1).GetByLabel("Axial slice", new() { Exact = true }).FillAsync("3");
        (int, string, string)[] expected = [(0, "-600", "8"), (1, "60", "3"), (2, "-600", "8")];
        foreach (var (viewer, level, slice) in expected)
        {
            Assert.Equal(level, await viewers.Nth(viewer).GetByLabel("Window level").InputValueAsync());
            Assert.Equal(slice, await viewers.Nth(viewer).GetByLabel("Axial slice", new() { Exact = true }).InputValueAsync());
        }

        Assert.Equal(
            0, await open.Page.EvaluateAsync<int>(
                "[document, ...[...document.querySelectorAll('[data-ready]')].map(v => v.shadowRoot)].reduce((n, r) => n + "
                + "r.querySelectorAll('[id]').length, 0)"));
        Assert.Empty(await open.Page.EvaluateAsync<string[]>("Object.keys(window).filter(k => /screener|viewer/i.test(k))"));
        open.AssertQuiet();
    }

    [Fact]
    public async Task WithoutScriptsAPictureWithACaptionRemains()
    {
        await using var open = await browser.OpenAsync(
            VolumeViewer.Html(Sphere(), options: VolumeViewerOptions.Default with { Title = Hostile }), scripts: false);
        var box = (await open.Page.GetByAltText("Axial, coronal and sagittal slice").BoundingBoxAsync())!;
        Assert.True(box.Width > 400 && box.Height > 100);
        string caption = await open.Page.Locator("figcaption").InnerTextAsync();
        Assert.Contains("lung window", caption, StringComparison.Ordinal);
        Assert.Contains("25 × 21 × 17 voxels", caption, StringComparison.Ordinal);
        Assert.Contains("<img src=x", caption, StringComparison.Ordinal);

        // The sphere is bright in the middle of the first third of the picture.
        byte[] shot = await open.Page.ScreenshotAsync(
            new() { Clip = new() { X = box.X + (box.Width / 6) - 1, Y = box.Y + (box.Height / 2) - 20, Width = 2, Height = 2 } });
        string data = Convert.ToBase64String(shot);
        await using var look = await browser.OpenAsync($"<img src=\"data:image/png;base64,{data}\">");
        Assert.True(
            await look.Page.EvaluateAsync<int>(
                "(() => { const c = document.createElement('canvas').getContext('2d'); c.drawImage(document.images[0], 0, 0); return "
                + "c.getImageData(0, 0, 1, 1).data[1]; })()") > 100);
    }

    [Fact]
    public async Task ADamagedVolumeLeavesThePictureAndSaysSo()
    {
        string html = VolumeViewer.Html(Sphere());
        var stream = LongestStream().Matches(html).MaxBy(m => m.Length)!;
        string damaged = html.Remove(stream.Index + (stream.Length / 2), 8).Insert(stream.Index + (stream.Length / 2), "AAAAAAAA");
        await using var open = await browser.OpenAsync(damaged);
        await open.Page.Locator("[data-failed]").WaitForAsync();
        Assert.True(await open.Page.GetByAltText("Axial, coronal and sagittal slice").IsVisibleAsync());
        Assert.Contains("could not start", await open.Page.Locator("[data-failed] p").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NamesAreShownAsText()
    {
        var ct = new CtVolume(Sphere().Grid, Sphere().Voxels, Hostile);
        await using var open = await browser.OpenAsync(
            VolumeViewer.Html(ct, options: VolumeViewerOptions.Default with { Title = Hostile, Window = new(Hostile, 40, 400) }));
        await open.Page.Locator("[data-ready]").WaitForAsync();
        string about = await open.Page.Locator(".about").TextContentAsync() ?? "";
        Assert.Equal(2, about.Split("</script><script>window.owned=1</script><img src=x onerror=").Length - 1);
        Assert.True(await open.Page.EvaluateAsync<bool>("window.owned === undefined"));
        open.AssertQuiet();
    }

    [Theory]
    [InlineData(1100)]
    [InlineData(700)]
    [InlineData(360)]
    public async Task ItFitsItsWidth(int width)
    {
        await using var open = await browser.OpenAsync(VolumeViewer.Html(Sphere()), width);
        await open.Page.Locator("[data-ready]").WaitForAsync();
        Assert.True(await open.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        var boxes = await Task.WhenAll(
            Enumerable.Range(0, 3).Select(async i => (await open.Page.Locator(".picture canvas").Nth(i).BoundingBoxAsync())!));
        Assert.True(boxes.Max(b => b.X + b.Width) <= width);
        Assert.Equal(width < 500 ? 1 : width < 900 ? 2 : 3, boxes.Select(b => b.X).Distinct().Count());
        Assert.True(boxes.Max(b => b.X + b.Width) - boxes.Min(b => b.X) > width * 0.8);
    }

    [GeneratedRegex("\"H4sI[A-Za-z0-9+/=]*\"")]
    private static partial Regex LongestStream();

    private static CtVolume Sphere(double hu = 100) => ViewedVolumes.Ct(
        ViewedVolumes.Grid("LPS"), (x, y, z) => (x * x) + (y * y) + (z * z) < 49 ? hu - x : -900 + (5 * y));
}
