using Microsoft.Playwright;
using Screener.Interactive.Tests;

namespace Screener.Kernel.Tests.Jupyter;

/// <summary>A real Jupyter Notebook in a real browser.</summary>
public sealed class NotebookInBrowserTests(ChromiumBrowser browser)
{
    private const string Notebook = """
        {"cells": [
          {"cell_type": "code", "id": "a", "execution_count": null, "metadata": {}, "outputs": [], "source": ["var total = 0;\n",
            "for (int i = 0; i < 5; i++) { total += i; Console.WriteLine($\"step {i}\"); await Task.Delay(50); }"]},
          {"cell_type": "code", "id": "b", "execution_count": null, "metadata": {}, "outputs": [],
           "source": ["display(HTML($\"<b class='shown'>total {total}</b><script>window.ran = 'script ran';</script>\"));"]},
          {"cell_type": "code", "id": "c", "execution_count": null, "metadata": {}, "outputs": [], "source": ["var missing = nothing;"]},
          {"cell_type": "code", "id": "d", "execution_count": null, "metadata": {}, "outputs": [],
           "source": ["await Task.Delay(-1, Microsoft.DotNet.Interactive.KernelInvocationContext.Current.CancellationToken);"]}
         ],
         "metadata": {"kernelspec": {"display_name": "C# (Screener)", "language": "C#", "name": "screener-csharp"}},
         "nbformat": 4, "nbformat_minor": 5}
        """;

    [Fact]
    public async Task CellsRunAreInterruptedAndTheKernelIsRestarted()
    {
        ChromiumBrowser.Require();
        using var jupyter = new JupyterFolder("notebook");
        File.WriteAllText(jupyter["lesson.ipynb"], Notebook);
        await using var server = await NotebookServer.StartAsync(jupyter, browser);
        var page = await server.OpenAsync("lesson.ipynb");

        await RunAsync(page, 0, 1, 2);
        await Assertions.Expect(Output(page, 0)).ToContainTextAsync("step 4");
        await Assertions.Expect(Output(page, 1).Locator("b.shown")).ToHaveTextAsync("total 10");
        Assert.Equal("script ran", await page.EvaluateAsync<string>("window.ran"));
        await Assertions.Expect(Output(page, 2)).ToContainTextAsync("nothing");
        await Assertions.Expect(page.Locator(".kernel_idle_icon")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#kernel_indicator .kernel_indicator_name")).ToHaveTextAsync("C# (Screener)");

        // An endless cell: busy, then interrupted from the menu.
        await RunAsync(page, 3);
        await Assertions.Expect(page.Locator(".kernel_busy_icon")).ToHaveCountAsync(1);
        await page.EvaluateAsync("Jupyter.notebook.kernel.interrupt()");
        await Assertions.Expect(Output(page, 3).Locator(".output_error")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator(".kernel_idle_icon")).ToHaveCountAsync(1);

        // A fresh kernel knows no 'total'.
        await page.EvaluateAsync("Jupyter.notebook.kernel.restart()");
        await Assertions.Expect(page.Locator(".kernel_idle_icon")).ToHaveCountAsync(1);
        await RunAsync(page, 1);
        await Assertions.Expect(Output(page, 1)).ToContainTextAsync("'total'");
    }

    private static ILocator Output(IPage page, int cell) => page.Locator("div.cell").Nth(cell).Locator(".output");

    private static async Task RunAsync(IPage page, params int[] cells)
    {
        await page.WaitForFunctionAsync(
            "window.Jupyter && Jupyter.notebook && Jupyter.notebook.kernel && Jupyter.notebook.kernel.is_connected()");
        await page.EvaluateAsync("cells => Jupyter.notebook.execute_cells(cells)", cells);
    }
}
