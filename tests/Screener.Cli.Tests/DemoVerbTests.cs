namespace Screener.Cli.Tests;

public sealed class DemoVerbTests
{
    [Fact]
    public void AStageThatFailsIsNamedAndItsOutputIsNotKept()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<StageFailedException>(() => StageProcess.Run(
            "fit", ["fit", "--volumes", folder["none"]], folder["out"], TestContext.Current.CancellationToken));
        Assert.Contains("fit: failed after", error.Message);
        Assert.False(File.Exists(folder["out"]));
    }

    [Fact]
    public void WhatAStagePrintsIsKeptAndItsMemoryIsItsOwn()
    {
        using var folder = new TemporaryFolder();
        var (seconds, bytes) = StageProcess.Run("data", ["data", "list"], folder["out"], TestContext.Current.CancellationToken);
        Assert.Contains("lidc-idri", File.ReadAllText(folder["out"]));
        Assert.InRange(seconds, 0.01, 300);
        Assert.InRange(bytes, 1 << 20, 1 << 30);
    }

    [Fact]
    public async Task AStoppedStageEndsAtOnce()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        var run = Task.Run(
            () => StageProcess.Run("phantoms", ["phantom", "--out", folder["ph"], "--cases", "500", "--quiet"], null, stop.Token),
            TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Theory]
    [InlineData("demo", "pictures")]
    [InlineData("baselines", "report.html")]
    public async Task WhatIsSomebodysIsRefusedBeforeAnythingIsMade(string verb, string name)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["out"]);
        File.WriteAllText(folder[$"out/{name}"], "mine");
        var run = await CommandLine.RunAsync(verb, "--out", folder["out"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{folder[$"out/{name}"]}: it is there, and no record", run.Error);
        Assert.Equal([folder[$"out/{name}"]], Directory.GetFileSystemEntries(folder["out"]));
        Assert.Equal("mine", File.ReadAllText(folder[$"out/{name}"]));
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task WhatIsDoneIsKeptUntilSomethingThatItWasMadeOfChanges()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tiny.json"], TinyOptions.Pretraining);
        File.WriteAllText(folder["fit.json"], TinyOptions.Fitting);
        string[] line = [
            "demo", "--out", folder["demo"], "--cases", "2", "--test-cases", "1", "--calibration-cases", "2", "--descriptor-steps", "12",
            "--condition-steps", "12", "--lesion-steps", "2", "--fit-steps", "8", "--training-options", folder["tiny.json"],
            "--fit-options", folder["fit.json"], "--beside", folder["none"], "--precision", "float32"];
        var first = await CommandLine.RunAsync(line);
        Assert.True(first.ExitCode == 0, first.Error);
        Assert.Contains("all will take about", first.Error);
        Assert.Contains("drawn lesions", first.Output);
        Assert.Contains("pretrain-lesions\t", first.Output);
        Assert.True(File.Exists(folder["demo/report.html"]));
        Assert.DoesNotContain("done before", first.Error);
        string[] made = [.. Directory.GetFileSystemEntries(folder["demo"]).Select(path => Path.GetFileName(path))];
        Assert.Empty(made.Except(Verbs.DemoVerb.Made));

        var second = await CommandLine.RunAsync(line);
        Assert.Equal(14, second.Error.Split("done before").Length - 1);

        // The second of two training volumes: all that was trained on it is trained anew, the phantoms of other folders stay.
        File.SetLastWriteTimeUtc(folder["tiny.json"], DateTime.UtcNow);
        string volume = Directory.GetFiles(folder["demo/prepared"], "case_001*", SearchOption.AllDirectories)[0];
        File.Delete(volume);
        var third = await CommandLine.RunAsync(line);
        Assert.True(third.ExitCode == 0, third.Error);
        foreach (string stage in new[] { "phantom-training", "phantom-tests", "phantom-others", "prepare-lesions", "pretrain-descriptor" })
            Assert.Contains($"== {stage}: done before", third.Error);
        Assert.DoesNotContain("== prepare: done before", third.Error);
    }
}
