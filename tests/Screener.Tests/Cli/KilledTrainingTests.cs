using System.Diagnostics;
using Screener.Cli;

namespace Screener.Tests.Cli;

public sealed class KilledTrainingTests
{
    [Fact]
    [Trait("Category", "Long")]
    public async Task ATrainingKilledAtAnyMomentEndsWithTheSameBytes()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tiny.json"], TinyOptions.Pretraining);
        var run = await CommandLine.RunAsync("phantom", "--out", folder["ph"], "--cohort", "train", "--cases", "1");
        Assert.True(run.ExitCode == 0, run.Error);
        run = await CommandLine.RunAsync("prepare", folder["ph/train"], "--out", folder["prep"], "--profile", "quick");
        Assert.True(run.ExitCode == 0, run.Error);

        Assert.True(await Train(folder, "whole", null));
        int killed = 0;
        foreach (double seconds in (double[])[3, 6, 9, 12])
        {
            if (!await Train(folder, "parts", TimeSpan.FromSeconds(seconds)))
                killed++;
        }

        Assert.True(await Train(folder, "parts", null));
        Assert.True(killed > 0, "the training was over before it was killed");
        Assert.Equal(File.ReadAllBytes(folder["whole"]), File.ReadAllBytes(folder["parts"]));
        Assert.Equal(File.ReadAllBytes(folder["whole.checkpoint"]), File.ReadAllBytes(folder["parts.checkpoint"]));
    }

    // True if it ended by itself; kill -9 otherwise.
    private static async Task<bool> Train(TemporaryFolder folder, string name, TimeSpan? patience)
    {
        string program = typeof(Program).Assembly.Location;
        using var process = Process.Start(new ProcessStartInfo("dotnet",
            [program, "pretrain", "descriptor", "--volumes", folder["prep"], "--out", folder[name], "--options", folder["tiny.json"], "--steps", "700", "--threads", "1", "--precision", "float32", "--quiet"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        _ = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        if (patience is { } limit && !process.WaitForExit(limit))
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.False(File.Exists(folder[name]));
            return false;
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await error);
        return true;
    }
}
