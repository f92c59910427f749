using System.Diagnostics;
using System.Security;
using Screener.Tests;

namespace Screener.Interactive.Tests.Packaging;

/// <summary>The packages, packed from the build's output into a feed of their own.</summary>
internal static class PackedScreener
{
    /// <summary>Packs them, and writes a nuget.config that finds them there and everything else where the user's packages are.</summary>
    /// <param name="feed">The feed's folder.</param>
    /// <param name="version">The packages' version.</param>
    /// <param name="configFile">The nuget.config to write.</param>
    internal static void Pack(string feed, string version, string configFile)
    {
        string configuration = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)))!;
        string[] projects = ["Screener", "Screener.Experiments", "Screener.Phantoms", "Screener.PyTorch", "Screener.Interactive"];
        foreach (string project in projects)
        {
            string file = Path.Combine(RepositoryFolder.Find(), "src", project, project + ".csproj");
            string[] command = ["dotnet", "pack", file, "-c", configuration, "--no-build", "-v", "q", "-nologo", $"-p:Version={version}"];
            Run(command, start => start.Environment["PackageOutputPath"] = feed);
        }

        string cache = Run("dotnet", "nuget", "locals", "global-packages", "--list").Split(':', 2)[1].Trim();
        File.WriteAllText(configFile, $"""
            <configuration>
              <packageSources><add key="feed" value="{SecurityElement.Escape(feed)}" /></packageSources>
              <fallbackPackageFolders><add key="cache" value="{SecurityElement.Escape(cache)}" /></fallbackPackageFolders>
            </configuration>
            """);
    }

    /// <summary>Runs a program that must succeed.</summary>
    /// <returns>What it printed.</returns>
    internal static string Run(params string[] command) => Run(command, _ => { });

    /// <summary>
    /// Runs a program that must succeed, in a folder or with variables: MSBuild drops quotes from a path that it is given.
    /// </summary>
    internal static string Run(string[] command, Action<ProcessStartInfo> prepare)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        prepare(start);

        // Build servers would hold the pipes open.
        foreach (var (name, value) in new[] { ("MSBUILDDISABLENODEREUSE", "1"), ("DOTNET_CLI_USE_MSBUILD_SERVER", "0"),
            ("UseSharedCompilation", "false"), ("DOTNET_NOLOGO", "1") })
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)}\n{output}\n{error.Result}");
        return output;
    }
}
