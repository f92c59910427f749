using Screener.Cli.Verbs;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Imaging.Nifti;
using Screener.Phantoms.Dicom;
using Screener.Randomness;
using Screener.Tests.Imaging.Dicom;

namespace Screener.Cli.Tests;

[Collection(TorchCollection.Name)]
public sealed class InfoVerbTests
{
    private static readonly CtVolume Small = new(
        new VolumeGrid(new VolumeShape(4, 5, 6), new Affine(-15, 0, 0, 7, 0, -15, 0, 8, 0, 0, 20, 9)),
        [.. Enumerable.Range(0, 120).Select(i => (float)((i * 10) - 1000))]);

    [Fact]
    public async Task TheMachineIsDescribed()
    {
        var json = (await CommandLine.RunAsync("info", "--json", "--quiet", "--device", "cpu", "--threads", "1")).Json();
        Assert.True(json.GetProperty("ok").GetBoolean());
        Assert.Equal("cpu", json.GetProperty("device").GetString());
        Assert.Equal(1, json.GetProperty("threadCount").GetInt32());
        Assert.StartsWith("2.", json.GetProperty("libTorch").GetString());
        Assert.InRange(json.GetProperty("matrixProductGflops").GetProperty("float32").GetDouble(), 0.1, 1e6);

        var run = await CommandLine.RunAsync("info", "--quiet");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("matrix product", run.Output);
    }

    [Fact]
    public async Task AVolumeIsDescribedWhateverItsFormat()
    {
        using var folder = new TemporaryFolder();
        NiftiWriter.Write(folder["small.nii.gz"], Small);
        DicomSeriesWriter.Write(Small, folder["series"], new RandomStream(1));
        foreach (string name in (string[])["small.nii.gz", "series"])
        {
            var run = await CommandLine.RunAsync("info", folder[name], "--json");
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            var json = run.Json();
            Assert.Equal([4, 5, 6], json.GetProperty("shape").EnumerateArray().Select(e => e.GetInt32()));
            Assert.Equal([20, 15, 15], json.GetProperty("spacingMm").EnumerateArray().Select(e => Math.Round(e.GetDouble(), 6)));
            Assert.Equal("LPS", json.GetProperty("orientation").GetString());
            Assert.Equal((-1000, 190), (json.GetProperty("huMin").GetDouble(), json.GetProperty("huMax").GetDouble()));
        }
    }

    [Fact]
    public async Task AModelIsDescribedAndADamagedOneIsNot()
    {
        string shipped = Path.Combine(AppContext.BaseDirectory, "Models", "quick.screener");
        Assert.SkipUnless(File.Exists(shipped), "no model is shipped");
        var run = await CommandLine.RunAsync("info", shipped, "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal("screener-model", run.Json().GetProperty("header").GetProperty("format").GetString());
        Assert.InRange(run.Json().GetProperty("numbers").GetInt64(), 1_000_000, 20_000_000);
        string said = (await CommandLine.RunAsync("info", shipped)).Output;
        Assert.All(
            ["masking-invariant + gaussian", "drawn masses", "1 x what counts of each further kind"], part => Assert.Contains(part, said));

        using var folder = new TemporaryFolder();
        byte[] bytes = File.ReadAllBytes(shipped);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(folder["damaged.screener"], bytes);
        run = await CommandLine.RunAsync("info", folder["damaged.screener"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("damaged", run.Error);
    }

    [Fact]
    public async Task WhatReadingDroppedIsTold()
    {
        using var folder = new TemporaryFolder();
        DicomSeriesWriter.Write(Small, folder["series"], new RandomStream(1));
        string first = Directory.GetFiles(folder["series"], "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        File.Copy(first, Path.Combine(folder["series"], "copy.dcm"));
        var run = await CommandLine.RunAsync("info", folder["series"], "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("1 of 5 images as duplicates", Assert.Single(run.Json().GetProperty("notes").EnumerateArray()).GetString());
        Assert.Contains("1 of 5 images as duplicates", run.Error);
    }

    /// <summary>As screening notes them, or says why it would refuse the volume.</summary>
    [Fact]
    public async Task WhatIsUnusualAboutTheValuesIsTold()
    {
        using var folder = new TemporaryFolder();
        var grid = new VolumeGrid(new VolumeShape(1, 20, 20), Affine.Canonical(new(5, 5, 5)));
        float[] hu = [.. Enumerable.Range(0, 400).Select(i => i % 5 == 0 ? -160f : i % 240)];
        foreach (var (name, change, note) in ((string, Func<float, float>, string)[])[
            ("slice", v => v, "One slice"), ("clipped", v => Math.Max(v, -160), "clipped to a window"),
            ("metal", v => v == 101 ? 62512 : v == -160 ? -1000 : v, "62512 HU"),
            ("mask", v => v > 100 ? 1 : 0, "expected a CT in Hounsfield units")])
        {
            NiftiWriter.Write(folder[name + ".nii"], new CtVolume(grid, [.. hu.Select(change)]));
            var run = await CommandLine.RunAsync("info", folder[name + ".nii"], "--json");
            Assert.Equal(0, run.ExitCode);
            Assert.Contains(note, run.Error);
            Assert.Contains(run.Json().GetProperty("notes").EnumerateArray(), n => n.GetString()!.Contains(note, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task SeveralSeriesAreListedAndOneIsPicked()
    {
        using var folder = new TemporaryFolder();
        DicomSeriesWriter.Write(Small, folder["both/a"], new RandomStream(1), new DicomSeriesWriteOptions { Description = "First" });
        DicomSeriesWriter.Write(Small, folder["both/b"], new RandomStream(2), new DicomSeriesWriteOptions { Description = "Second" });
        var json = (await CommandLine.RunAsync("info", folder["both"], "--json")).Json();
        var series = json.GetProperty("series").EnumerateArray().ToList();
        Assert.Equal(["First", "Second"], series.Select(s => s.GetProperty("description").GetString()).Order());
        string uid = series[1].GetProperty("seriesUid").GetString()!;
        json = (await CommandLine.RunAsync("info", folder["both"], "--json", "--series", uid)).Json();
        Assert.Contains(uid, json.GetProperty("source").GetString());
        var run = await CommandLine.RunAsync("info", folder["both"], "--series", "1.2.3");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
    }

    [Fact]
    public async Task NamesOutOfAFileDoNotSteerTheTerminal()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in (string[])["a", "b"])
            DicomSeriesWriter.Write(
                Small, folder[$"both/{name}"], new RandomStream(name[0]), new DicomSeriesWriteOptions { Description = "Axial##thin" });
        foreach (string file in Directory.GetFiles(folder["both"], "*", SearchOption.AllDirectories))
        {
            byte[] bytes = File.ReadAllBytes(file);
            "\u001b\a"u8.CopyTo(bytes.AsSpan(bytes.AsSpan().IndexOf("##thin"u8)));
            File.WriteAllBytes(file, bytes);
        }

        var run = await CommandLine.RunAsync("info", folder["both"]);
        Assert.Contains("'Axial  thin'", run.Output);
        Assert.DoesNotContain(run.Output, c => char.IsControl(c) && c is not ('\n' or '\r'));
        run = await CommandLine.RunAsync("\u001b[31mred");
        Assert.Equal((2, false), (run.ExitCode, run.Error.Contains('\u001b')));
    }

    [Fact]
    public async Task NamesOfFilesNeitherOverwriteNorReverseALine()
    {
        using var folder = new SliceFolder();
        const string Name = "gpj\u202Etc\rerror: forged\nline";
        folder.SaveAll(3, folder: Name);
        folder.Save($"{Name}/scout\u2067\r", SliceFolder.Slice(9).Text(0x0008_0008, "CS", SliceFolder.LocalizerType));
        var run = await CommandLine.RunAsync("info", folder[Name]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("scout", run.Error);
        var json = await CommandLine.RunAsync("info", folder[Name], "--json");
        Assert.Contains(Name, json.Json().GetProperty("path").GetString());
        folder.SaveAll(3, (slice, _) => slice.Text(0x0020_000E, "UI", "1.2.3.9"), $"{Name}/other");
        var list = await CommandLine.RunAsync("info", folder[Name]);
        var screen = await CommandLine.RunAsync("info", folder[Name], "--series", "1.2.3.\u2066\r5");
        Assert.Equal((0, 2), (list.ExitCode, screen.ExitCode));
        foreach (string text in (string[])[run.Output, run.Error, json.Output, json.Error, list.Output, screen.Error])
        {
            Assert.DoesNotContain(text, c => c is '\r' or '\u202E' or '\u2066' or '\u2067');
            Assert.DoesNotContain(text.Split('\n'), line => line.StartsWith("line", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task OneUidPerSliceIsListedWithWhatToDo()
    {
        using var folder = new SliceFolder();
        folder.SaveAll(4, (slice, i) => slice.Text(0x0020_000E, "UI", $"1.2.3.{i}"));
        Assert.Contains("--series all", (await CommandLine.RunAsync("info", folder["ct"])).Output);
        Assert.Contains("4 x 8 x 8 voxels", (await CommandLine.RunAsync("info", folder["ct"], "--series", "all")).Output);
        var refused = await CommandLine.RunAsync("prepare", folder["ct"], "--out", folder["out"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("none of 1 CTs", refused.Error);
        Assert.Contains("--series all", refused.Error);
    }

    [Fact]
    public async Task WhatCannotBeReadIsOneLine()
    {
        using var folder = new TemporaryFolder();
        NiftiWriter.Write(folder["whole.nii.gz"], Small);
        byte[] whole = File.ReadAllBytes(folder["whole.nii.gz"]);
        File.WriteAllBytes(folder["cut.nii.gz"], whole[..(whole.Length / 2)]);
        File.WriteAllText(folder["notes.txt"], "hello");
        Directory.CreateDirectory(folder["empty"]);
        foreach (string name in (string[])["absent.nii", "cut.nii.gz", "notes.txt", "empty"])
        {
            var run = await CommandLine.RunAsync("info", folder[name]);
            Assert.Equal((1, ""), (run.ExitCode, run.Output));
            string line = Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
            Assert.StartsWith("error: ", line);
            Assert.Contains(name, line);
            Assert.Contains("expected", line);

            run = await CommandLine.RunAsync("info", folder[name], "--json");
            var error = run.Json().GetProperty("error");
            Assert.Contains(name, error.GetProperty("details").GetProperty("subject").GetString());
            Assert.NotEmpty(error.GetProperty("details").GetProperty("remedy").GetString()!);
        }
    }

    [Fact]
    public void OrientationCodesAreNibabels()
    {
        double[][] cases = [
            [1, 0, 0, 0, 1, 0, 0, 0, 1], [-1, 0, 0, 0, -1, 0, 0, 0, 2], [0, 0, 3, 1, 0, 0, 0, -2, 0], [0, -1, 0, 0, 0, -1, 1, 0, 0],
            [0.9, -0.3, 0, 0.3, 0.9, 0, 0, 0, -1], [0, 2, 0, 0, 0, 2, -2, 0, 0]];
        string input = string.Join(';', cases.Select(c => string.Join(',', c)));
        string[] expected = PythonOracle.Run(
            ["nibabel"],
            """
            import sys, numpy as np, nibabel as nib
            for case in sys.argv[1].split(';'):
                a = np.eye(4)
                a[:3, :3] = np.array([float(v) for v in case.split(',')]).reshape(3, 3)
                print(''.join(nib.aff2axcodes(a)))
            """,
            input).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < cases.Length; i++)
        {
            var m = cases[i];
            Assert.Equal(expected[i], InfoVerb.OrientationCode(new Affine(m[0], m[1], m[2], 0, m[3], m[4], m[5], 0, m[6], m[7], m[8], 0)));
        }
    }
}
