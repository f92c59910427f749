using Screener.Errors;

namespace Screener.Cli.Tests;

/// <summary>No command writes over what it reads, nor twice to one place; it says so before it does anything.</summary>
public sealed class NamedPathsTests
{
    [Theory]
    [InlineData("screen F/ct.nii --out F/ct.nii", "--out")]
    [InlineData("screen F/ct.nii --out F/x/../ct.nii", "--out")]
    [InlineData("screen F/link.nii --out F/ct.nii", "--out")]
    [InlineData("screen F/ct.nii --out F/link.nii", "--out")]
    [InlineData("screen F/ct.nii --body F/way/ct.nii", "--body")]
    [InlineData("screen F/ct.nii --model F/m.screener --picture F/m.screener", "--picture")]
    [InlineData("screen F/ct.nii --annotations F/053.xml --picture F/053.xml", "--picture")]
    [InlineData("screen F/ct.nii --out F/new.nii --body F/new.nii", "--body")]
    [InlineData("screen F/ct.nii --out F/new.nii --body F/way/new.nii", "--body")]
    [InlineData("screen F/series --out F/series/there.nii", "--out")]
    [InlineData("report F/r.json --out F/r.json", "--out")]
    [InlineData("report F/r.json --training F/d.network,F/c.network --out F/c.network", "--out")]
    [InlineData("report F/r.json --screened F/s.json --out F/s.json", "--out")]
    [InlineData("report F/r.json --timings F/t.txt --out F/t.txt", "--out")]
    [InlineData("report F/r.json --pictures F/series --out F/series/there.nii", "--out")]
    [InlineData("prepare F/series --out F/way/series", "--out")]
    [InlineData("import lits F/series --out F/series", "--out")]
    [InlineData("evaluate --model F/m.screener --data F/series --out F/m.screener", "--out")]
    [InlineData("evaluate --model F/m.screener --data F/series --out F/r.json --pictures F/series", "--pictures")]
    [InlineData("evaluate --model F/m.screener --data F/series --train-data F/train --out F/train/manifest.json", "--out")]
    [InlineData("convert F/c.ckpt --as glow --descriptor F/d.network --out F/d.network", "--out")]
    [InlineData("convert F/c.ckpt --as descriptor --out F/c.ckpt", "--out")]
    [InlineData("pretrain descriptor --volumes F/train --options F/o.json --out F/o.json", "--out")]
    [InlineData("pretrain descriptor --volumes F/train --out F/train/manifest.json", "--out")]
    [InlineData("fit --descriptor F/d.network --volumes F/train --out F/d.network", "--out")]
    [InlineData("fit --descriptor F/x.checkpoint --volumes F/train --out F/x", "--out")]
    [InlineData("fit --descriptor F/d.network --condition-model F/c.network --volumes F/train --out F/c.network", "--out")]
    [InlineData("ablate quick --train-data F/train --data F/series --output F/series", "--output")]
    [InlineData("ablate F/grid.json --output F/grid.json", "--output")]
    [InlineData("notebook run F/a.ipynb --out F/way", "--out")]
    public async Task WhatIsReadIsNotWritten(string line, string option)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["series"]);
        Directory.CreateDirectory(folder["train"]);
        Directory.CreateSymbolicLink(folder["way"], ".");
        string[] files = ["ct.nii", "m.screener", "053.xml", "r.json", "d.network", "c.network", "s.json", "t.txt", "c.ckpt", "o.json",
            "x.checkpoint", "a.ipynb", "series/there.nii", "train/manifest.json"];
        foreach (string file in files)
            File.WriteAllText(folder[file], file);
        File.WriteAllText(folder["grid.json"], (await CommandLine.RunAsync("ablate", "--print-grid", "quick")).Output);
        File.CreateSymbolicLink(folder["link.nii"], "ct.nii");
        var run = await CommandLine.RunAsync(
            [.. line.Split(' ').Select(w => w.Replace("F/", folder.FullName + "/", StringComparison.Ordinal))]);
        Assert.True((run.ExitCode, run.Output) == (2, ""), $"{run.ExitCode} {run.Output} {run.Error}");
        Assert.StartsWith($"error: {option}: '{folder.FullName}", run.Error);
        Assert.Matches("names to be read|names too|which is there already", run.Error);
        Assert.All(files, f => Assert.Equal(f, File.ReadAllText(folder[f])));
    }

    [Fact]
    public void NewPlacesAndStatesToGoOnWithAreLeftAlone()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["volumes"]);
        File.WriteAllText(folder["volumes/d.network.checkpoint"], "");
        new NamedPaths().Read("--volumes", folder["volumes"], null).Write("--out", folder["volumes/d.network"], null)
            .WriteOn("--out", folder["volumes/d.network.checkpoint"]);
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
    public async Task EveryVerbThatWritesNamesWhatItWrites()
    {
        // What a verb takes as an output must come from what it compares: an unwritable name of each says which do.
        foreach (var verb in ScreenerCommand.Verbs)
        {
            var run = await CommandLine.RunAsync([.. verb.Name.Split(' '), "--help"]);
            bool writes = run.Output.Contains("--out", StringComparison.Ordinal);
            var own = verb.GetType()
                .GetMethod(nameof(Verb.NamePaths),
                System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.DeclaringType;
            Assert.True(!writes || own != typeof(Verb) || verb.Name == "phantom", $"{verb.Name} writes, and compares nothing");
        }
    }
}
