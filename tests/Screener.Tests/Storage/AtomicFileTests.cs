using Screener.Errors;
using Screener.Imaging;
using Screener.Storage;

namespace Screener.Tests.Storage;

public sealed class AtomicFileTests
{
    [Fact]
    public void ReplacesTheOldFileAndLeavesNothingElse()
    {
        using var folder = new TemporaryFolder();
        string path = folder["new/a.txt"];
        AtomicFile.WriteText(path, "old");
        AtomicFile.Write(path, stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder["new"]));
    }

    [Fact]
    public void AFailureKeepsTheOldFileAndRemovesTheTemporaryOne()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.WriteText(folder["a"], "old");
        Assert.Throws<DivideByZeroException>(() => AtomicFile.Write(folder["a"], stream =>
        {
            stream.WriteByte(1);
            throw new DivideByZeroException();
        }));
        Assert.Equal("old", File.ReadAllText(folder["a"]));
        Assert.Single(Directory.GetFileSystemEntries(folder.FullName));
    }

    [Fact]
    public void DuringTheWritingTheOldFileStands()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.WriteText(folder["a"], "old");
        AtomicFile.Write(folder["a"], stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(folder["a"]));
        });
        Assert.Equal("new", File.ReadAllText(folder["a"]));
    }

    [Fact]
    public void PlacesThatCannotBeWrittenAreNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("folder", Assert.Throws<OutputException>(() => AtomicFile.WriteText(folder.FullName, "x")).Message);
        AtomicFile.WriteText(folder["file"], "x");
        Assert.Throws<OutputException>(() => AtomicFile.WriteText(folder["file/below"], "x"));
        Assert.Throws<OutputException>(() => AtomicFile.WriteText("/", "x"));
        foreach (string place in (string[])[folder.FullName, folder["file/below"], "/", "/proc/x"])
            Assert.Throws<OutputException>(() => AtomicFile.RequireWritable(place));
    }

    [Fact]
    public void FindingOutLeavesFilesAlone()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.WriteText(folder["new/a"], "old");
        AtomicFile.RequireWritable(folder["new/a"]);
        AtomicFile.RequireWritable(folder["new/b"]);
        Assert.Equal("old", File.ReadAllText(folder["new/a"]));
        Assert.Single(Directory.GetFileSystemEntries(folder["new"]));
    }

    [Fact]
    public void ALinkStaysAndPermissionsAreKept()
    {
        if (OperatingSystem.IsWindows())
            return; // Links need rights there, and there are no modes.
        using var folder = new TemporaryFolder();
        AtomicFile.WriteText(folder["there/report.html"], "old");
        File.SetUnixFileMode(folder["there/report.html"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.CreateSymbolicLink(folder["way"], "there");
        File.CreateSymbolicLink(folder["link.html"], "way/report.html");
        AtomicFile.WriteText(folder["link.html"], "new");
        Assert.Equal("way/report.html", new FileInfo(folder["link.html"]).LinkTarget);
        Assert.Equal("new", File.ReadAllText(folder["there/report.html"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["there/report.html"]));
        File.CreateSymbolicLink(folder["dangling"], "there/later");
        AtomicFile.WriteText(folder["dangling"], "made");
        Assert.Equal("made", File.ReadAllText(folder["there/later"]));
        Assert.Equal(4, Directory.GetFileSystemEntries(folder.FullName).Length);
    }

    [Fact]
    public void DevicesPipesAndStreamsAreRefusedAndStayWhatTheyAre()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "other devices there");
        using var folder = new TemporaryFolder();
        using (var make = System.Diagnostics.Process.Start("mkfifo", folder["pipe"]))
            make.WaitForExit();
        File.CreateSymbolicLink(folder["null"], "/dev/null");
        foreach (var (place, mention) in (
            (string, string)[])[("/dev/null", "device"), (folder["null"], "device"), (folder["pipe"], "named pipe"),
            ("/dev/stdout", "it is|stands for a stream"), ("/dev/fd/1", "it is|stands for a stream")])
        {
            string? before = InputFile.SpecialKind(place);
            Assert.Matches(mention, Assert.Throws<OutputException>(() => AtomicFile.WriteText(place, "x")).Message);
            Assert.Matches(mention, Assert.Throws<OutputException>(() => AtomicFile.RequireWritable(place)).Message);
            Assert.Equal(before, InputFile.SpecialKind(place));
        }

        Assert.Empty(Directory.EnumerateFiles("/dev", ".null.*"));
    }

    [Fact]
    public void WhatAKillLeftBehindIsRemovedAtTheNextStartAndWhatIsBeingWrittenIsNot()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[".map.nii.gz.0123abcd.tmp"], "left");
        File.WriteAllText(folder[".other.12345678.tmp"], "left");
        File.WriteAllText(folder[".vimrc.tmp"], "somebody's");
        AtomicFile.Write(folder["long"], stream =>
        {
            stream.WriteByte(1);
            AtomicFile.RequireWritable(folder["map.nii.gz"]);
            Assert.Single(Directory.GetFiles(folder.FullName, ".long.*.tmp"));
        });
        Assert.Equal([".vimrc.tmp", "long"], Directory.GetFiles(folder.FullName).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void AFullDiskIsForeseen()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.RequireWritable(folder["a"], 1);
        AtomicFile.RequireRoom(folder["not/yet/there"], 1);
        foreach (Action ask in (
            Action[])[() => AtomicFile.RequireWritable(folder["a"], 1L << 60),
            () => AtomicFile.RequireRoom(folder["not/yet/there"], 1L << 60)])
            Assert.Contains("1152921504.61 GB for what is going to be written", Assert.Throws<OutputException>(ask).Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullName));
    }
}
