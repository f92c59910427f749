using System.Text.Json;
using Screener.Evaluation;
using Screener.Inference;
using Screener.Tests;

namespace Screener.Cli.Tests;

[Collection(TorchCollection.Name)]
public sealed class EnsembleVerbTests
{
    private const string Lesions = """
        {"network":{"channels":[8,16],"depths":[1,1]},"cropShape":{"depth":16,"height":16,"width":16},"cropsPerStep":2}
        """;

    [Fact]
    public async Task FromDrawnLesionsToACalibratedMap()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tiny.json"], TinyOptions.Pretraining);
        File.WriteAllText(folder["fit.json"], TinyOptions.Fitting);
        File.WriteAllText(folder["lesions.json"], Lesions);
        File.WriteAllText(folder["weights.json"], """{"voxelsPerCt":20000}""");
        await Run(folder, "phantom --out F/ph --cohort train lung-nodules --cases 2");
        await Run(folder, "prepare F/ph/train --out F/prep --profile quick");
        await Run(folder, "prepare F/ph/train --out F/flat --profile lesions");
        await Run(folder, "pretrain descriptor --volumes F/prep --out F/d.network --options F/tiny.json");
        await Run(folder, "fit --descriptor F/d.network --conditions none --volumes F/prep --out F/base.screener --options F/fit.json");
        var trained = await Run(folder, "pretrain lesions --volumes F/flat,F/flat --out F/l.network --options F/lesions.json --steps 4");
        Assert.Equal(("lesions", 4), (trained.GetProperty("network").GetString(), trained.GetProperty("volumes").GetInt32()));
        var made = await Run(
            folder, "ensemble F/ph/train --model F/base.screener --lesions F/l.network --out F/m.screener --options F/weights.json");
        Assert.Equal(2, made.GetProperty("cases").GetInt32());

        // Without --lesions the model's own are calibrated anew: on the same CTs to the same bytes.
        await Run(folder, "ensemble F/ph/train --model F/m.screener --out F/again.screener --options F/weights.json");
        Assert.Equal(File.ReadAllBytes(folder["m.screener"]), File.ReadAllBytes(folder["again.screener"]));
        Assert.Contains("0.25 x HU + position", (await CommandLine.RunAsync("info", folder["m.screener"])).Output);

        var screened = await Run(folder, "screen F/ph/lung-nodules/case_000/ct.nii.gz --model F/m.screener --out F/map.nii.gz");
        Assert.Equal(EnsembleMethod.MethodName, screened.GetProperty("head").GetString());
        var findings = screened.GetProperty("findings");
        Assert.InRange(findings.GetProperty("list").GetArrayLength(), 1, 10);
        Assert.Equal(2, findings.GetProperty("threshold").GetDouble());
        Assert.Equal(
            screened.GetProperty("scores").GetProperty("highest").GetDouble(),
            findings.GetProperty("list")[0].GetProperty("peak").GetDouble());

        // Another rate is another threshold, of a CT and of a folder.
        const string Rate = "screen F/ph/lung-nodules/case_000/ct.nii.gz --model F/m.screener --rate 0.001";
        findings = (await Run(folder, Rate)).GetProperty("findings");
        Assert.Equal(3, findings.GetProperty("threshold").GetDouble(), 1e-12);
        await Run(folder, Rate + " --out F/rare/");
        Assert.True(JsonElement.DeepEquals(findings, Table("rare").GetProperty("cts")[0].GetProperty("findings")));
        foreach (string more in (string[])["", " --out F/refused/"])
        {
            string error = await Refused(folder, Rate + " --head none" + more);
            Assert.Contains("Rate: none + gaussian, whose scores have no unit", error);
            Assert.Contains("--head ensemble", error);
            error = await Refused(folder, Rate.Replace("0.001", "1e-6", StringComparison.Ordinal) + more);
            Assert.Contains("a value from 1E-05 to 1", error);
        }

        // One network for the whole of it; a second run makes nothing anew.
        File.WriteAllText(folder["few.json"], """{"voxelsPerCt":20000,"cropsPerStep":2}""");
        const string Distil = "distil F/ph/train --model F/m.screener --out F/fast.screener --options F/few.json --steps 3";
        Assert.Equal(3, (await Run(folder, Distil)).GetProperty("steps").GetInt32());
        byte[] fast = File.ReadAllBytes(folder["fast.screener"]);
        var written = Directory.GetFiles(folder["fast.screener.taught"]).ToDictionary(f => f, File.GetLastWriteTimeUtc);
        Assert.Equal(2 * 2 * 3, written.Count);
        await Run(folder, Distil);
        Assert.Equal(fast, File.ReadAllBytes(folder["fast.screener"]));
        Assert.All(written, f => Assert.Equal(f.Value, File.GetLastWriteTimeUtc(f.Key)));
        Assert.Contains("distilled", (await CommandLine.RunAsync("info", folder["fast.screener"])).Output);

        // What a CT's file is called may be a patient's name.
        var card = TrainingCard.Read(folder["fast.screener"], Assert.Fail).Single(c => c.Stage == "distilled");
        Assert.Equal(("CTs", 3L), (Assert.Single(card.Data).Key, card.Step));
        await Run(folder, "export F/fast.screener --out F/fast.onnx");
        Assert.InRange(new FileInfo(folder["fast.onnx"]).Length, 1000, 100_000_000);
        Assert.Contains(
            "screener distil", (await CommandLine.RunAsync("export", folder["m.screener"], "--out", folder["no.onnx"])).Error);
        screened = await Run(folder, "screen F/ph/lung-nodules/case_000/ct.nii.gz --model F/fast.screener --head distilled");
        Assert.Equal("distilled", screened.GetProperty("head").GetString());

        await Run(
            folder, "evaluate --model F/m.screener --cohorts F/ph/lung-nodules --train-cohort F/ph/train --bootstrap 20 --out F/r.json");
        var result = Assert.Single(CohortEvaluationFile.Read(folder["r.json"]));
        Assert.Equal(
            ["none + gaussian", "drawn lesions", "ensemble by place", "ensemble", "HU", "HU + position"],
            result.Methods.Select(m => m.Name));
        Assert.Equal([false, false, false, false, true, true], result.Methods.Select(m => m.IsBaseline));
        Assert.Equal("ensemble", result.Shown!.Name);
        Assert.All(result.Methods, m => Assert.Equal(7, m.Froc!.Sensitivity.Count));
        string page = File.ReadAllText((await Page(folder)).Path);
        Assert.Contains("Lesions found", page);
        Assert.Contains("a peak above 2 that stands out by 1; in any other, a connected region", page);

        JsonElement Table(string name) => JsonDocument.Parse(File.ReadAllText(folder[$"{name}/findings.json"])).RootElement;
    }

    [Fact]
    public async Task WrongRequestsAreRefused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["x.nii.gz"], "x");
        var (code, _, error) = await CommandLine.RunAsync(
            "ensemble", folder["x.nii.gz"], "--model", DefaultModel.Resolve(null) + ".none", "--out", folder["m"]);
        Assert.NotEqual(0, code);
        Assert.Contains("no such file", error);
        (code, _, error) = await CommandLine.RunAsync("pretrain", "lesions", "--profile", "paper", "--out", folder["m"]);
        Assert.NotEqual(0, code);
        Assert.Contains("paper has no such network", error);
    }

    private static async Task<string> Refused(TemporaryFolder folder, string line)
    {
        var (code, output, error) = await CommandLine.RunAsync([.. Arguments(folder, line), "--threads", "1"]);
        Assert.Equal((2, ""), (code, output));
        return error;
    }

    private static string[] Arguments(TemporaryFolder folder, string line) =>
    [
        .. line.Split(' ').Select(a => a.StartsWith("F/", StringComparison.Ordinal)
            ? string.Join(',', a.Split(',').Select(f => folder[f[2..]]))
            : a),
    ];

    private static async Task<(string Path, JsonElement Result)> Page(TemporaryFolder folder)
    {
        var result = await Run(folder, "report F/r.json --out F/report.html");
        return (folder["report.html"], result);
    }

    private static async Task<JsonElement> Run(TemporaryFolder folder, string line)
    {
        var (code, output, error) = await CommandLine.RunAsync(
            [.. Arguments(folder, line), "--json", "--quiet", "--threads", "1", "--precision", "float32"]);
        Assert.True(code == 0, error);
        return JsonDocument.Parse(output).RootElement;
    }
}
