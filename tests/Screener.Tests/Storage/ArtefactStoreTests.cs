using Screener.Errors;
using Screener.Storage;

namespace Screener.Tests.Storage;

public sealed class ArtefactStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _made;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatIsThereIsKeptAndWhatItTookIsKnown()
    {
        Volumes();
        Assert.False(Make().IsKept);
        var (artefact, isKept) = Make();
        Assert.True(isKept);
        Assert.Equal((1, 2.5, 3L), (_made, artefact.Seconds, artefact.PeakMemoryBytes));
    }

    [Theory]
    [InlineData("volumes/2")]
    [InlineData("volumes/deeper/4")]
    [InlineData("options.json")]
    public void AnyFileThatIsAnotherMakesItAnew(string changed)
    {
        Volumes();
        Make();
        var written = File.GetLastWriteTimeUtc(_folder[changed]);
        File.WriteAllText(_folder[changed], "other");
        File.SetLastWriteTimeUtc(_folder[changed], written);
        Assert.False(Make().IsKept);
        Assert.Equal("", File.ReadAllText(_folder["out"]));
    }

    [Fact]
    public void AnotherRecipeAnotherNameAndAMissingFileMakeItAnew()
    {
        Volumes();
        Make();
        Assert.False(Make(recipe: "steps 20").IsKept);
        File.Move(_folder["volumes/1"], _folder["volumes/9"]);
        Assert.False(Make(recipe: "steps 20").IsKept);
        File.Delete(_folder["volumes/9"]);
        Assert.False(Make(recipe: "steps 20").IsKept);
        Assert.True(Make(recipe: "steps 20").IsKept);
    }

    [Fact]
    public void WhatWasMadeIsMadeAnewIfItIsGoneOrChanged()
    {
        Volumes();
        Make();
        File.Delete(_folder["out"]);
        Assert.False(Make().IsKept);
        File.WriteAllText(_folder["out"], "changed by hand");
        Assert.False(Make().IsKept);
        Assert.Equal("", File.ReadAllText(_folder["out"]));
    }

    [Fact]
    public void HalfOfTheSameIsGoneOnWithAndHalfOfAnotherIsNot()
    {
        Volumes();
        Assert.Throws<OperationCanceledException>(() => Make(fails: true));
        Assert.False(Make().IsKept);
        Assert.Equal("half", File.ReadAllText(_folder["out"]));

        File.Delete(_folder["stages/fit.json"]);
        File.Delete(_folder["out"]);
        Assert.Throws<OperationCanceledException>(() => Make(fails: true));
        Assert.False(Make(recipe: "steps 20").IsKept);
        Assert.Equal("", File.ReadAllText(_folder["out"]));
    }

    [Fact]
    public void AllOfItMayBeMoved()
    {
        Volumes("here");
        Make(root: "here");
        Directory.Move(_folder["here"], _folder["there"]);
        Assert.True(Make(root: "there").IsKept);
        File.Move(_folder["there/volumes/deeper/4"], _folder["there/volumes/4"]);
        Assert.False(Make(root: "there").IsKept);
    }

    [Fact]
    public void ADamagedRecordMakesItAnew()
    {
        Volumes();
        Make();
        File.WriteAllText(_folder["stages/fit.json"], "{");
        Assert.False(Make().IsKept);
        Assert.True(Make().IsKept);
    }

    [Theory]
    [InlineData("out")]
    [InlineData("out/mine")]
    public void WhatNoRecordTellsOfIsNotRemoved(string mine)
    {
        Volumes();
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[mine])!);
        File.WriteAllText(_folder[mine], "mine");
        string message = Assert.Throws<OutputException>(() => Make()).Message;
        Assert.StartsWith(_folder["out"] + ": it is there, and no record", message);
        Assert.Equal(("mine", 0), (File.ReadAllText(_folder[mine]), _made));
        Assert.False(File.Exists(_folder["stages/fit.json"]));
    }

    private void Volumes(string root = "")
    {
        Directory.CreateDirectory(_folder[Path.Combine(root, "volumes/deeper")]);
        foreach (string name in new[] { "volumes/1", "volumes/2", "volumes/3", "volumes/deeper/4", "options.json" })
            File.WriteAllText(_folder[Path.Combine(root, name)], "12345");
    }

    // What is made is what was there of it before: nothing, or half.
    private (Artefact Artefact, bool IsKept) Make(string recipe = "steps 10", bool fails = false, string root = "")
    {
        string In(string name) => _folder[Path.Combine(root, name)];
        return new ArtefactStore(In("stages")).Make("fit", recipe, [In("volumes"), In("options.json")], [In("out")], () =>
        {
            _made++;
            if (fails)
            {
                File.WriteAllText(In("out"), "half");
                throw new OperationCanceledException();
            }

            if (!File.Exists(In("out")))
                File.WriteAllText(In("out"), "");
            return (2.5, 3);
        }, TestContext.Current.CancellationToken);
    }
}
