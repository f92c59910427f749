using System.Diagnostics;
using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Randomness;

namespace Screener.Tests.Datasets;

public sealed class DatasetImportTests : IDisposable
{
    private static readonly DatasetManifest LiTS = DatasetCatalogue.Find("lits");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ThreadsMemoryAndWhereTheFoldersAreDoNotMatter()
    {
        SmallLiTS.Write(_folder, 6, new VolumeShape(9, 40, 33));
        File.WriteAllText(_folder["raw/volume-3.nii"], "no CT");
        Import("one", 1);
        Import("four", 4, memory: 1);
        Directory.Move(_folder["raw"], _folder["elsewhere"]);
        DatasetImport.Import(
            LiTS, _folder["elsewhere"], _folder["moved"], DatasetImportOptions.Default, 3, 1L << 30, null,
            TestContext.Current.CancellationToken);
        Assert.Equal(SmallLiTS.Sums(_folder, "one"), SmallLiTS.Sums(_folder, "four"));
        Assert.Equal(SmallLiTS.Sums(_folder, "one"), SmallLiTS.Sums(_folder, "moved"));
        Assert.Equal(1 + (2 * 5) + 1, SmallLiTS.Sums(_folder, "one").Count);
    }

    [Fact]
    public void WhatStandsIsKeptAndOnlyWhatChangedIsMadeAgain()
    {
        SmallLiTS.Write(_folder, 5, new VolumeShape(6, 30, 31));
        var first = Import("cache", 2);
        Assert.Equal((0, 5, 0), (first.Kept, first.Made, first.Rejected));
        var before = SmallLiTS.Sums(_folder, "cache");

        // A damaged record, a volume cut short, a volume gone, raw files written again, raw files gone.
        File.WriteAllText(_folder["cache/records/0.json"], "{");
        File.WriteAllBytes(_folder["cache/volumes/1.hu"], File.ReadAllBytes(_folder["cache/volumes/1.hu"])[..^1]);
        File.Delete(_folder["cache/volumes/2.hu"]);
        File.SetLastWriteTimeUtc(_folder["raw/segmentation-3.nii"], DateTime.UtcNow);
        File.SetLastWriteTimeUtc(_folder["cache/records/3.json"], DateTime.UtcNow - TimeSpan.FromHours(1));
        File.Delete(_folder["raw/volume-4.nii"]);
        File.Delete(_folder["raw/segmentation-4.nii"]);
        File.WriteAllText(_folder["cache/volumes/.9.hu.12345678.tmp"], "left by a kill");
        var again = Import("cache", 2);
        Assert.Equal((0, 4, 0), (again.Kept, again.Made, again.Rejected));
        Assert.Equal(["0", "1", "2", "3", "4"], again.Cache.CaseIds);
        Assert.Equal(before, SmallLiTS.Sums(_folder, "cache"));
    }

    [Fact]
    public void OneImportAtATimeAndOneDatasetInAFolder()
    {
        SmallLiTS.Write(_folder, 2, new VolumeShape(6, 30, 31));
        Import("cache", 1);
        using (new FileStream(_folder["cache/.importing"], FileMode.Create, FileAccess.ReadWrite, FileShare.None))
            Assert.Contains("another import", Assert.Throws<OutputException>(() => Import("cache", 1)).Message);
        File.Delete(_folder["cache/.importing"]);
        Assert.Contains("kits19", Assert.Throws<OptionException>(() => AnnotatedCohort.Open(_folder["cache"], "kits19")).Message);
        Assert.Equal("lits", AnnotatedCohort.Open(_folder["cache"], "lits").Manifest.Id);
        File.Delete(_folder["cache/cache.json"]);
        Assert.Contains("did not end", Assert.Throws<MissingInputException>(() => AnnotatedCohort.Open(_folder["cache"])).Message);
        Assert.Equal(2, Import("cache", 1).Kept);
        string list = File.ReadAllText(_folder["cache/cache.json"]);
        foreach (string changed in (string[])["{", "null", list.Replace("\"version\": 1", "\"version\": 2"),
            list.Replace("volumes/0.hu", "../0.hu"), list.Replace("\"lits\"", "\"other\"")])
        {
            File.WriteAllText(_folder["cache/cache.json"], changed);
            Assert.Throws<ManifestException>(() => HuCache.Open(_folder["cache"]));
        }
    }

    [Theory]
    [InlineData("lidc-idri", 0.0, null, MaskPairing.ByPlace, "Consensus")]
    [InlineData("lidc-idri", double.NaN, null, MaskPairing.ByPlace, "Consensus")]
    [InlineData("lits", 0.75, null, MaskPairing.ByPlace, "Consensus")]
    [InlineData("lidc-idri", 0.5, null, MaskPairing.ByIndex, "Masks")]
    [InlineData("lits", 0.5, null, (MaskPairing)7, "Masks")]
    [InlineData("lidc-idri", 0.5, "nodule", MaskPairing.ByPlace, "Pathology")]
    [InlineData("nlst", 0.5, "x", MaskPairing.ByPlace, "Pathology")]
    [InlineData("lits", 0.5, "", MaskPairing.ByPlace, "Pathology")]
    public void ChoicesThatADatasetDoesNotHaveAreRefused(
        string dataset, double consensus, string? pathology, MaskPairing masks, string option)
    {
        var options = new DatasetImportOptions
        {
            Consensus = consensus, Pathology = pathology?.Split(',', StringSplitOptions.RemoveEmptyEntries), Masks = masks,
        };
        var error = Assert.Throws<OptionException>(
            () => DatasetImport.Import(
                DatasetCatalogue.Find(dataset), _folder["absent"], _folder["cache"], options, 1, 1, null,
                TestContext.Current.CancellationToken));
        Assert.Equal(option, error.Subject);
    }

    [Fact]
    public void CancelledItGoesOn()
    {
        SmallLiTS.Write(_folder, 5, new VolumeShape(6, 30, 31));
        using var stop = new CancellationTokenSource();
        var progress = new Stopping(2, stop);
        Assert.ThrowsAny<OperationCanceledException>(
            () => DatasetImport.Import(
                LiTS, _folder["raw"], _folder["cache"], DatasetImportOptions.Default, 1, 1L << 30, progress, stop.Token));
        Assert.False(File.Exists(_folder["cache/cache.json"]));
        var result = Import("cache", 1);
        Assert.InRange(result.Kept, 2, 4);
        Import("whole", 1);
        Assert.Equal(SmallLiTS.Sums(_folder, "whole"), SmallLiTS.Sums(_folder, "cache"));
    }

    [Fact]
    public void AFullDiskIsAClearErrorAndNothingIsLost()
    {
        SmallLiTS.Write(_folder, 6, new VolumeShape(12, 96, 96));
        string disk = _folder["disk"];
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(Shell($"mount -t tmpfs -o size=640k tmpfs {disk}"), "no small disk can be mounted here");
        try
        {
            string cache = Path.Combine(disk, "cache");

            // The voxels alone need more than there is: that is known before. That many labels are there is not.
            Assert.Contains(
                "MB of room",
                Assert.Throws<OutputException>(
                    () => DatasetImport.Import(
                    LiTS, _folder["raw"], cache, DatasetImportOptions.Default, 1, 1L << 30, null,
                    TestContext.Current.CancellationToken)).Message);
            Assert.Empty(Directory.EnumerateFiles(cache, "*", SearchOption.AllDirectories));
            Assert.True(Shell($"mount -o remount,size=1400k {disk}"));
            var error = Assert.Throws<OutputException>(
                () => DatasetImport.Import(
                    LiTS, _folder["raw"], cache, DatasetImportOptions.Default, 1, 1L << 30, null,
                    TestContext.Current.CancellationToken));
            Assert.Contains("No space left", error.Message);
            Assert.Empty(Directory.EnumerateFiles(disk, "*.tmp", SearchOption.AllDirectories));
            int stood = Directory.EnumerateFiles(Path.Combine(cache, "records")).Count();
            Assert.InRange(stood, 1, 5);
            Assert.True(Shell($"mount -o remount,size=20m {disk}"));
            var result = DatasetImport.Import(
                LiTS, _folder["raw"], cache, DatasetImportOptions.Default, 1, 1L << 30, null, TestContext.Current.CancellationToken);
            Assert.Equal((stood, 6 - stood, 0), (result.Kept, result.Made, result.Rejected));
            Import("whole", 1);
            Assert.Equal(SmallLiTS.Sums(_folder, "whole"), SmallLiTS.Sums(_folder, "disk/cache"));
        }
        finally
        {
            Shell($"umount {disk}");
        }
    }

    private DatasetImportResult Import(string cache, int threads, long memory = 1L << 30) =>
        DatasetImport.Import(
            LiTS, _folder["raw"], _folder[cache], DatasetImportOptions.Default, threads, memory, null,
            TestContext.Current.CancellationToken);

    private static bool Shell(string line)
    {
        string[] words = line.Split(' ');
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(words[0], words[1..]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private sealed class Stopping(int after, CancellationTokenSource stop) : IProgress<DatasetProgress>
    {
        public void Report(DatasetProgress value)
        {
            if (value.Done >= after)
                stop.Cancel();
        }
    }
}
