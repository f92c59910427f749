using Screener.Errors;
using Screener.Imaging;

namespace Screener.Tests.Imaging;

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
}
