using System.Diagnostics;
using Microsoft.Playwright;
using Screener.Interactive.Tests;
using Screener.Tests;

[assembly: AssemblyFixture(typeof(ChromiumBrowser))]

namespace Screener.Interactive.Tests;

/// <summary>
/// One Chromium for all tests, started by the first that opens a page. SCREENER_CHROMIUM, by default /usr/bin/chromium; tests
/// are skipped, saying so, where it is absent.
/// </summary>
public sealed class ChromiumBrowser : IAsyncDisposable
{
    private static readonly string Executable = Environment.GetEnvironmentVariable("SCREENER_CHROMIUM") is { Length: > 0 } named
        ? named
        : "/usr/bin/chromium";

    private readonly SemaphoreSlim _starting = new(1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Opens a page from a file, as nbconvert's pages are opened. It cannot reach any network.</summary>
    /// <param name="html">The whole page, or a fragment.</param>
    /// <param name="width">Of the window, in CSS pixels.</param>
    /// <param name="height">Of the window, in CSS pixels.</param>
    /// <param name="scripts">False blocks scripts.</param>
    public async Task<ChromiumPage> OpenAsync(string html, int width = 1100, int height = 900, bool scripts = true)
    {
        var context = await NewContextAsync(
            new() { JavaScriptEnabled = scripts, ViewportSize = new() { Width = width, Height = height } });
        return await ChromiumPage.OpenAsync(context, html);
    }

    /// <summary>Pages that share nothing with others, and that may reach this machine's servers.</summary>
    public async Task<IBrowserContext> NewContextAsync(BrowserNewContextOptions? options = null)
    {
        var context = await (await StartAsync()).NewContextAsync(options);
        context.SetDefaultTimeout(180_000);
        return context;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        _starting.Dispose();
    }

    /// <summary>Skips the running test where there is no browser.</summary>
    public static void Require() => Assert.SkipUnless(File.Exists(Executable), $"{Executable} is not here");

    private async Task<IBrowser> StartAsync()
    {
        Require();
        await _starting.WaitAsync();
        try
        {
            _playwright ??= await Playwright.CreateAsync();
            return _browser ??= await _playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = Executable,
                Headless = true,
                Timeout = 300_000,
                Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync"],
            });
        }
        finally
        {
            _starting.Release();
        }
    }
}

/// <summary>An open page, and what went wrong in it.</summary>
public sealed class ChromiumPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly TemporaryFolder _folder;
    private readonly List<string> _troubles = [];

    private ChromiumPage(IBrowserContext context, TemporaryFolder folder, IPage page)
    {
        _context = context;
        _folder = folder;
        Page = page;
    }

    /// <summary>The page.</summary>
    public IPage Page { get; }

    /// <summary>Requests other than the page itself, console errors and uncaught exceptions.</summary>
    public IReadOnlyList<string> Troubles
    {
        get
        {
            lock (_troubles)
                return [.. _troubles];
        }
    }

    /// <summary>Fails if the page asked for anything or reported an error.</summary>
    public void AssertQuiet() => Assert.Empty(Troubles);

    /// <summary>Waits until the page is as it should be.</summary>
    public static async Task WaitForAsync(Func<Task<bool>> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(3), "the page did not change as it should");
            await Task.Delay(30, TestContext.Current.CancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        _folder.Dispose();
    }

    internal static async Task<ChromiumPage> OpenAsync(IBrowserContext context, string html)
    {
        var folder = new TemporaryFolder();
        string file = folder["page.html"];
        bool whole = html.AsSpan().TrimStart().StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase);
        await File.WriteAllTextAsync(file, whole ? html : "<!doctype html><meta charset=\"utf-8\"><title>Page</title>" + html);
        string address = new Uri(file).AbsoluteUri;
        var page = new ChromiumPage(context, folder, await context.NewPageAsync());
        page.Page.Console += (_, message) => page.Note(message.Type == "error", $"console: {message.Text}");
        page.Page.PageError += (_, error) => page.Note(true, $"uncaught: {error}");
        bool IsOwn(string url) =>
            url == address || url.StartsWith("data:", StringComparison.Ordinal) || url.StartsWith("blob:", StringComparison.Ordinal);
        page.Page.Request += (_, request) => page.Note(!IsOwn(request.Url), $"request: {request.Url}");
        await context.RouteAsync("**/*", route => IsOwn(route.Request.Url) ? route.ContinueAsync() : route.AbortAsync());
        await page.Page.GotoAsync(address);
        return page;
    }

    private void Note(bool isTrouble, string what)
    {
        if (!isTrouble)
            return;
        lock (_troubles)
            _troubles.Add(what);
    }
}
