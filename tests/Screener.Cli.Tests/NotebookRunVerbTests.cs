using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Screener.Kernel.Client;
using Screener.Kernel.Protocol;

namespace Screener.Cli.Tests;

public sealed class NotebookRunVerbTests
{
    [Fact]
    public async Task ANotebookIsRunAndWrittenWithAPage()
    {
        using var folder = new TemporaryFolder();
        string file = Write(folder, "good.ipynb", "Console.WriteLine(\"x is \" + Environment.GetEnvironmentVariable(\"X\"));", "1 + 1");
        var run = await CommandLine.RunAsync("notebook", "run", file, "--out", folder["out"], "--set", "X=5", "--json");
        Assert.Equal((0, true), (run.ExitCode, run.Json().GetProperty("ok").GetBoolean()));
        Assert.Contains("good.ipynb [2/2]", run.Error, StringComparison.Ordinal);
        Assert.Contains("x is 5", File.ReadAllText(folder["out/good.ipynb"]), StringComparison.Ordinal);
        Assert.Contains("x is 5", File.ReadAllText(folder["out/good.html"]), StringComparison.Ordinal);
        Assert.DoesNotContain("x is 5", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACellThatFailsIsNamedAndTheOthersAreRun()
    {
        using var folder = new TemporaryFolder();
        string bad = Write(folder, "bad.ipynb", "var x = 1;", "throw new InvalidOperationException(\"on purpose\");");
        string good = Write(folder, "good.ipynb", "2");
        var run = await CommandLine.RunAsync("notebook", "run", bad, good, "--out", folder["out"], "--no-html");
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains("cell 2 ('throw new InvalidOperationException(", run.Error, StringComparison.Ordinal);
        Assert.Contains("on purpose", run.Error, StringComparison.Ordinal);
        Assert.Equal(["bad.ipynb", "good.ipynb"], Directory.GetFiles(folder["out"]).Select(Path.GetFileName).Order());
        Assert.Contains("on purpose", File.ReadAllText(folder["out/bad.ipynb"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANotebookIsNeverWrittenOverItself()
    {
        using var folder = new TemporaryFolder();
        string file = Write(folder, "a.ipynb", "1");
        var run = await CommandLine.RunAsync("notebook", "run", file, "--out", folder.FullName);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("expected another folder", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("absent.ipynb", "nothing there")]
    [InlineData("wrong.ipynb", "no notebook of nbformat 4")]
    public async Task WhatIsNoNotebookIsSaid(string name, string mention)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["wrong.ipynb"], "{}");
        var run = await CommandLine.RunAsync("notebook", "run", folder[name], "--out", folder["out"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(mention, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public async Task KernelsAreListed()
    {
        var run = await CommandLine.RunAsync("kernel", "list", "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(JsonValueKind.Array, run.Json().GetProperty("kernels").ValueKind);
    }

    [Fact]
    public async Task AStartedKernelServesUntilItIsAskedToEnd()
    {
        using var folder = new TemporaryFolder();
        var connection = ConnectionFile.OfFreePorts();
        connection.Write(folder["connection.json"]);
        var run = CommandLine.RunAsync("kernel", "start", folder["connection.json"]);
        using var client = new KernelClient(connection, NullLogger.Instance);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(3));
        await client.WaitUntilReadyAsync(patience.Token);
        await client.AskAsync("shutdown_request", [], patience.Token, onControl: true);
        Assert.Equal(0, (await run.WaitAsync(patience.Token)).ExitCode);
        Assert.Equal(1, (await CommandLine.RunAsync("kernel", "start", folder["absent.json"])).ExitCode);
    }

    private static string Write(TemporaryFolder folder, string name, params string[] cells)
    {
        File.WriteAllText(folder[name], JsonSerializer.Serialize(new
        {
            cells = cells.Select(c => new { cell_type = "code", execution_count = (int?)null, metadata = new { }, outputs = Array.Empty<object>(), source = c }),
            metadata = new { },
            nbformat = 4,
            nbformat_minor = 4,
        }));
        return folder[name];
    }
}
