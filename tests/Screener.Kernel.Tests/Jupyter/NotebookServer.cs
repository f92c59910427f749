using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Playwright;
using Screener.Interactive.Tests;

namespace Screener.Kernel.Tests.Jupyter;

/// <summary>A real Jupyter Notebook, and pages of it in a real browser.</summary>
internal sealed class NotebookServer : IAsyncDisposable
{
    private readonly Process _server;
    private readonly int _port;
    private IBrowserContext? _pages;

    private NotebookServer(Process server, int port) => (_server, _port) = (server, port);

    /// <summary>Starts it on a folder of notebooks.</summary>
    internal static async Task<NotebookServer> StartAsync(JupyterFolder jupyter, ChromiumBrowser browser)
    {
        ChromiumBrowser.Require();
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
            server._pages = await browser.NewContextAsync();
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
        var page = await _pages!.NewPageAsync();
        page.PageError += (_, error) => onError?.Invoke(error);
        await page.GotoAsync($"http://127.0.0.1:{_port}/notebooks/{notebook}?token=secret");
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_pages is not null)
            await _pages.DisposeAsync();
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
