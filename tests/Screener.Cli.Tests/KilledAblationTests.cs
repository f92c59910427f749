using System.Diagnostics;
using Screener.Tests.Ablations;

namespace Screener.Cli.Tests;

public sealed class KilledAblationTests(TinyAblation tiny) : IClassFixture<TinyAblation>
{
    [Fact]
    [Trait("Category", "Long")]
    public async Task AGridKilledAtAnyMomentEndsWithTheSameComparison()
    {
        File.WriteAllText(tiny.Folder["grid.json"], tiny.Grid.ToJson());
        Assert.True(await Run("whole", null));
        int killed = 0;
        foreach (double seconds in (double[])[2, 3.5, 5, 2.5, 6.5])
            killed += await Run("parts", TimeSpan.FromSeconds(seconds)) ? 0 : 1;
        Assert.True(await Run("parts", null));
        Assert.True(killed > 0, "the grid was over before it was killed");
        Assert.Equal(File.ReadAllText(tiny.Folder["whole/comparison.json"]), File.ReadAllText(tiny.Folder["parts/comparison.json"]));
    }

    // True if it ended by itself; kill -9 otherwise. Two cells at a time.
    private async Task<bool> Run(string output, TimeSpan? patience)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet",
            [typeof(Program).Assembly.Location, "ablate", tiny.Folder["grid.json"], "--output", tiny.Folder[output], "--threads", "1", "--parallel", "2", "--precision", "float32", "--quiet"])
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
            return false;
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await error);
        return true;
    }
}
