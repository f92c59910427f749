using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Screener.Interactive.Tests;
using Screener.Kernel.Installation;
using Screener.Kernel.Notebooks;
using Screener.Tests;

namespace Screener.Kernel.Tests.Notebooks;

/// <summary>Every lesson runs from its first cell to its last, and its page works in a browser that has no network.</summary>
public sealed partial class LessonRunTests(ExecutedLessons lessons, ChromiumBrowser browser) : IClassFixture<ExecutedLessons>
{
    private const int MostBytes = 16 << 20, MostBytesOfPage = 8_000_000;

    private const string Picture = "canvas => canvas.toDataURL()";

    // Those that train and evaluate nothing, or a few steps, take seconds.
    private static readonly string[] Short = ["00", "01", "07", "14"];

    // One that only reads, one that screens, one with many charts.
    private static readonly string[] ShortOnDotNetInteractive = ["00", "01", "05"];

    public static TheoryData<string> ShortNames => [.. LessonFiles.Names.Select(n => n.Data).Where(n => IsOf(Short, n))];

    public static TheoryData<string> LongNames => [.. LessonFiles.Names.Select(n => n.Data).Where(n => !IsOf(Short, n))];

    public static TheoryData<string> ShortNamesOnDotNetInteractive =>
        [.. LessonFiles.Names.Select(n => n.Data).Where(n => IsOf(ShortOnDotNetInteractive, n))];

    public static TheoryData<string> LongNamesOnDotNetInteractive =>
        [.. LessonFiles.Names.Select(n => n.Data).Where(n => !IsOf(ShortOnDotNetInteractive, n))];

    [Theory]
    [MemberData(nameof(ShortNames))]
    public Task RunsToItsEndAndItsPageNeedsNoNetwork(string name) => RunAsync(name, KernelSpec.OwnName);

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(LongNames))]
    public Task RunsToItsEndAndItsPageNeedsNoNetworkThoughItTrains(string name) => RunAsync(name, KernelSpec.OwnName);

    [Theory]
    [MemberData(nameof(ShortNamesOnDotNetInteractive))]
    public Task RunsOnDotNetInteractiveItself(string name) => RunAsync(name, KernelSpec.DotNetInteractiveName);

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(LongNamesOnDotNetInteractive))]
    public Task RunsOnDotNetInteractiveItselfThoughItTrains(string name) => RunAsync(name, KernelSpec.DotNetInteractiveName);

    [Fact]
    [Trait("Category", "Long")]
    public Task FiftyInterruptsOfATrainingEachStopIt() =>
        lessons.InterruptTrainingAsync("02-descriptor-pretraining.ipynb", KernelSpec.OwnName, 50);

    [Fact]
    public async Task ALessonThatIsReopenedInJupyterIsAliveWhereItIsTrustedAndLegibleWhereItIsNot()
    {
        ChromiumBrowser.Require();
        var (notebook, file) = await lessons.RunAsync("01-ct-volumes.ipynb", KernelSpec.OwnName);
        string[] outputs = [.. Html(LessonFiles.Cells(notebook).Where(c => c["cell_type"]!.GetValue<string>() == "code"))];
        int pictures = outputs.Sum(h => h.Split("<img ").Length - 1), alive = outputs.Sum(h => h.Split(" data-height=\"").Length - 1)
            + outputs.Sum(h => h.Split("<screener-volume").Length - 1);
        Assert.True(pictures > 4 && alive > 1);
        await lessons.OpenInNotebookAsync(file, isTrusted: false, browser, async (page, _) =>
        {
            var shown = page.Locator(".output_area img");
            await Assertions.Expect(shown).ToHaveCountAsync(pictures);
            Assert.True(await shown.EvaluateAllAsync<bool>("all => all.every(i => i.complete && i.naturalWidth > 0)"));
            Assert.Equal(0, await page.Locator("[data-ready]").CountAsync());
            await page.ScreenshotAsync(new() { Path = Kept("01-ct-volumes.untrusted.png"), FullPage = true });
        });
        await lessons.OpenInNotebookAsync(file, isTrusted: true, browser, async (page, errors) =>
        {
            await Assertions.Expect(page.Locator(".output_area img")).Not.ToHaveCountAsync(0);   // some are covered by what is alive
            await page.EvaluateAsync("document.querySelectorAll('.output_area details').forEach(d => { d.open = true; })");
            await Assertions.Expect(page.Locator("[data-ready]")).ToHaveCountAsync(alive);
            Assert.Empty(errors);
        });
    }

    private static bool IsOf(string[] numbers, string name) =>
        name.Length == 0 || numbers.Any(number => name.StartsWith(number, StringComparison.Ordinal));

    private async Task RunAsync(string name, string kernel)
    {
        var (notebook, file) = await lessons.RunAsync(name, kernel);
        var cells = LessonFiles.Cells(notebook).Where(c => c["cell_type"]!.GetValue<string>() == "code").ToList();
        foreach (var cell in cells)
        {
            foreach (var output in cell["outputs"]!.AsArray())
            {
                if (output!["output_type"]!.GetValue<string>() == "error")
                    Assert.Fail($"{name}, cell '{cell["id"]}': {output["ename"]}: {output["evalue"]}");
                if (output["name"]?.GetValue<string>() == "stderr")
                    Assert.Fail($"{name}, cell '{cell["id"]}': a warning: {output["text"]}");
            }
        }

        // What could not be drawn, and progress that stands where it began.
        Assert.DoesNotContain(
            Html(cells), h => h.Contains("cannot be drawn", StringComparison.Ordinal)
                || h.Contains("cannot be shown", StringComparison.Ordinal) || h.Contains("width:0%", StringComparison.Ordinal));

        Assert.Equal(Enumerable.Range(1, cells.Count), cells.Select(c => c["execution_count"]!.GetValue<int>()));
        Assert.True(Html(cells).Count() >= 3, "a lesson shows something");
        Assert.InRange(new FileInfo(file).Length, 10_000, MostBytes);

        // .NET Interactive's own output asks the network for a script.
        foreach (var outputs in cells.Select(c => c["outputs"]!.AsArray()))
            outputs.RemoveAll(o => o!.ToJsonString().Contains("dotnet-interactive-this-cell-", StringComparison.Ordinal));
        string text = NotebookPage.Of(Notebook.Parse(notebook.ToJsonString()), name, LessonFiles.Folder);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(text), 10_000, MostBytesOfPage);
        await using var page = await browser.OpenAsync(text, 1100, 1400);
        if (Html(cells).Any(h => h.Contains("<screener-volume", StringComparison.Ordinal)))
        {
            // The viewer's slider changes its picture.
            var viewer = page.Page.Locator("[data-ready]").Filter(new() { Has = page.Page.Locator(".picture canvas") }).First;
            await viewer.ScrollIntoViewIfNeededAsync();
            var pane = viewer.Locator(".picture canvas").First;
            string before = await pane.EvaluateAsync<string>(Picture);
            await viewer.GetByLabel("Axial slice", new() { Exact = true }).FocusAsync();
            for (int i = 0; i < 3; i++)
                await page.Page.Keyboard.PressAsync("ArrowLeft");
            await WaitForAsync(async () => await pane.EvaluateAsync<string>(Picture) != before, "the slider changes the picture");
        }

        var charts = page.Page.Locator($"[class=\"tex2jax_ignore mathjax_ignore\"][data-height]");
        for (int i = 0; i < await charts.CountAsync(); i++)
        {
            await charts.Nth(i).ScrollIntoViewIfNeededAsync();
            await Assertions.Expect(charts.Nth(i)).ToHaveAttributeAsync("data-ready", "", new() { Timeout = 60_000 });
        }

        string kept = Kept($"{Path.GetFileNameWithoutExtension(name)}.{kernel}");
        File.Copy(file, kept + ".ipynb", overwrite: true);
        File.WriteAllText(kept + ".html", text);
        await page.Page.ScreenshotAsync(new() { Path = kept + ".png", FullPage = true });
        await page.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await page.Page.ScreenshotAsync(new() { Path = kept + ".dark.png", FullPage = true });
        page.AssertQuiet();

        // Without scripts every picture is there, and nothing waits for one.
        await using var still = await browser.OpenAsync(text, 1100, 1400, scripts: false);
        await still.Page.ScreenshotAsync(new() { Path = kept + ".still.png", FullPage = true });
        await using var look = await browser.OpenAsync(WithoutScripts().Replace(text, ""), 1100, 1400);
        Assert.True(await look.Page.EvaluateAsync<bool>("[...document.images].every(i => i.complete && i.naturalWidth > 0)"));
        Assert.Equal(await charts.CountAsync(), await look.Page.Locator("[data-height] > :is(img, p)").CountAsync());
        still.AssertQuiet();
        look.AssertQuiet();
    }

    [GeneratedRegex("<script\\b.*?</script>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex WithoutScripts();

    // Where a test leaves what is to be looked at.
    private static string Kept(string name)
    {
        string folder = Path.Combine(RepositoryFolder.Find(), "artifacts", "test-results", "notebooks");
        Directory.CreateDirectory(folder);
        return Path.Combine(folder, name);
    }

    private static async Task WaitForAsync(Func<Task<bool>> condition, string what)
    {
        for (int attempt = 0; !await condition(); attempt++)
        {
            Assert.True(attempt < 1200, what);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private static IEnumerable<string> Html(IEnumerable<JsonObject> cells) => cells
        .SelectMany(c => c["outputs"]!.AsArray())
        .Select(o => o!["data"]?["text/html"])
        .Where(h => h is not null)
        .Select(h => h is JsonArray lines ? string.Concat(lines.Select(l => l!.GetValue<string>())) : h!.GetValue<string>());
}
