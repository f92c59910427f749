using Screener.Errors;
using Screener.Storage;

namespace Screener.Tests.Storage;

public sealed class HeldFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatAKilledProcessLeftIsRemovedAndWhatIsHeldStays()
    {
        // As a killed process leaves it: its lock is there, and nobody holds it. The other folder is nobody's.
        Leave("slices-dead/1.dcm");
        Leave("slices-dead.lock");
        Leave("slices-other/1.dcm");
        using (var held = HeldFolder.Make(_folder.FullName, "slices-"))
        {
            Leave(Path.Combine(held.FullName, "2.dcm"));
            using var second = HeldFolder.Make(_folder.FullName, "slices-");
            Assert.NotEqual(held.FullName, second.FullName);
            Assert.True(File.Exists(Path.Combine(held.FullName, "2.dcm")));
            Assert.False(Path.Exists(_folder["slices-dead"]) || Path.Exists(_folder["slices-dead.lock"]));
        }

        Assert.Equal([_folder["slices-other"]], Directory.GetFileSystemEntries(_folder.FullName));

        void Leave(string name)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
            File.WriteAllText(_folder[name], "");
        }
    }

    [Fact]
    public void WhereNoneCanBeMadeIsNamed()
    {
        string message = Assert.Throws<OutputException>(() => HeldFolder.Make(_folder["absent"], "slices-")).Message;
        Assert.StartsWith(_folder["absent"] + ": no folder can be made there", message);
        Assert.False(Path.Exists(_folder["absent"]));
    }
}
