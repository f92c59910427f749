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
