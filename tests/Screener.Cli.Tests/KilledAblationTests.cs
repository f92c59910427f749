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
        int whole = Files("whole"), killed = 0;
        foreach (double part in (double[])[0.1, 0.3, 0.5, 0.7, 0.9])
            killed += await Run("parts", () => Files("parts") >= part * whole) ? 0 : 1;
        Assert.True(await Run("parts", null));
        Assert.True(killed > 1, "the grid was over before it was killed");
        Assert.Equal(File.ReadAllText(tiny.Folder["whole/comparison.json"]), File.ReadAllText(tiny.Folder["parts/comparison.json"]));
    }

    // Two cells at a time.
    private Task<bool> Run(string output, Func<bool>? reached) => KilledCommand.RunAsync(
        [
            "ablate", tiny.Folder["grid.json"], "--output", tiny.Folder[output],
            "--threads", "1", "--parallel", "2", "--precision", "float32", "--quiet",
        ], reached);

    // Temporary ones included: a kill may fall into the writing of one.
    private int Files(string output) =>
        Directory.Exists(tiny.Folder[output]) ? Directory.GetFiles(tiny.Folder[output], "*", SearchOption.AllDirectories).Length : 0;
}
