using System.Diagnostics;

namespace Screener.Cli.Tests;

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

        var clock = Stopwatch.StartNew();
        Assert.True(await Train(folder, "whole", null));
        var whole = clock.Elapsed;
        int killed = 0;
        foreach (double part in (double[])[0.3, 0.5, 0.4, 0.6])
        {
            if (!await Train(folder, "parts", part * whole))
                killed++;
        }

        Assert.True(await Train(folder, "parts", null));
        Assert.True(killed > 0, "the training was over before it was killed");
        Assert.Equal(File.ReadAllBytes(folder["whole"]), File.ReadAllBytes(folder["parts"]));
        Assert.Equal(File.ReadAllBytes(folder["whole.checkpoint"]), File.ReadAllBytes(folder["parts.checkpoint"]));
    }

    // True if it came to its end; kill -9 after patience otherwise, which may fall between the end and the exit.
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
            return File.Exists(folder[name]);
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await error);
        return true;
    }
}
