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

        Assert.True(await Train("whole", null));
        int killed = 0;

        // After the first checkpoint; in the middle of the writing of one, if a look falls into it; after one more and two more.
        killed += await Train("parts", () => File.Exists(folder["parts.checkpoint"])) ? 0 : 1;
        foreach (var (more, half) in ((int, bool)[])[(2, true), (1, false), (2, false)])
        {
            var last = Checkpoint();
            int seen = 0;
            killed += await Train("parts", () =>
            {
                if (Checkpoint() is var now && now != last)
                    (last, seen) = (now, seen + 1);
                return seen == more || (half && IsHalfWritten());
            }) ? 0 : 1;
        }

        Assert.True(await Train("parts", null));
        Assert.True(killed > 1, "the training was over before it was killed");
        Assert.Equal(File.ReadAllBytes(folder["whole"]), File.ReadAllBytes(folder["parts"]));
        Assert.Equal(File.ReadAllBytes(folder["whole.checkpoint"]), File.ReadAllBytes(folder["parts.checkpoint"]));

        // 700 steps, a checkpoint after each hundred.
        Task<bool> Train(string name, Func<bool>? reached) => KilledCommand.RunAsync(
            [
                "pretrain", "descriptor", "--volumes", folder["prep"], "--out", folder[name], "--options", folder["tiny.json"],
                "--steps", "700", "--threads", "1", "--precision", "float32", "--quiet",
            ], reached);

        bool IsHalfWritten() => new DirectoryInfo(folder.FullName).GetFiles(".parts.checkpoint.*").Any(f => f.Exists && f.Length > 0);

        DateTime Checkpoint() => File.GetLastWriteTimeUtc(folder["parts.checkpoint"]);
    }
}
