using Screener.Imaging;
using Screener.Storage;

namespace Screener.Tests.Storage;

public sealed class RealPathTests
{
    [Fact]
    public void ItIsWhatPythonFinds()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights there");
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["a/b"]);
        File.WriteAllText(folder["a/b/file"], "x");
        File.CreateSymbolicLink(folder["a/up"], "../a/b/file");
        File.CreateSymbolicLink(folder["far"], folder["a/up"]);
        Directory.CreateSymbolicLink(folder["short"], "a/b");
        Directory.CreateSymbolicLink(folder["a/b/back"], "../..");
        File.CreateSymbolicLink(folder["dangling"], "nowhere/at/all");
        string[] paths =
        [
            "a/b/file", "a/./b/../b/file", "a/up", "far", "short/file", "short/back/far", "short/../b/file", "dangling", "short/new/file",
                "absent/../a", "/", "/dev/stdin/..",
        ];
        string[] full = [.. paths.Select(p => folder[p])];
        string[] expected = PythonOracle.Run([], "import os, sys\nfor p in sys.argv[1:]: print(os.path.realpath(os.path.abspath(p)))", full)
            .TrimEnd('\n').Split('\n');
        Assert.Equal(expected, full.Select(RealPath.Of));
    }

    [Fact]
    public void ACircleOfLinksIsAnError()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights there");
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder["a"], "b");
        File.CreateSymbolicLink(folder["b"], "a");
        Assert.Throws<IOException>(() => RealPath.Of(folder["a"]));
    }
}
