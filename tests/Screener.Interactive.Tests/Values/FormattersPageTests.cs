using System.Text;
using Microsoft.Playwright;
using Screener.Interactive.Charts;
using Screener.Tests;

namespace Screener.Interactive.Tests.Values;

/// <summary>Everything that a notebook shows, in one page. Its pictures are kept under artifacts/tests, to be looked at.</summary>
[Collection(TorchCollection.Name)]
public sealed class FormattersPageTests(ChromiumBrowser browser)
{
    [Theory]
    [InlineData("light", "background:#fff;color:#111")]
    [InlineData("dark", "background:#111;color:#ddd")]
    public async Task EverythingInOnePageAsksForNothingAndReportsNothing(string theme, string style)
    {
        ChartLibrary.Embed();
        var html = new StringBuilder($"<body style='{style}'>");
        foreach (var (type, value) in Samples.All())
        {
            object sample = value();
            html.Append("<h3>").Append(type.Name).Append("</h3>").Append(NotebookFormatters.All.Single(f => f.Type == type).Html(sample));
            (sample as IDisposable)?.Dispose();
        }

        await using var open = await browser.OpenAsync(html.ToString());
        await Assertions.Expect(open.Page.Locator($"{InteractiveChart.ElementName}:not([data-ready])")).ToHaveCountAsync(
            0, new() { Timeout = 60_000 });
        await Assertions.Expect(open.Page.Locator("[data-failed]")).ToHaveCountAsync(0);
        string folder = Directory.CreateDirectory(Path.Combine(RepositoryFolder.Find(), "artifacts", "tests")).FullName;
        await open.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"formatters-{theme}.png"), FullPage = true });
        Assert.True(await open.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        open.AssertQuiet();
    }
}
