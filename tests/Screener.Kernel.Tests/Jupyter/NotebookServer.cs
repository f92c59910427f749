using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Playwright;

namespace Screener.Kernel.Tests.Jupyter;

/// <summary>A real Jupyter Notebook and a real browser.</summary>
internal sealed class NotebookServer : IAsyncDisposable
{
    private static readonly string Chromium = Environment.GetEnvironmentVariable("SCREENER_CHROMIUM") is { Length: > 0 } named
        ? named
        : "/usr/bin/chromium";

    private readonly Process _server;
    private readonly int _port;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    private NotebookServer(Process server, int port) => (_server, _port) = (server, port);

    /// <summary>Skips the running test where there is no browser.</summary>
    internal static void Require() => Assert.SkipUnless(File.Exists(Chromium), $"{Chromium} is not here");

    /// <summary>Starts both on a folder of notebooks.</summary>
    internal static async Task<NotebookServer> StartAsync(JupyterFolder jupyter)
    {
        Require();
        Assertions.SetDefaultExpectTimeout(180_000);
        int port = FreePort();
        var process = jupyter.Start(
            "-m", "notebook", "--no-browser", "--allow-root", "--ip=127.0.0.1", $"--port={port}", "--port-retries=0",
            "--NotebookApp.token=secret", "--NotebookApp.terminals_enabled=False");
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var server = new NotebookServer(process, port);
        try
        {
            await server.AnswersAsync();
            server._playwright = await Playwright.CreateAsync();
            server._browser = await server._playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = Chromium,
                Headless = true,
                Timeout = 300_000,
                Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync"],
            });
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a notebook.</summary>
    internal async Task<IPage> OpenAsync(string notebook, Action<string>? onError = null)
    {
        var page = await _browser!.NewPageAsync();
        page.SetDefaultTimeout(180_000);
        page.PageError += (_, error) => onError?.Invoke(error);
        await page.GotoAsync($"http://127.0.0.1:{_port}/notebooks/{notebook}?token=secret");
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        _server.Kill(entireProcessTree: true);
        await _server.WaitForExitAsync(CancellationToken.None);
        _server.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task AnswersAsync()
    {
        using var client = new HttpClient();
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await client.GetAsync(new Uri($"http://127.0.0.1:{_port}/api?token=secret"), TestContext.Current.CancellationToken);
                return;
            }
            catch (HttpRequestException) when (watch.Elapsed < TimeSpan.FromMinutes(3))
            {
                await Task.Delay(200, TestContext.Current.CancellationToken);
            }
        }
    }
}
