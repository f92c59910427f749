using System.Diagnostics;
using System.Text.Json;

namespace Screener.Tests.Scripts;

/// <summary>What is restored is locked for the build that has lock files, and for no other.</summary>
public sealed class LockFileTests
{
    private static readonly string Root = RepositoryFolder.Find();

    [Fact]
    public void EveryProjectHasALockFile()
    {
        string[] projects = [.. ((string[])["src", "tests"]).SelectMany(f => Directory.GetDirectories(Path.Combine(Root, f)))];
        Assert.All(
            projects, p => Assert.Equal(Directory.GetFiles(p, "*.csproj").Length, Directory.GetFiles(p, "packages.lock.json").Length));
    }

    [Theory]
    [InlineData("cpu", "true", "")]
    [InlineData("cuda-linux", "", "obj/packages.lock.json")]
    public void RestoreIsLockedForTheCpuAlone(string backend, string locked, string file)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the lock files are those of the build on Linux");
        string project = Path.Combine(Root, "src", "Screener", "Screener.csproj");
        string[] names = ["RestorePackagesWithLockFile", "RestoreLockedMode", "NuGetLockFilePath"];
        var start = new ProcessStartInfo(
            "dotnet", ["msbuild", project, $"-p:TorchBackend={backend}", $"-getProperty:{string.Join(',', names)}", "-nologo"])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var properties = JsonDocument.Parse(process.StandardOutput.ReadToEnd()).RootElement.GetProperty("Properties");
        Assert.Equal([locked, locked, file], names.Select(n => properties.GetProperty(n).GetString()!));
    }
}
