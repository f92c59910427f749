using System.Text.Json.Nodes;
using Screener.Kernel.Notebooks;
using Screener.Tests;

namespace Screener.Kernel.Tests.Notebooks;

public sealed class NotebookRunnerTests
{
    [Fact]
    public async Task EveryKindOfOutputGoesWhereItBelongs()
    {
        var notebook = NotebookFiles.Of(
            "# Title",
            "using Microsoft.DotNet.Interactive;\nConsole.Write(\"a\"); Console.Write(\"b\\n\"); Console.Error.Write(\"c\"); "
            + "var shown = KernelInvocationContext.Current.Display(\"before\"); Console.Write(\"d\");",
            "",
            "shown.Update(\"after\"); System.IO.File.WriteAllText(\"made.txt\", \"x\"); "
            + "Environment.GetEnvironmentVariable(\"SCREENER_TEST_VALUE\")");
        using var folder = new TemporaryFolder();
        var progress = new Seen();
        var result = await RunAsync(
            notebook, folder, new NotebookRunOptions { Environment = new Dictionary<string, string> { ["SCREENER_TEST_VALUE"] = "given" } },
            progress);

        Assert.Null(result.Failed);
        Assert.Equal([2, 4], progress.Cells);
        Assert.Equal([0, 1, 0, 2], notebook.Cells.Select(c => c.ExecutionCount));
        var first = NotebookFiles.Outputs(notebook, 2);
        Assert.Equal(["stream", "stream", "display_data", "stream"], first.Select(o => o!["output_type"]!.GetValue<string>()));
        Assert.Equal("ab\n", first[0]!["text"]![0]!.GetValue<string>());
        Assert.Equal("stderr", first[1]!["name"]!.GetValue<string>());
        Assert.Contains("after", first[2]!["data"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("before", first[2]!["data"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("given", Assert.Single(NotebookFiles.Outputs(notebook, 4))!["data"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.True(File.Exists(folder["made.txt"]));
        PythonOracle.Run(
            ["nbformat"], "import nbformat, sys; nbformat.validate(nbformat.reads(sys.argv[1], as_version=4))", notebook.ToJson());
    }

    [Theory]
    [InlineData("polyglot_notebook", "kernelName")]
    [InlineData("dotnet_interactive", "language")]
    public async Task ACellsLanguageIsThatOfItsMetadata(string owner, string name)
    {
        var json = NotebookFiles.Json("<b>bold</b>", "1 + 1");
        json["cells"]![0]!["metadata"]![owner] = new JsonObject { [name] = "html" };
        json["cells"]![1]!["metadata"]![owner] = new JsonObject { [name] = "csharp" };
        var notebook = Notebook.Parse(json.ToJsonString());
        using var folder = new TemporaryFolder();
        Assert.Null((await RunAsync(notebook, folder, new NotebookRunOptions())).Error);
        Assert.Contains("bold", NotebookFiles.Outputs(notebook, 1)[0]!["data"]!["text/html"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("<b>bold</b>", notebook.Cells[0].Source);
    }

    [Fact]
    public async Task AfterACellThatFailsNoOtherRuns()
    {
        var notebook = NotebookFiles.Of("var x = 1;", "throw new InvalidOperationException(\"on purpose\");", "x");
        using var folder = new TemporaryFolder();
        var result = await RunAsync(notebook, folder, new NotebookRunOptions());
        Assert.Equal(
            (2, "System.InvalidOperationException", "on purpose"), (result.Failed!.Number, result.Error!.Name, result.Error.Message));
        Assert.Equal("error", Assert.Single(NotebookFiles.Outputs(notebook, 2))!["output_type"]!.GetValue<string>());
        Assert.Equal(0, notebook.Cells[2].ExecutionCount);
    }

    [Fact]
    public async Task ACellThatIsMeantToFailDoesNotEndTheRun()
    {
        var json = NotebookFiles.Json("throw new Exception(\"as told\");", "var y = 42;", "throw new Exception(\"never\");");
        json["cells"]![0]!["metadata"]!["tags"] = new System.Text.Json.Nodes.JsonArray("raises-exception");
        json["cells"]![2]!["metadata"]!["tags"] = new System.Text.Json.Nodes.JsonArray("skip-execution");
        var notebook = Notebook.Parse(json.ToJsonString());
        using var folder = new TemporaryFolder();
        Assert.Null((await RunAsync(notebook, folder, new NotebookRunOptions())).Failed);
        Assert.Equal([1, 2, 0], notebook.Cells.Select(c => c.ExecutionCount));
    }

    [Theory]
    [InlineData("Console.Write(\"begun\"); while (true) { }")]
    [InlineData("Console.Write(\"begun\"); await Task.Delay(8000); System.Diagnostics.Process.Start(\"kill\", $\"-STOP "
        + "{Environment.ProcessId}\").WaitForExit();")]
    public async Task ACellThatTakesTooLongIsInterruptedAndThenKilled(string endless)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "'kill' is Unix's");
        var notebook = NotebookFiles.Of("var warm = 1;", endless, "1");
        using var folder = new TemporaryFolder();
        var result = await RunAsync(
            notebook, folder,
            new NotebookRunOptions { CellTimeout = TimeSpan.FromSeconds(40), InterruptPatience = TimeSpan.FromSeconds(2) });
        Assert.Equal((2, "Timeout"), (result.Failed!.Number, result.Error!.Name));
        Assert.Contains("begun", NotebookFiles.Outputs(notebook, 2).ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("longer than 40 s", NotebookFiles.Outputs(notebook, 2).ToJsonString(), StringComparison.Ordinal);
        Assert.InRange(result.Elapsed.TotalSeconds, 40, 240);
    }

    [Fact]
    public async Task AKernelThatDiesIsSaid()
    {
        var notebook = NotebookFiles.Of("Environment.Exit(7);", "1");
        using var folder = new TemporaryFolder();
        var result = await RunAsync(notebook, folder, new NotebookRunOptions());
        Assert.Equal((1, "KernelDied"), (result.Failed!.Number, result.Error!.Name));
        Assert.Contains("KernelDied", NotebookFiles.Outputs(notebook, 1).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AStoppedRunEnds()
    {
        var notebook = NotebookFiles.Of("while (true) { }");
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new NotebookRunner(new NotebookRunOptions(), new TestLog()).RunAsync(notebook, folder.FullName, null, stop.Token));
    }

    [Fact]
    public async Task AStoppedRunKeepsWhatTheCellsBeforeSaid()
    {
        var notebook = NotebookFiles.Of(
            "Console.WriteLine(\"first\");",
            "Console.WriteLine(\"second\"); System.IO.File.WriteAllText(\"begun\", \"\"); while (true) { }",
            "Console.WriteLine(\"third\");");
        foreach (var cell in notebook.Cells)
            cell.Set(9, [new JsonObject { ["output_type"] = "stream", ["name"] = "stdout", ["text"] = "of an earlier run" }]);
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        async Task StopInTheSecondAsync()
        {
            while (!File.Exists(folder["begun"]))
                await Task.Delay(20, TestContext.Current.CancellationToken);

            // What it has said is on its way, on a busy machine for some time.
            stop.CancelAfter(TimeSpan.FromSeconds(8));
        }

        var stopping = StopInTheSecondAsync();
        var runner = new NotebookRunner(new NotebookRunOptions(), new TestLog());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runner.RunAsync(notebook, folder.FullName, null, stop.Token));
        await stopping;
        string[] said = [.. notebook.Cells.Select(c => NotebookFiles.Outputs(notebook, c.Number).ToJsonString())];
        Assert.Contains("first", said[0], StringComparison.Ordinal);
        Assert.Contains("second", said[1], StringComparison.Ordinal);
        Assert.Equal("[]", said[2]);
    }

    private static Task<NotebookRunResult> RunAsync(
        Notebook notebook, TemporaryFolder folder, NotebookRunOptions options, IProgress<CellProgress>? progress = null) =>
        new NotebookRunner(options, new TestLog()).RunAsync(notebook, folder.FullName, progress, TestContext.Current.CancellationToken);

    private sealed class Seen : IProgress<CellProgress>
    {
        internal List<int> Cells { get; } = [];

        public void Report(CellProgress value) => Cells.Add(value.Cell.Number);
    }
}
