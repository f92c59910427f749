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
    public async Task AKernelOfSomebodyElseIsNotReplacedAndThatIsAnError()
    {
        using var folder = new TemporaryFolder();
        string kernels = folder["share/jupyter/kernels"], spec = Path.Combine(kernels, "screener-csharp/kernel.json");
        string[] install = ["kernel", "install", "--prefix", folder.FullName, "--json"];
        Directory.CreateDirectory(Path.GetDirectoryName(spec)!);
        File.WriteAllText(spec, "{}");
        var run = await CommandLine.RunAsync(install);
        Assert.Equal((1, false), (run.ExitCode, run.Json().GetProperty("ok").GetBoolean()));
        Assert.Equal("OutputException", run.Json().GetProperty("error").GetProperty("kind").GetString());
        Assert.StartsWith($"error: {kernels}", Assert.Single(run.Error.TrimEnd('\n').Split('\n')));
        Assert.Equal("{}", File.ReadAllText(spec));
    }

    [Fact]
    public async Task AnInstalledKernelFollowsLinksAndKeepsModes()
    {
        if (OperatingSystem.IsWindows())
            return; // Links need rights there, and there are no modes.
        using var folder = new TemporaryFolder();
        string spec = folder["share/jupyter/kernels/screener-csharp/kernel.json"];
        string[] install = ["kernel", "install", "--prefix", folder.FullName, "--json"];
        Assert.Equal(0, (await CommandLine.RunAsync(install)).ExitCode);
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.Move(spec, folder["elsewhere.json"]);
        File.SetUnixFileMode(folder["elsewhere.json"], Mode);
        File.CreateSymbolicLink(spec, folder["elsewhere.json"]);
        Assert.Equal(0, (await CommandLine.RunAsync(install)).ExitCode);
        Assert.Equal((folder["elsewhere.json"], Mode), (new FileInfo(spec).LinkTarget, File.GetUnixFileMode(folder["elsewhere.json"])));
        Assert.Equal([spec], Directory.GetFileSystemEntries(Path.GetDirectoryName(spec)!));
    }

    [Fact]
    public async Task APageAndANotebookAreWrittenThroughLinksAndNeverInPlaceOfADevice()
    {
        if (OperatingSystem.IsWindows())
            return; // Links need rights there, and there are no modes.
        using var folder = new TemporaryFolder();
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        string file = Write(folder, "a.ipynb");
        Directory.CreateDirectory(folder["out"]);
        foreach (string name in (string[])["a.ipynb", "a.html"])
        {
            File.WriteAllText(folder["there." + name], "old");
            File.SetUnixFileMode(folder["there." + name], Mode);
            File.CreateSymbolicLink(folder["out/" + name], folder["there." + name]);
        }

        Assert.Equal(0, (await CommandLine.RunAsync("notebook", "run", file, "--out", folder["out"])).ExitCode);
        foreach (string name in (string[])["a.ipynb", "a.html"])
        {
            Assert.NotNull(new FileInfo(folder["out/" + name]).LinkTarget);
            Assert.NotEqual("old", File.ReadAllText(folder["there." + name]));
            Assert.Equal(Mode, File.GetUnixFileMode(folder["there." + name]));
        }

        File.Delete(folder["out/a.html"]);
        File.CreateSymbolicLink(folder["out/a.html"], "/dev/null");
        var run = await CommandLine.RunAsync("notebook", "run", file, "--out", folder["out"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("a.html: it cannot be written (it is a device)", run.Error);
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
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(5));
        for (int attempt = 1; ; attempt++)
        {
            var connection = ConnectionFile.OfFreePorts();
            connection.Write(folder[$"{attempt}.json"]);
            var run = CommandLine.RunAsync("kernel", "start", folder[$"{attempt}.json"]);
            using var client = new KernelClient(connection, NullLogger.Instance);
            var ready = client.WaitUntilReadyAsync(patience.Token);

            // Another test may have taken one of its ports first.
            if (await Task.WhenAny(ready, run) == run && attempt < 5)
                continue;
            await ready;
            await client.AskAsync("shutdown_request", [], patience.Token, onControl: true);
            Assert.Equal(0, (await run.WaitAsync(patience.Token)).ExitCode);
            break;
        }

        Assert.Equal(1, (await CommandLine.RunAsync("kernel", "start", folder["absent.json"])).ExitCode);
    }

    private static string Write(TemporaryFolder folder, string name, params string[] cells)
    {
        File.WriteAllText(folder[name], JsonSerializer.Serialize(new
        {
            cells = cells.Select(
                c => new
                {
                    cell_type = "code", execution_count = (int?)null, metadata = new { }, outputs = Array.Empty<object>(), source = c,
                }),
            metadata = new { },
            nbformat = 4,
            nbformat_minor = 4,
        }));
        return folder[name];
    }
}
