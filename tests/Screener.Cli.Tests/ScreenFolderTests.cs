using Screener.Imaging.Nifti;
using Screener.Imaging;
using Screener.Tests.Studies;

namespace Screener.Cli.Tests;

[Collection(TorchCollection.Name)]
public sealed class ScreenFolderTests : IDisposable
{
    private static readonly string[] Common = ["--head", "none", "--threads", "1", "--precision", "float32"];

    private readonly TemporaryFolder _folder = new();

    public ScreenFolderTests() => SmallStudies.WriteModel(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AFolderIsScreenedIntoAFolder()
    {
        SmallStudies.WriteBall(_folder["ct/a/1.nii"], 1);
        SmallStudies.WriteSeries(_folder["ct/b"], 2, "1.2.3.40000.7", "1.2.3.40000.8", 4);
        var run = await Run("ct", "--out", _folder["results/"], "--json", "--quiet");
        Assert.True(run.ExitCode == 0, run.Error);
        var json = run.Json();
        Assert.Equal((2, 0, 0), (json.GetProperty("screened").GetInt32(), json.GetProperty("kept").GetInt32(),
            json.GetProperty("refused").GetArrayLength()));
        Assert.True(File.Exists(json.GetProperty("page").GetString()));
        Assert.Equal(2, Directory.EnumerateFiles(_folder["results"], "picture.png", SearchOption.AllDirectories).Count());

        // One that is refused: its row, its reason, and an exit code of its own.
        var ball = SmallStudies.Ball(4);
        NiftiWriter.Write(_folder["ct/mri.nii"], new CtVolume(ball.Grid, [.. ball.Voxels.Select(v => Math.Max(0, v))]));
        run = await Run("ct", "--out", _folder["results"], "--maps");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("mri.nii: ", run.Error);
        Assert.Contains("expected a CT in Hounsfield units", run.Error);
        Assert.Contains("2 CTs screened, 1 refused, 0 files and series passed over; 0 stood before.", run.Output);
        Assert.Contains("peak ", run.Output);

        // The map is that of the CT by itself.
        run = await Run("ct/a/1.nii", "--out", _folder["one.nii.gz"], "--json", "--quiet");
        Assert.Equal(0, run.ExitCode);
        byte[] map = File.ReadAllBytes(_folder["one.nii.gz"]);
        Assert.Single(Directory.EnumerateFiles(_folder["results"], "map.nii.gz", SearchOption.AllDirectories),
            f => File.ReadAllBytes(f).AsSpan().SequenceEqual(map));
    }

    [Theory]
    [InlineData("F/a F/b", "nothing; expected a folder")]
    [InlineData("F/a F/b --out F/map.nii.gz", "expected a folder")]
    [InlineData("F/a --out F/map.png", ".nii.gz")]
    [InlineData("F/a --out F/results --picture F/p.png", "--picture: many CTs; expected one CT")]
    [InlineData("F/a --out F/results/ --series 1.2", "--series: many CTs")]
    [InlineData("F/a --out F/map.nii --maps", "--maps: one CT; expected a folder as --out")]
    [InlineData("F/a --out F/results/ --part 4/3", "--part: '4/3'; expected i/n")]
    [InlineData("F/a --every-series", "--every-series: one CT")]
    public async Task WhatDoesNotGoTogetherIsNamed(string line, string mention)
    {
        var run = await CommandLine.RunAsync(
            ["screen", .. line.Split(' ').Select(w => w.Replace("F/", _folder.FullName + "/", StringComparison.Ordinal))]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(mention, run.Error);
        Assert.False(Directory.Exists(_folder["results"]));
    }

    [Fact]
    public async Task KilledInTheMiddleTheResultsComeOutTheSame()
    {
        for (int i = 0; i < 8; i++)
            SmallStudies.WriteBall(_folder[$"ct/{i}.nii"], i);
        Assert.Equal(0, (await Run("ct", "--out", _folder["whole/"])).ExitCode);
        string[] line = ["screen", _folder["ct"], "--model", _folder["m.screener"], "--out", _folder["parts/"], .. Common];
        int kills = 0;
        for (int records = 2; !await KilledCommand.RunAsync(line, () => Files("findings.json") >= records
            && Files("picture.png") > Files("findings.json")); records += 2)
            kills++;
        Assert.True(kills > 0 || File.Exists(_folder["parts/index.html"]), "it was over before it was killed");
        Assert.Equal(SmallStudies.Sums(_folder["whole"]), SmallStudies.Sums(_folder["parts"]));

        int Files(string name) => Directory.Exists(_folder["parts"])
            ? Directory.EnumerateFiles(_folder["parts"], name, SearchOption.AllDirectories).Count() : 0;
    }

    [Fact]
    public async Task PartsPutTogetherAreTheWhole()
    {
        for (int i = 0; i < 5; i++)
            SmallStudies.WriteBall(_folder[$"ct/{i}.nii"], i);
        NiftiWriter.Write(_folder["ct/labels.nii"], new LabelVolume(SmallStudies.Ball(1).Grid, new byte[24 * 32 * 32]));
        File.WriteAllText(_folder["ct/x.zip"], "no zip");
        Assert.Equal(3, (await Run("ct", "--out", _folder["whole/"])).ExitCode);
        var run = await Run("ct", "--out", _folder["parts/"], "--part", "1/3");
        Assert.Contains("part 1/3: 2 CTs screened, 0 refused, 1 files and series passed over", run.Output);
        Assert.Equal(0, (await Run("ct", "--out", _folder["parts/"], "--part", "3/3")).ExitCode);
        Assert.Equal(["1-of-3.json", "1-of-3.sources.json", "3-of-3.json", "3-of-3.sources.json"],
            Directory.EnumerateFiles(_folder["parts.parts"]).Select(Path.GetFileName).Order());
        Assert.Contains("1 parts missing: 2/3", await Refused());
        Assert.Equal(0, (await Run("ct", "--out", _folder["parts/"], "--part", "2/3")).ExitCode); // one of them has the refused CT
        Assert.False(File.Exists(_folder["parts/index.html"]));

        // A record that is gone is named with its part, and made again by it.
        string record = Directory.EnumerateFiles(_folder["parts"], "findings.json", SearchOption.AllDirectories).Order().First();
        File.Delete(record);
        string error = await Refused();
        Assert.Contains($"1 CTs missing: {Path.GetFileName(Path.GetDirectoryName(record))} of part ", error);
        string part = error.Split("of part ")[1][..3];
        Assert.Contains("1 stood before", (await Run("ct", "--out", _folder["parts/"], "--part", part)).Output);
        run = await CommandLine.RunAsync("merge", _folder["parts"]);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("x.zip: ", run.Error);
        Assert.Equal(SmallStudies.Sums(_folder["whole"]), SmallStudies.Sums(_folder["parts"]));
        Assert.Equal(File.ReadAllText(_folder["whole.sources.json"]), File.ReadAllText(_folder["parts.sources.json"]));

        // A part of another run is no part of this one.
        SmallStudies.WriteBall(_folder["ct/5.nii"], 5);
        await Run("ct", "--out", _folder["parts/"], "--part", "2/3");
        Assert.Contains("other inputs than part 1/3", await Refused());
        await Run("ct", "--out", _folder["parts/"], "--part", "2/4");
        Assert.Contains("parts of 3 and of 4", (await Refused()).Replace("of 4 and of 3", "of 3 and of 4"));

        async Task<string> Refused()
        {
            var merge = await CommandLine.RunAsync("merge", _folder["parts"]);
            Assert.Equal((1, ""), (merge.ExitCode, merge.Output));
            return merge.Error;
        }
    }

    [Fact]
    public void WhoStopsItIsToldThatItGoesOn()
    {
        var verb = ScreenerCommand.Verbs.First(v => v.Name == "screen");
        Assert.Equal("Stopped.", Failure.Of(new OperationCanceledException(), verb, false).Message);
        Assert.Equal(
            "Stopped. The same command goes on from here.",
            Failure.Of(new ResumableStopException(new OperationCanceledException()), verb, false).Message);
    }

    private Task<CommandLine> Run(string ct, params string[] more) =>
        CommandLine.RunAsync(["screen", _folder[ct], "--model", _folder["m.screener"], .. more, .. Common]);
}
