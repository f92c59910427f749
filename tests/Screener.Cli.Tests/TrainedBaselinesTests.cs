using System.Text.Json;
using Screener.Evaluation;

namespace Screener.Cli.Tests;

[Collection(TorchCollection.Name)]
public sealed class TrainedBaselinesTests
{
    private const string Tiny = """{"cropShape":{"depth":32,"height":32,"width":32},"cropsPerStep":1}""";

    [Fact]
    public async Task FromVolumesToARowBesideTheModel()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tiny.json"], Tiny);
        await Run(folder, "phantom --out F/ph --cohort train lung-nodules --cases 1");
        await Run(folder, "prepare F/ph/train --out F/prep --profile quick");
        string[] names = ["autoencoder", "draem", "f-anogan", "mood-top1", "msflow", "patched-diffusion", "supervised-flow"];
        foreach (string name in names)
        {
            var trained = await Run(
                folder, $"pretrain {name} --volumes F/prep --out F/{name}.network --options F/tiny.json --steps 2 --seed 5");
            Assert.Equal((name, 2, 5), (trained.GetProperty("network").GetString(), trained.GetProperty("steps").GetInt32(),
                trained.GetProperty("seed").GetInt32()));
            string told = (await CommandLine.RunAsync("info", folder[$"{name}.network"])).Output;
            Assert.Contains(name, told);
            Assert.Contains("2 steps, seed 5", told);
        }

        string files = string.Join(',', names.Select(n => $"F/{n}.network"));
        await Run(
            folder, $"evaluate --heads ensemble --baselines {files} --cohorts F/ph/lung-nodules --bootstrap 0 --out F/r.json");
        var result = Assert.Single(CohortEvaluationFile.Read(folder["r.json"]));
        Assert.Equal(["ensemble", .. names], result.Methods.Select(m => m.Name));
        Assert.Equal([false, true, true, true, true, true, true, true], result.Methods.Select(m => m.IsBaseline));
        Assert.All(result.Methods, m => Assert.InRange(m.Body.Auroc.Value!.Value, 0.01, 0.9999));
    }

    [Fact]
    public async Task OptionsArePrintedAndWrongOnesRefused()
    {
        using var folder = new TemporaryFolder();
        var printed = await CommandLine.RunAsync("pretrain", "draem", "--print-options", "--profile", "paper");
        using var options = JsonDocument.Parse(printed.Output);
        Assert.Equal(0.8, options.RootElement.GetProperty("mostTransparency").GetDouble());
        Assert.Equal(300_000, options.RootElement.GetProperty("optimisation").GetProperty("steps").GetInt32());
        File.WriteAllText(folder["printed.json"], printed.Output);
        var again = await CommandLine.RunAsync("pretrain", "draem", "--print-options", "--options", folder["printed.json"]);
        Assert.Equal(printed.Output, again.Output);

        File.WriteAllText(folder["wrong.json"], """{"medianEdge":3}""");
        var wrong = await CommandLine.RunAsync("pretrain", "draem", "--print-options", "--options", folder["wrong.json"]);
        Assert.Contains("medianEdge", wrong.Error);
        wrong = await CommandLine.RunAsync("pretrain", "draem", "--print-options", "--objective", "vicreg");
        Assert.Contains("one of its own", wrong.Error);
        wrong = await CommandLine.RunAsync("pretrain", "dream", "--print-options");
        Assert.Contains("autoencoder, draem, f-anogan, mood-top1, msflow, patched-diffusion, supervised-flow", wrong.Error);
    }

    [Theory]
    [InlineData("--volumes")]
    [InlineData("--train-data")]
    [InlineData("--data")]
    [InlineData("--model")]
    public async Task WhatIsNotThereIsNamedBeforeTheComparisonBegins(string option)
    {
        using var folder = new TemporaryFolder();
        var (code, _, error) = await CommandLine.RunAsync("baselines", "--out", folder["b"], option, folder["nowhere"]);
        Assert.Equal(1, code);
        Assert.Contains(folder["nowhere"], Assert.Single(error.Trim().Split('\n')));
        Assert.False(Path.Exists(folder["b"]));
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task ComparedWithEqualBudgets()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tiny.json"], Tiny);
        await Run(folder, "phantom --out F/ph --cohort train lung-nodules --cases 1");
        await Run(folder, "prepare F/ph/train --out F/prep --profile quick");
        const string Line = "baselines --out F/b --names autoencoder,mood-top1 --minutes 0.001 --seeds 2 --volumes F/prep "
            + "--train-data F/ph/train --data F/ph/lung-nodules --options F/tiny.json";
        var first = await Run(folder, Line);
        Assert.Equal(4, first.GetProperty("networks").GetArrayLength());
        Assert.Equal(
            ["ensemble", "autoencoder-1", "autoencoder-2", "mood-top1-1", "mood-top1-2", "HU", "HU + position"],
            CohortEvaluationFile.Read(folder["b/results.json"])[0].Methods.Select(m => m.Name));
        string page = File.ReadAllText(folder["b/report.html"]);
        Assert.Contains("autoencoder-2", page);
        string[] timed = ["autoencoder-1", "autoencoder-2", "mood-top1-1", "mood-top1-2", "evaluate"];
        Assert.Equal(timed, File.ReadLines(folder["b/timings.txt"]).Select(l => l.Split('\t')[0]));
        Assert.All(File.ReadLines(folder["b/timings.txt"]), l => Assert.Contains(l.Split('\t')[1], page));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["b"], "trial*", SearchOption.AllDirectories));

        // Again: nothing is made anew, and the steps are those that were measured.
        var second = await Run(folder, Line);
        Assert.Equal(first.GetProperty("steps").ToString(), second.GetProperty("steps").ToString());
        Assert.InRange(second.GetProperty("seconds").GetDouble(), 0, 0.5 * first.GetProperty("seconds").GetDouble());

        // In parts, and put together: the same results, but for what they cost.
        string whole = PartsTests.WithoutCost(folder["b/results.json"]);
        foreach (string file in Directory.EnumerateFiles(folder["b"]).Where(f => !f.EndsWith(".steps", StringComparison.Ordinal)))
            File.Delete(file);
        await Run(folder, Line + " --shared");
        await Run(folder, Line + " --part 1/2");
        Assert.Contains("1 parts missing: 2/2", (await CommandLine.RunAsync("merge", folder["b"])).Error);
        await Run(folder, Line + " --part 2/2");
        File.Move(folder["b/mood-top1-2"], folder["away"]);
        Assert.Contains("1 networks missing: mood-top1-2 of part 2/2", (await CommandLine.RunAsync("merge", folder["b"])).Error);
        File.Move(folder["away"], folder["b/mood-top1-2"]);
        await Run(folder, "merge F/b");
        Assert.Equal(whole, PartsTests.WithoutCost(folder["b/results.json"]));
    }

    private static async Task<JsonElement> Run(TemporaryFolder folder, string line)
    {
        string[] arguments = [.. line.Split(' ').Select(w => w.Replace("F/", folder.FullName + "/", StringComparison.Ordinal)), "--json"];
        var (code, output, error) = await CommandLine.RunAsync(arguments);
        Assert.True(code == 0, error);
        using var json = JsonDocument.Parse(output);
        return json.RootElement.Clone();
    }
}
