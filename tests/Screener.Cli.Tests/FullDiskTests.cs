using System.Diagnostics;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Tests.Studies;

namespace Screener.Cli.Tests;

/// <summary>Disks that are too small, as the system makes them: what is known beforehand is said before the work, and nothing is left
/// of what was not finished.</summary>
[Collection(TorchCollection.Name)]
public sealed class FullDiskTests : IDisposable
{
    private const string Foreseen = "for what is going to be written";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task PhantomsAreNotBegun()
    {
        // One takes five to eight megabytes, as files and a little more as DICOM.
        var (error, left) = await OnDiskAsync("7m", "phantom --out DISK --cohort train --cases 2");
        Assert.Contains(Foreseen, error);
        Assert.Equal("", left);
        (error, left) = await OnDiskAsync("7m", "phantom --out DISK --cohort train --cases 1 --dicom");
        Assert.Contains(Foreseen, error);
        Assert.Equal("", left);
    }

    [Fact]
    public async Task APhantomThatHadNoRoomLeavesNothingBehind()
    {
        long voxels = Phantoms.PhantomCohortWriter.BytesLeft(
            _folder.FullName, new() { Cohort = Phantoms.PhantomCohort.Train, Cases = 1, Seed = 2502 });
        var (error, left) = await OnDiskAsync($"{voxels * 9 / 8}", "phantom --out DISK --cohort train --cases 1");
        Assert.Contains("it cannot be written (No space left on device", error);
        Assert.Equal("", left);
    }

    [Fact]
    public async Task PreparationEndsWithTheFirstCtAndKeepsIt()
    {
        for (int i = 0; i < 4; i++)
            NiftiWriter.Write(_folder[$"cts/{i}.nii"], Body(80));
        var (error, left) = await OnDiskAsync("4m", "prepare FOLDER/cts --out DISK/p --profile quick");
        Assert.Contains(Foreseen, error);
        Assert.Equal("./p/0.prep", left);
    }

    [Fact]
    public async Task ATrainingIsNotBegunWithoutRoomForItsCheckpoints()
    {
        NiftiWriter.Write(_folder["cts/0.nii"], Body(80));
        Assert.Equal(0, (await CommandLine.RunAsync("prepare", _folder["cts"], "--out", _folder["p"], "--profile", "quick")).ExitCode);
        File.WriteAllText(_folder["o.json"], TinyOptions.Pretraining);
        var (error, left) = await OnDiskAsync(
            "400k", "pretrain descriptor --volumes FOLDER/p --options FOLDER/o.json --out DISK/d.network --threads 1");
        Assert.Contains("DISK: a disk with".Replace("DISK", _folder["disk"], StringComparison.Ordinal), error);
        Assert.Contains(Foreseen, error);
        Assert.Equal("", left);
    }

    [Theory]
    [InlineData("map.nii")]
    [InlineData("map.nii.gz")]
    public async Task ACtIsNotScreenedWithoutRoomForItsMap(string name)
    {
        NiftiWriter.Write(_folder["ct.nii"], Body(80));
        var (error, left) = await OnDiskAsync("200k", $"screen FOLDER/ct.nii --out DISK/{name} --threads 1");
        Assert.Contains(Foreseen, error);
        Assert.Equal("", left);
    }

    [Fact]
    public async Task StudiesAreNotScreenedWithoutRoomForTheirMaps()
    {
        SmallStudies.WriteModel(_folder);
        for (int i = 0; i < 6; i++)
            SmallStudies.WriteBall(_folder[$"cts/{i}.nii"], i);
        var (error, left) = await OnDiskAsync("100k", "screen FOLDER/cts --model FOLDER/m.screener --threads 1 --maps --out DISK/r/");
        Assert.Contains(Foreseen, error);
        Assert.Equal("", left);
    }

    [Fact]
    public async Task StudiesThatWereScreenedStayWhole()
    {
        SmallStudies.WriteModel(_folder);
        for (int i = 0; i < 6; i++)
            SmallStudies.WriteBall(_folder[$"cts/{i}.nii"], i);
        const string Screen = "screen FOLDER/cts --model FOLDER/m.screener --threads 1 --out";
        string[] line = Screen.Replace("FOLDER", _folder.FullName, StringComparison.Ordinal).Split(' ');
        Assert.Equal(0, (await CommandLine.RunAsync([.. line, _folder["whole/"], "--quiet"])).ExitCode);

        // A page of the disk a file, and half of them.
        long pages = Directory.EnumerateFiles(_folder["whole"], "*", SearchOption.AllDirectories).Sum(
            f => (new FileInfo(f).Length / 4096) + 1);
        var (error, left) = await OnDiskAsync($"{pages / 2 * 4096}", Screen + " DISK/r/");
        Assert.Matches("No space left on device|" + Foreseen, error);
        string[] files = [.. left.Split('\n').Where(f => f.StartsWith("./r/", StringComparison.Ordinal))];
        string[] screened = [.. files.Where(f => f.EndsWith("findings.json", StringComparison.Ordinal))];
        Assert.InRange(screened.Length, 1, 5);
        foreach (string file in screened)
        {
            string name = Path.GetRelativePath("./r", file), picture = Path.Combine(Path.GetDirectoryName(file)!, "picture.png");
            Assert.Contains(picture, files);
            Assert.True(File.Exists(_folder["whole/" + name]), name);
        }

        Assert.DoesNotContain(files, f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    // Air around noisy tissue, 4 mm voxels.
    private static CtVolume Body(int side)
    {
        var grid = new VolumeGrid(new VolumeShape(side, side, side), Affine.Canonical(new(4, 4, 4)));
        var hu = new float[grid.Shape.CheckedLength()];
        for (int d = 0, i = 0; d < side; d++)
        {
            for (int h = 0; h < side; h++)
            {
                for (int w = 0; w < side; w++, i++)
                    hu[i] = Math.Min(Math.Min(h, w), side - 1 - Math.Max(h, w)) < side / 10 ? -1000 : (i * 7919 % 200) - 60;
            }
        }

        return new CtVolume(grid, hu);
    }

    /// <summary>Runs a command that fails, with a disk of its own at DISK; its one line, and the files that are on the disk then.</summary>
    private async Task<(string Error, string Left)> OnDiskAsync(string size, string command)
    {
        Directory.CreateDirectory(_folder["disk"]);
        string[] words = [.. command.Split(' ').Select(w => w.Replace("DISK", _folder["disk"], StringComparison.Ordinal)
            .Replace("FOLDER", _folder.FullName, StringComparison.Ordinal))];
        string mount = $"mount -t tmpfs -o size={size} disk \"$0\"";
        Assert.SkipUnless((await ShellAsync(mount)).Exit == 0, "no disk can be mounted here");
        var (exit, output, error) = await ShellAsync(
            $"{mount} && dotnet \"$@\" --quiet; code=$?; cd \"$0\" && find . -type f; exit $code",
            [typeof(Program).Assembly.Location, .. words]);
        Assert.True(exit == 1, $"{exit}: {output}{error}");
        Assert.StartsWith("error: ", Assert.Single(error.TrimEnd('\n').Split('\n')));
        return (error, output.Trim());
    }

    // What is mounted there nobody else sees, and it goes with the shell.
    private async Task<(int Exit, string Output, string Error)> ShellAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("unshare", ["--mount", "bash", "-c", script, _folder["disk"], .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            var (output, error) = (
                process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
                process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, await output, await error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "", "");
        }
    }
}
