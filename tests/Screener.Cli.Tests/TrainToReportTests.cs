using System.Text.Json;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Imaging.Nifti;

namespace Screener.Cli.Tests;

[Collection(TorchCollection.Name)]
public sealed class TrainToReportTests
{
    private const string Fit =
        "fit --descriptor F/d.network --condition-model F/c.network --embedding F/a.network --conditions "
        + "none,sin-cos,ape,masking-invariant --volumes F/prep --out F/m.screener --options F/fit.json";

    [Fact]
    public async Task FromPhantomsToAReport()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tiny.json"], TinyOptions.Pretraining);
        File.WriteAllText(folder["ape.json"], TinyOptions.Embedding);
        File.WriteAllText(folder["fit.json"], TinyOptions.Fitting);
        await Run(folder, "phantom --out F/ph --cohort train lung-nodules --cases 2");
        await Run(folder, "prepare F/ph/train --out F/prep --profile quick");
        var pretrained = await Run(folder, "pretrain descriptor --volumes F/prep --out F/d.network --options F/tiny.json");
        Assert.Equal(12, pretrained.GetProperty("steps").GetInt32());
        await Run(folder, "pretrain condition --volumes F/prep --out F/c.network --options F/tiny.json");
        var embedded = await Run(folder, "pretrain ape --volumes F/prep --out F/a.network --options F/ape.json");
        Assert.Equal(
            ("ape", true), (embedded.GetProperty("network").GetString(), embedded.GetProperty("loss").TryGetProperty("distance", out _)));
        await Run(folder, Fit);

        // Done already: the same bytes, at once.
        byte[] network = File.ReadAllBytes(folder["d.network"]), model = File.ReadAllBytes(folder["m.screener"]);
        await Run(folder, "pretrain descriptor --volumes F/prep --out F/d.network --options F/tiny.json");
        await Run(folder, Fit);
        Assert.Equal(network, File.ReadAllBytes(folder["d.network"]));
        Assert.Equal(model, File.ReadAllBytes(folder["m.screener"]));

        await Run(
            folder, "evaluate --model F/m.screener --cohorts F/ph/lung-nodules --train-cohort F/ph/train --bootstrap 50 --pictures "
                + "F/pictures --out F/r.json");
        var result = Assert.Single(CohortEvaluationFile.Read(folder["r.json"]));
        Assert.Equal(
            ["none + gaussian", "sin-cos + gaussian", "ape + gaussian", "masking-invariant + gaussian", "HU", "HU + position"],
            result.Methods.Select(m => m.Name));
        Assert.All(result.Methods, m => Assert.True(m.Body.NegativeVoxels > m.Organ!.NegativeVoxels && m.Organ.NegativeVoxels > 10_000));
        Assert.Equal(4 * 2 * 2, result.Differences.Count);

        // Its card gathers those of its networks: what, how long, on what. What was done already took no time again.
        string info = (await CommandLine.RunAsync("info", folder["m.screener"])).Output;
        Assert.Equal(4, info.Split("trained: ").Length - 1);
        Assert.Contains("12 of 12 steps in 0.0", info);
        Assert.Contains("1 runs", info);
        Assert.Contains("on prep (2)", info);
        Assert.Equal(
            ["ape", "condition", "density", "descriptor"],
            TrainingCard.Read(folder["m.screener"], Assert.Fail).Select(c => c.Stage).Order());

        // Less overlap is another map, and the results say so.
        await Run(
            folder, "evaluate --model F/m.screener --cohorts F/ph/lung-nodules --heads none --overlap 0 --bootstrap 0 --out F/o.json");
        var apart = Assert.Single(CohortEvaluationFile.Read(folder["o.json"]));
        Assert.Equal((0.5, 0), (result.Models[0].Windows.Overlap, apart.Models[0].Windows.Overlap));
        Assert.NotEqual(result.Methods[0].Body.Auroc.Value, apart.Methods[0].Body.Auroc.Value);

        // Screening a case by itself gives the map that was evaluated: the same AUROC.
        const string Ct = "F/ph/lung-nodules/case_000/ct.nii.gz";
        var screened = await Run(
            folder,
            $"screen {Ct} --model F/m.screener --head none --out F/map.nii.gz --body F/body.nii.gz --picture F/p.png --page F/p.html "
                + "--organs F/ph/lung-nodules/case_000/organs.nii.gz");
        File.WriteAllText(folder["s.json"], screened.GetRawText());
        var listed = screened.GetProperty("findings").GetProperty("list").EnumerateArray().ToList();
        Assert.Equal(1 + listed.Count, File.ReadAllText(folder["p.html"]).Split("data:image/png").Length - 1);
        Assert.Contains(listed, f => f.GetProperty("organ").ValueKind == System.Text.Json.JsonValueKind.Number);
        var volume = new NiftiVolumeReader().Read(folder["map.nii.gz"], VolumeReadOptions.Default);
        var lesions = NiftiVolumeReader.ReadMask(folder["ph/lung-nodules/case_000/lesions.nii.gz"]);
        var body = NiftiVolumeReader.ReadMask(folder["body.nii.gz"]);
        Assert.True(volume.Grid.Matches(lesions.Grid));
        var inside = Enumerable.Range(0, body.Voxels.Length).Where(i => body.Voxels[i] != 0).ToArray();
        double auroc = RocCurve.Auroc([.. inside.Select(i => volume.Voxels[i])], [.. inside.Select(i => lesions.Voxels[i])]);
        Assert.Equal(result.Methods[0].Body.PerCase[0].Auroc!.Value, auroc, 6);
        Assert.Equal(inside.Max(i => volume.Voxels[i]), screened.GetProperty("scores").GetProperty("highest").GetDouble(), 4);

        await Run(
            folder, "report F/r.json --training F/d.network,F/c.network,F/m.screener.checkpoint --pictures F/pictures --screened F/s.json "
                + "--out F/report.html");
        string html = File.ReadAllText(folder["report.html"]);
        Assert.Equal(3, html.Split("data:image/png").Length - 1);
        foreach (string text in (string[])["HU + position", "lung-nodules", "minus log-likelihood", "case_000", "Peak memory", "seed 2502"])
            Assert.Contains(text, html);

        await Refused(folder, $"screen {Ct} --model F/m.screener --head glow", 2, "'masking-invariant + gaussian'");
        await Refused(folder, $"screen {Ct} --model F/d.network", 1, "d.network");
        await Refused(folder, "screen F/ph/lung-nodules/case_000/lesions.nii.gz --model F/m.screener --out F/no.nii.gz", 1, "Hounsfield");
        await Refused(folder, $"screen {Ct} --model F/m.screener --out F/no.png", 2, ".nii.gz");
        await Refused(
            folder, $"screen {Ct} --model F/m.screener --head none --organs F/ph/train/case_000/organs.nii.gz", 2, "the CT's grid");
        await Refused(
            folder, "fit --descriptor F/c.network --condition-model F/c.network --volumes F/prep --out F/no", 1, "a condition model");
        await Refused(
            folder, "fit --descriptor F/m.screener --condition-model F/c.network --volumes F/prep --out F/no", 1, "screener-model");
        await Refused(folder, "fit --descriptor F/d.network --volumes F/prep --out F/no", 2, "--condition-model");
        await Refused(folder, "fit --descriptor F/d.network --conditions ape --volumes F/prep --out F/no", 2, "--embedding");
        await Refused(
            folder, "fit --descriptor F/d.network --conditions ape --embedding F/c.network --volumes F/prep --out F/no", 1,
            "an embedding network (ape)");
        await Refused(
            folder, "pretrain descriptor --volumes F/prep --out F/d.network --options F/tiny.json --steps 13", 1, "other options");
        await Refused(folder, "report F/s.json --out F/no", 1, "s.json");
        Assert.Empty(Directory.EnumerateFiles(folder.FullName, "no*"));
    }

    [Theory]
    [InlineData("pretrain nothing --volumes F --out F/no", 2, "descriptor, condition, ape, lesions, autoencoder")]
    [InlineData("pretrain descriptor --out F/no", 2, "--volumes")]
    [InlineData("pretrain descriptor --volumes F --out F/no", 1, "prepared.json")]
    [InlineData("pretrain descriptor --options F/absent.json --print-options", 1, "absent.json")]
    [InlineData("pretrain descriptor --options F/typo.json --print-options", 2, "stepz")]
    [InlineData("pretrain ape --objective vicreg --print-options", 2, "--objective")]
    [InlineData("fit --conditions nothing --print-options", 2, "ape, masking-invariant, none, sin-cos")]
    [InlineData("fit --density flow --print-options", 2, "gaussian, glow")]
    [InlineData("screen F/absent.nii --model F/absent.screener", 1, "absent.screener")]
    [InlineData("screen F/typo.json --model F/typo.json", 1, "typo.json")]
    [InlineData("evaluate --model F/absent.screener --cohorts F --out F/no", 1, "manifest.json")]
    [InlineData("report F/absent.json --out F/no", 1, "absent.json")]
    public async Task WrongRequestsAreNamed(string line, int code, string mention)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["typo.json"], """{"optimisation":{"stepz":3}}""");
        await Refused(folder, line, code, mention);
        Assert.False(File.Exists(folder["no"]));
    }

    [Fact]
    public async Task PrintedOptionsMakeTheSameRun()
    {
        using var folder = new TemporaryFolder();
        string first =
            (await CommandLine.RunAsync(
                "fit", "--print-options", "--conditions", "none,sin-cos", "--density", "glow", "--seed", "9", "--steps", "77")).Output;
        File.WriteAllText(folder["printed.json"], first);
        Assert.Equal(first, (await CommandLine.RunAsync("fit", "--print-options", "--options", folder["printed.json"])).Output);
        var options = JsonDocument.Parse(first).RootElement;
        Assert.Equal(
            (9, 77, 2),
            (options.GetProperty("seed").GetInt32(), options.GetProperty("optimisation").GetProperty("steps").GetInt32(),
                options.GetProperty("heads").GetArrayLength()));
    }

    private static async Task<JsonElement> Run(TemporaryFolder folder, string line)
    {
        var run = await CommandLine.RunAsync([.. Arguments(folder, line), "--json", "--quiet", "--threads", "1", "--precision", "float32"]);
        Assert.True(run.ExitCode == 0, $"{line}: {run.Error}");
        return run.Json();
    }

    private static async Task Refused(TemporaryFolder folder, string line, int code, string mention)
    {
        var run = await CommandLine.RunAsync([.. Arguments(folder, line), "--quiet", "--threads", "1", "--precision", "float32"]);
        Assert.True(run.ExitCode == code, $"{line}: {run.ExitCode}: {run.Error}");
        Assert.Equal("", run.Output);
        Assert.Contains(mention, Assert.Single(run.Error.TrimEnd('\n').Split('\n')));
    }

    private static IEnumerable<string> Arguments(TemporaryFolder folder, string line) =>
        line.Split(' ').Select(
            a => a == "F"
                ? folder.FullName
                : a.StartsWith("F/", StringComparison.Ordinal) ? string.Join(',', a.Split(',').Select(p => folder[p[2..]])) : a);
}
