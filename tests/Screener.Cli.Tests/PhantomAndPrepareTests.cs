using Screener.Phantoms;
using Screener.Preprocessing;

namespace Screener.Cli.Tests;

public sealed class PhantomAndPrepareTests
{
    [Fact]
    public async Task APhantomIsMadePreparedAndKept()
    {
        using var folder = new TemporaryFolder();
        string[] phantom = ["phantom", "--out", folder["phantoms"], "--cohort", "lung-nodules", "--cases", "1", "--dicom", "--seed", "7",
            "--json"];
        var run = await CommandLine.RunAsync(phantom);
        Assert.True(run.ExitCode == 0, run.Error);
        var cohort = Assert.Single(run.Json().GetProperty("cohorts").EnumerateArray());
        Assert.Equal((1, 1), (cohort.GetProperty("cases").GetInt32(), cohort.GetProperty("diseased").GetInt32()));
        var manifest = CohortManifest.Read(cohort.GetProperty("manifest").GetString()!);
        Assert.Equal(7UL, manifest.Options.Seed);
        string ct = manifest.PathOf(manifest.Cases[0].Ct), slice = Directory.EnumerateFiles(
            folder["phantoms/lung-nodules/case_000/dicom"]).Order().First();
        var (written, sliceWritten) = (File.GetLastWriteTimeUtc(ct), File.GetLastWriteTimeUtc(slice));
        Assert.Equal(0, (await CommandLine.RunAsync(phantom)).ExitCode);
        Assert.Equal((written, sliceWritten), (File.GetLastWriteTimeUtc(ct), File.GetLastWriteTimeUtc(slice)));

        // The same patient as NIfTI in its cohort and as DICOM, and a file that is no CT.
        File.WriteAllText(folder["notes.txt"], "hello");
        File.Copy(slice, folder["phantoms/lung-nodules/case_000/dicom/copy.dcm"]);
        string[] prepare = ["prepare", folder["phantoms/lung-nodules"], folder["phantoms/lung-nodules/case_000/dicom"], folder["notes.txt"],
            "--out", folder["prepared"], "--json"];
        run = await CommandLine.RunAsync(prepare);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("rejected notes", run.Error);
        Assert.Contains("dicom: Dropped 1 of ", run.Error);
        Assert.Equal(2, run.Json().GetProperty("prepared").GetInt32());
        Assert.Contains(
            "unknown format", Assert.Single(run.Json().GetProperty("rejected").EnumerateArray()).GetProperty("reason").GetString());

        var prepared = PreparedCohort.Read(folder["prepared"]);
        Assert.Equal(["case_000", "dicom"], prepared.Cases.Select(c => c.Id));
        Assert.Equal(PreprocessingOptions.Quick, prepared.Options);
        PreparedVolume a = prepared.Load(prepared.Cases[0]), b = prepared.Load(prepared.Cases[1]);
        Assert.Equal(a.Shape, b.Shape);
        Assert.True(a.Grid.Matches(b.Grid));
        double largest = 0;
        for (int i = 0; i < a.Intensities.Length; i++)
            largest = Math.Max(largest, Math.Abs(a.Intensities[i] - b.Intensities[i]));
        Assert.InRange(largest, 0, 1e-3);

        // What stands is kept; what is damaged is made again, and only that.
        string first = folder["prepared/case_000.prep"], second = folder["prepared/dicom.prep"];
        byte[] bytes = File.ReadAllBytes(first);
        File.WriteAllBytes(first, bytes[..^1]);
        written = File.GetLastWriteTimeUtc(second);
        Assert.Equal(0, (await CommandLine.RunAsync(prepare)).ExitCode);
        Assert.Equal(bytes, File.ReadAllBytes(first));
        Assert.Equal(written, File.GetLastWriteTimeUtc(second));
    }

    [Fact]
    public async Task AnotherSpacingIsAnOption()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["coarse.json"], """{ "targetSpacing": { "depth": 5, "height": 5, "width": 5 } }""");
        File.WriteAllText(folder["wrong.json"], """{ "spacing": 5 }""");
        Assert.Equal(0, (await CommandLine.RunAsync("phantom", "--out", folder["p"], "--cohort", "train", "--cases", "1")).ExitCode);
        var fine = await Prepare("fine", []);
        var coarse = await Prepare("coarse", ["--options", folder["coarse.json"]]);
        Assert.Equal(5, coarse.Options.TargetSpacing.Depth);
        Assert.Equal(fine.Options with { TargetSpacing = new(5, 5, 5) }, coarse.Options);
        Assert.InRange(Voxels(fine) / Voxels(coarse), 0.9 * Math.Pow(5 / 3.0, 3), 1.1 * Math.Pow(5 / 3.0, 3));
        var refused = await CommandLine.RunAsync("prepare", folder["p/train"], "--out", folder["no"], "--options", folder["wrong.json"]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("spacing", refused.Error);
        Assert.False(Directory.Exists(folder["no"]));

        async Task<PreparedCohort> Prepare(string name, string[] more)
        {
            var run = await CommandLine.RunAsync(["prepare", folder["p/train"], "--out", folder[name], "--profile", "lesions", .. more]);
            Assert.True(run.ExitCode == 0, run.Error);
            return PreparedCohort.Read(folder[name]);
        }

        static double Voxels(PreparedCohort cohort) => cohort.Cases[0].Shape.Aggregate(1.0, (product, size) => product * size);
    }

    [Fact]
    public async Task NothingIsWrittenForWrongRequests()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["notes.txt"], "hello");
        foreach (var (line, code, mention) in ((string, int, string)[])[
            ("phantom --out X --cohort lungs", 2, "lung-nodules"),
            ("phantom --out X --cases 0", 2, "Cases"),
            ("phantom --cases 1", 2, "--out"),
            ("prepare X/absent --out X", 1, "absent"),
            ("prepare X --out X", 2, "names to be read"),
            ("prepare --out X", 2, "ct"),
            ("prepare N --out X --profile big", 2, "quick, paper or lesions")])
        {
            string[] args = [.. line.Split(' ').Select(a => a switch
            {
                "X" => folder["x"],
                "X/absent" => folder["x/absent"],
                "N" => folder["notes.txt"],
                _ => a,
            })];
            Directory.CreateDirectory(folder["x"]);
            var run = await CommandLine.RunAsync(args);
            Assert.True(run.ExitCode == code, $"{line}: {run.ExitCode}: {run.Error}");
            Assert.Equal("", run.Output);
            Assert.Contains(mention, run.Error);
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder["x"]));
        }
    }

    [Fact]
    public async Task APathWhereNothingCanBeWrittenIsNamed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "in the way");
        var run = await CommandLine.RunAsync("phantom", "--out", folder["file"], "--cohort", "train", "--cases", "1");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(folder["file"], Assert.Single(run.Error.TrimEnd('\n').Split('\n')));
    }

    [Fact]
    public async Task ACancelledCommandFailsAndSaysHowToGoOn()
    {
        using var folder = new TemporaryFolder();
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        int code = await Program.RunAsync(
            ["phantom", "--out", folder["p"], "--cases", "1"], new Terminal(output, error, false), stop.Token);
        Assert.Equal((1, ""), (code, output.ToString()));
        Assert.Equal("Stopped. The same command goes on from here.", error.ToString().Trim());
    }
}
