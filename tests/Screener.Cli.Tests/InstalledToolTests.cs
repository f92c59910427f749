using System.Diagnostics;
using Screener.Tests;

namespace Screener.Cli.Tests;

/// <summary>The command line as a .NET tool: packed into a feed, installed from it into a home that holds nothing.</summary>
public sealed class InstalledToolTests
{
    [Fact]
    [Trait("Category", "Long")]
    public async Task ThePackedCommandLineInstallsFromAFeedAndScreens()
    {
        using var folder = new TemporaryFolder();
        string project = Path.Combine(RepositoryFolder.Find(), "src", "Screener.Cli", "Screener.Cli.csproj");
        string feed = folder["feed"], tools = folder["tools"], tool = Path.Combine(tools, "screener");
        await Run("dotnet", "pack", project, "-c", "Release", "--no-build", "-v", "q", "-nologo", "-o", feed);
        File.WriteAllText(
            folder["nuget.config"],
            $"""<configuration><packageSources><clear /><add key="feed" value="{feed}" /></packageSources></configuration>""");
        await Run("dotnet", "tool", "install", "Screener.Cli", "--tool-path", tools, "--configfile", folder["nuget.config"]);

        Assert.Matches(@"^screener 0\.[0-9.]+\+[0-9a-f]{40}, libtorch 2\.[0-9.]+, TorchSharp ", await Run(tool, "--version"));
        await Run(tool, "phantom", "--out", folder["ph"], "--cohort", "lung-nodules", "--cases", "1", "--quiet");
        string ct = folder["ph/lung-nodules/case_000/ct.nii.gz"];
        await Run(tool, "screen", ct, "--out", folder["map.nii.gz"], "--quiet");
        Assert.True(File.Exists(folder["map.nii.gz"]));

        async Task<string> Run(params string[] command)
        {
            var start = new ProcessStartInfo(command[0], command[1..])
            {
                RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder.FullName,
            };
            foreach (var (name, value) in new[] { ("MSBUILDDISABLENODEREUSE", "1"), ("DOTNET_CLI_USE_MSBUILD_SERVER", "0"),
                ("DOTNET_NOLOGO", "1"), ("DOTNET_CLI_HOME", folder["home"]) })
                start.Environment[name] = value;
            if (command[1] == "tool")
                start.Environment["NUGET_PACKAGES"] = folder["packages"];
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)}\n{output}\n{await error}");
            return output;
        }
    }
}
