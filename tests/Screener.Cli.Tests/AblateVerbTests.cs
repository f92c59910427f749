using Screener.Ablations;
using Screener.Tests.Ablations;

namespace Screener.Cli.Tests;

[Collection(TorchCollection.Name)]
public sealed class AblateVerbTests(TinyAblation tiny) : IClassFixture<TinyAblation>
{
    [Fact]
    public async Task AGridIsRunComparedAndReported()
    {
        string grid = tiny.Folder["grid.json"], output = tiny.Folder["output"];
        File.WriteAllText(grid, (tiny.Grid with { Densities = [tiny.Grid.Densities[0]] }).ToJson());
        var listed = await Run("ablate", grid, "--output", output, "--dry-run");
        Assert.Equal((6, 0), (listed.GetProperty("cells").GetInt32(), listed.GetProperty("done").GetInt32()));
        Assert.False(Directory.Exists(output));

        var run = await Run("ablate", grid, "--output", output);
        Assert.Equal(6, run.GetProperty("cells").GetArrayLength());
        Assert.All(run.GetProperty("cells").EnumerateArray(), c => Assert.True(File.Exists(c.GetProperty("file").GetString())));
        var summary = AblationSummary.Read(run.GetProperty("comparison").GetString()!);
        Assert.Equal(summary.Comparisons.Count(c => c.Scope == Screener.Evaluation.EvaluationScope.Body), summary.Comparisons.Count / 2);
        Assert.Contains(
            "Do the paper&#39;s orderings hold here?", File.ReadAllText(run.GetProperty("report").GetString()!), StringComparison.Ordinal);
        listed = await Run("ablate", grid, "--output", output, "--dry-run");
        Assert.Equal(6, listed.GetProperty("done").GetInt32());

        // Once more: the same comparison, from what is kept.
        string first = File.ReadAllText(Path.Combine(output, "comparison.json"));
        var again = await CommandLine.RunAsync("ablate", grid, "--output", output, "--quiet", "--threads", "1", "--precision", "float32");
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        Assert.Contains("none < sin-cos < masking-invariant with Gaussian", again.Output, StringComparison.Ordinal);
        Assert.Equal(first, File.ReadAllText(Path.Combine(output, "comparison.json")));
    }

    [Fact]
    public async Task PartsPutTogetherAreTheWhole()
    {
        string grid = tiny.Folder["parts.json"], whole = tiny.Folder["undivided"], parts = tiny.Folder["divided"];
        File.WriteAllText(grid, (tiny.Grid with { Densities = [tiny.Grid.Densities[0]] }).ToJson());
        await Run("ablate", grid, "--output", whole);
        string[] line = ["ablate", grid, "--output", parts];
        var early = await CommandLine.RunAsync([.. line, "--part", "1/2", "--quiet", "--threads", "1", "--precision", "float32"]);
        Assert.Equal((1, ""), (early.ExitCode, early.Output));
        Assert.Contains("with --shared", early.Error);
        await Run([.. line, "--shared"]);
        Assert.False(Directory.Exists(Path.Combine(parts, "cells")));
        Assert.Equal(3, (await Run([.. line, "--part", "2/2"])).GetProperty("cells").GetArrayLength());
        Assert.Contains("1 parts missing: 1/2", (await CommandLine.RunAsync("merge", parts)).Error);
        await Run([.. line, "--part", "1/2"]);
        string cell = Directory.EnumerateFiles(Path.Combine(parts, "cells")).Order().First();
        File.Move(cell, tiny.Folder["away"]);
        Assert.Contains("1 cells missing: ", (await CommandLine.RunAsync("merge", parts)).Error);
        File.Move(tiny.Folder["away"], cell);
        await Run("merge", parts);
        Assert.Equal(File.ReadAllText(Path.Combine(whole, "comparison.json")), File.ReadAllText(Path.Combine(parts, "comparison.json")));
        Assert.True(File.Exists(Path.Combine(parts, "report.html")));
    }

    [Fact]
    public async Task APrintedGridIsAGrid()
    {
        var printed = await CommandLine.RunAsync("ablate", "--print-grid", "masking");
        Assert.Equal(AblationGrid.Shipped("masking").ToJson(), AblationGrid.Parse(printed.Output).ToJson());
    }

    [Theory]
    [InlineData("ablate", 2, "masking, quick")]
    [InlineData("ablate quick", 2, "--output")]
    [InlineData("ablate quick --output F --data nowhere", 1, "nowhere")]
    [InlineData("ablate absent.json --output F", 1, "absent.json")]
    [InlineData("ablate --print-grid slow", 2, "clahe or limits or longer or masking or quick")]
    [InlineData("ablate quick --output F --parallel -1", 2, "parallel")]
    public async Task WrongRequestsAreNamed(string line, int code, string mention)
    {
        var run = await CommandLine.RunAsync(
            [.. line.Split(' ').Select(a => a == "F" ? tiny.Folder["none"] : a), "--quiet", "--threads", "1"]);
        Assert.True(run.ExitCode == code, $"{line}: {run.ExitCode}: {run.Error}");
        Assert.Contains(mention, run.Error, StringComparison.OrdinalIgnoreCase);
        Assert.False(Directory.Exists(tiny.Folder["none"]));
    }

    private static async Task<System.Text.Json.JsonElement> Run(params string[] line)
    {
        var run = await CommandLine.RunAsync([.. line, "--json", "--quiet", "--threads", "1", "--precision", "float32"]);
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Json();
    }
}
