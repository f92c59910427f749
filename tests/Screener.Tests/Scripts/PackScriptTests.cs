using System.Diagnostics;

namespace Screener.Tests.Scripts;

/// <summary>
/// Runs environment/pack.sh, in a folder of its own and with a made-up <c>dotnet</c>: what counts is where packages may come from.
/// </summary>
public sealed class PackScriptTests
{
    private const string Nuget = "  1.  nuget.org [Enabled]\n      https://api.nuget.org/v3/index.json\n";

    [Fact]
    public void WhereTheOnlySourceIsNugetOrgTheCommittedFileIsWritten() =>
        Assert.Equal(
            File.ReadAllText(Path.Combine(RepositoryFolder.Find(), "notebooks", "nuget.config")), ConfigFor(Nuget, "packageSources:"));

    [Fact]
    public void SourcesOfOtherNamesKeepEverythingButScreener()
    {
        string config = ConfigFor(
            "Registered Sources:\n  1.  corp & \"co\" [Enabled]\n      /tmp/x\n  2.  screener [Enabled]\n      /tmp/y\n  3.  old [1] "
            + "[Disabled]\n      /z\n", "");
        var sources = System.Xml.Linq.XDocument.Parse(config).Descendants("packageSource")
            .Select(s => (s.Attribute("key")!.Value, s.Element("package")!.Attribute("pattern")!.Value));
        Assert.Equal([("screener", "Screener*"), ("corp & \"co\"", "*"), ("old [1]", "*")], sources);
    }

    [Fact]
    public void WhatSomebodyHasMappedStaysAsItIs() =>
        Assert.DoesNotContain(
            "pattern=\"*\"", ConfigFor(Nuget, "packageSourceMapping:\n\tpackageSource key=\"nuget.org\""), StringComparison.Ordinal);

    [Fact]
    public void WhatTheEngineOnceFoundBehindThisVersionIsForgotten()
    {
        using var folder = new TemporaryFolder();
        string remembered = folder[".packagemanagement/nuget/Cache"];
        Directory.CreateDirectory(remembered);
        foreach (var (name, package) in (ReadOnlySpan<(string, string)>)
            [("this", "Screener.Interactive,0.1.0,/x,"), ("older", "Screener.Interactive,0.0.9,/x,"), ("other", "Plotly.NET,0.1.0,/x,")])
        {
            File.WriteAllText(Path.Combine(remembered, name + ".csx"), "");
            File.WriteAllText(Path.Combine(remembered, name + ".resolvedReferences.paths"), $"DynamicObj,8.0.0,/y\n{package}\n");
        }

        Pack(folder, Nuget, "");
        Assert.Equal(
            ["older.csx", "older.resolvedReferences.paths", "other.csx", "other.resolvedReferences.paths"],
            Directory.GetFiles(remembered).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static string ConfigFor(string sources, string settings)
    {
        using var folder = new TemporaryFolder();
        Pack(folder, sources, settings);
        return File.ReadAllText(folder["notebooks/nuget.config"]);
    }

    private static void Pack(TemporaryFolder folder, string sources, string settings)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/bin/bash"), "the scripts are for bash on Linux");
        foreach (string name in (string[])["environment", "notebooks", "tools"])
            Directory.CreateDirectory(folder[name]);
        foreach (string script in (string[])["setup.sh", "pack.sh"])
            File.Copy(Path.Combine(RepositoryFolder.Find(), "environment", script), folder[$"environment/{script}"]);
        File.WriteAllText(folder["sources"], sources);
        File.WriteAllText(folder["settings"], settings);
        File.WriteAllText(folder["tools/dotnet"], """
            #!/bin/bash
            case "$*" in
            --version) echo 10.0.401;;
            "msbuild "*) echo 0.1.0;;
            "pack "*|"restore artifacts/restore/"*) ;;
            "nuget locals "*) echo "global-packages: $HOME/cache/";;
            "nuget list source") cat sources;;
            "nuget config get all") cat settings;;
            *) echo "unexpected: $*" >&2; exit 99;;
            esac
            """);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder["tools/dotnet"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var start = new ProcessStartInfo("/bin/bash", [folder["environment/pack.sh"]]) { RedirectStandardError = true };
        start.Environment["PATH"] = $"{folder["tools"]}:/usr/bin:/bin";
        start.Environment["HOME"] = folder.FullName;
        using var process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
    }
}
