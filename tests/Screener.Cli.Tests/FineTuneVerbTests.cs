using System.Text.Json;
using Screener.FineTuning;
using Screener.Tests.Studies;

namespace Screener.Cli.Tests;

[Collection(TorchCollection.Name)]
public sealed class FineTuneVerbTests
{
    [Fact]
    public async Task BadInputIsOneErrorBeforeTheWork()
    {
        using var folder = new TemporaryFolder();
        var printed = await CommandLine.RunAsync("finetune", "--print-options", "--labelled", "3,7", "--folds", "4", "--steps", "9");
        using var options = JsonDocument.Parse(printed.Output);
        Assert.Equal((7, 4, 9), (options.RootElement.GetProperty("labelled")[1].GetInt32(),
            options.RootElement.GetProperty("folds").GetInt32(),
            options.RootElement.GetProperty("optimisation").GetProperty("steps").GetInt32()));

        var made = await CommandLine.RunAsync("phantom", "--out", folder["ph"], "--cohort", "kidney-tumours", "--cases", "2");
        Assert.True(made.ExitCode == 0, made.Error);
        string data = folder["ph/kidney-tumours"];
        SmallStudies.WriteModel(folder);
        Assert.Contains("screener distil", await Refused("--data", data, "--model", folder["m.screener"]));
        Assert.Contains("3 for 2 patients", await Refused("--data", data));
        Assert.Contains("3 for 2 patients", await Refused("--data", data, "--starts", "random"));
        Assert.Contains("at most 1", await Refused("--data", data, "--starts", "random", "--folds", "2"));
        Assert.Contains("whole numbers with commas", await Refused("--data", data, "--labelled", "five"));
        Assert.Contains("neither", await Refused("--data", folder["ph"]));
        Assert.False(Directory.Exists(folder["out/parts"]));

        async Task<string> Refused(params string[] arguments)
        {
            var (code, _, error) = await CommandLine.RunAsync(["finetune", "--out", folder["out"], .. arguments]);
            Assert.InRange(code, 1, 2);
            return error;
        }
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task KilledAtAnyMomentItEndsWithTheSameDice()
    {
        using var folder = new TemporaryFolder();
        var made = await CommandLine.RunAsync("phantom", "--out", folder["ph"], "--cohort", "kidney-tumours", "--cases", "4");
        Assert.True(made.ExitCode == 0, made.Error);
        File.WriteAllText(folder["tiny.json"], """{"thresholdCases":2,"cropsPerStep":1,"bootstrapReplicates":50}""");
        Assert.True(await Tune("whole", null));

        // In the first training, in the second one, and while cases are screened without labels.
        int killed = 0;
        foreach (string part in new[] { "lesions-1-1.json", "random-1-1.json", "ensemble-case-1.json" })
            killed += await Tune("parts", () => File.Exists(folder[$"parts/parts/{part}"])) ? 0 : 1;
        Assert.True(killed > 1, "the study was over before it was killed");
        Assert.True(await Tune("parts", null));
        var (whole, parts) = (FineTuningResult.Read(folder["whole/finetune.json"]), FineTuningResult.Read(folder["parts/finetune.json"]));
        Assert.Equal(whole.FineTuned.Select(f => f.Dice), parts.FineTuned.Select(f => f.Dice));
        Assert.Equal(whole.FineTuned.Select(f => (f.Mean, f.Lead)), parts.FineTuned.Select(f => (f.Mean, f.Lead)));
        Assert.Equal(whole.Unsupervised!.Dice, parts.Unsupervised!.Dice);
        Assert.Contains("lesions", File.ReadAllText(folder["parts/report.html"]));

        Task<bool> Tune(string name, Func<bool>? reached) => KilledCommand.RunAsync(
            [
                "finetune", "--data", folder["ph/kidney-tumours"], "--out", folder[name], "--starts", "lesions,random", "--labelled", "1",
                "--folds", "2", "--steps", "4", "--options", folder["tiny.json"], "--threads", "1", "--precision", "float32", "--quiet",
            ], reached);
    }
}
