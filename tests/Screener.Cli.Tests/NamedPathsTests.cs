using Screener.Errors;

namespace Screener.Cli.Tests;

/// <summary>No command writes over what it reads, nor twice to one place; it says so before it does anything.</summary>
public sealed class NamedPathsTests
{
    // The command, and which option is at fault.
    private static readonly (string Line, string Option)[] Refused = [
        ("screen F/ct.nii --out F/ct.nii", "--out"),
        ("screen F/ct.nii --out F/x/../ct.nii", "--out"),
        ("screen F/link.nii --out F/ct.nii", "--out"),
        ("screen F/ct.nii --out F/link.nii", "--out"),
        ("screen F/ct.nii --body F/way/ct.nii", "--body"),
        ("screen F/ct.nii --model F/m.screener --picture F/m.screener", "--picture"),
        ("screen F/ct.nii --annotations F/053.xml --picture F/053.xml", "--picture"),
        ("screen F/ct.nii --out F/new.nii --body F/new.nii", "--body"),
        ("screen F/ct.nii --out F/new.nii --body F/way/new.nii", "--body"),
        ("screen F/series --out F/series/there.nii", "--out"),
        ("report F/r.json --out F/r.json", "--out"),
        ("report F/r.json --training F/d.network,F/c.network --out F/c.network", "--out"),
        ("report F/r.json --screened F/s.json --out F/s.json", "--out"),
        ("report F/r.json --timings F/t.txt --out F/t.txt", "--out"),
        ("report F/r.json --pictures F/series --out F/series/there.nii", "--out"),
        ("prepare F/series --out F/way/series", "--out"),
        ("import lits F/series --out F/series", "--out"),
        ("evaluate --model F/m.screener --data F/series --out F/m.screener", "--out"),
        ("evaluate --model F/m.screener --data F/series --out F/r.json --pictures F/series", "--pictures"),
        ("evaluate --model F/m.screener --data F/series --train-data F/train --out F/train/manifest.json", "--out"),
        ("convert F/c.ckpt --as glow --descriptor F/d.network --out F/d.network", "--out"),
        ("convert F/c.ckpt --as descriptor --out F/c.ckpt", "--out"),
        ("pretrain descriptor --volumes F/train --options F/o.json --out F/o.json", "--out"),
        ("pretrain descriptor --volumes F/train --out F/train/manifest.json", "--out"),
        ("fit --descriptor F/d.network --volumes F/train --out F/d.network", "--out"),
        ("fit --descriptor F/x.checkpoint --volumes F/train --out F/x", "--out"),
        ("fit --descriptor F/d.network --condition-model F/c.network --volumes F/train --out F/c.network", "--out"),
        ("ablate quick --train-data F/train --data F/series --output F/series", "--output"),
        ("ablate F/grid.json --output F/grid.json", "--output"),
        ("notebook run F/a.ipynb --out F/way", "--out"),
        ("ensemble F/ct.nii --model F/m.screener --out F/m.screener", "--out"),
        ("ensemble F/series --model F/m.screener --out F/series/there.nii", "--out"),
        ("distil F/ct.nii --out F/ct.nii", "--out"),
        ("distil F/ct.nii --model F/m.screener --out F/m.screener", "--out"),
        ("distil F/series --model F/m.screener --out F/series/there.nii", "--out"),
        ("export F/m.screener --out F/way/m.screener", "--out"),
        ("finetune --data F/series --model F/m.screener --out F/series", "--out"),
        ("finetune --data F/series --model F/parts/m.screener --out F", "--out"),
        ("baselines --model F/m.screener --data F/series --out F/series", "--out"),
        ("baselines --model F/m.screener --train-data F/prepared --out F", "--out"),
        ("baselines --model F/m.screener --volumes F/phantoms/train --out F", "--out"),
        ("demo --ct F/map.nii.gz --out F", "--out"),
        ("demo --ct F/dicom/patient --out F/way", "--out"),
        ("demo --ct F/series --out F/series", "--out"),
        ("demo --fit-options F/pictures/o.json --out F", "--out"),
        ("cluster slurm screen F/series --out F/series", "--out"),
    ];

    public static TheoryData<string, string> Lines => new(Refused);

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task WhatIsReadIsNotWritten(string line, string option)
    {
        using var folder = new TemporaryFolder();
        foreach (string path in new[] { "series", "train", "parts", "pictures", "dicom/patient", "prepared", "phantoms/train" })
            Directory.CreateDirectory(folder[path]);
        Directory.CreateSymbolicLink(folder["way"], ".");
        string[] files = ["ct.nii", "m.screener", "053.xml", "r.json", "d.network", "c.network", "s.json", "t.txt", "c.ckpt", "o.json",
            "x.checkpoint", "a.ipynb", "series/there.nii", "train/manifest.json", "map.nii.gz", "parts/m.screener", "pictures/o.json"];
        foreach (string file in files)
            File.WriteAllText(folder[file], file);
        File.WriteAllText(folder["grid.json"], (await CommandLine.RunAsync("ablate", "--print-grid", "quick")).Output);
        File.CreateSymbolicLink(folder["link.nii"], "ct.nii");
        var run = await CommandLine.RunAsync(
            [.. line.Split(' ').Select(
                w => w == "F" ? folder.FullName : w.Replace("F/", folder.FullName + "/", StringComparison.Ordinal))]);
        Assert.True((run.ExitCode, run.Output) == (2, ""), $"{run.ExitCode} {run.Output} {run.Error}");
        Assert.StartsWith($"error: {option}: '{folder.FullName}", run.Error);
        Assert.Matches("names to be read|names too|which is there already", run.Error);
        Assert.False(Directory.Exists(folder["stages"]));
        Assert.All(files, f => Assert.Equal(f, File.ReadAllText(folder[f])));
    }

    [Fact]
    public void NewPlacesAndStatesToGoOnWithAreLeftAlone()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["volumes"]);
        File.WriteAllText(folder["volumes/d.network.checkpoint"], "");
        new NamedPaths().Read("--volumes", folder["volumes"], null).Write("--out", folder["volumes/d.network"], null)
            .WriteOn("--out", folder["volumes/d.network.checkpoint"]).MakeAnew("--out", folder["volumes/d.network.card"]);
        new NamedPaths().Read("ct", folder["absent"]).Write("--out", folder["a"]).Write("--body", folder["b"]);
    }

    [Fact]
    public void ALinkToThePipeIsRefusedByName()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "other devices there");
        Assert.Contains(
            "/dev/null: a device", Assert.Throws<MissingInputException>(() => new NamedPaths().Read("ct", "/dev/null")).Message);
    }

    [Fact]
    public void EveryVerbThatWritesIsAmongThem()
    {
        // Phantoms are made of nothing.
        var writing = ScreenerCommand.Verbs.Where(
            v => v.Name != "phantom" && v.ToCommand().Options.Any(o => o.Name == "--out" || o.Aliases.Contains("--out"))).ToList();
        Assert.InRange(writing.Count, 14, ScreenerCommand.Verbs.Count);
        Assert.All(writing, v => Assert.Contains(Refused, r => r.Line.StartsWith(v.Name + " ", StringComparison.Ordinal)));
    }
}
