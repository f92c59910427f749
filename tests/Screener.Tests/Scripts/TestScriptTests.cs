using System.Diagnostics;

namespace Screener.Tests.Scripts;

/// <summary>Runs environment/test.sh against a made-up <c>dotnet</c>: what counts is the last line and the exit code.</summary>
public sealed class TestScriptTests
{
    private const string Report =
        """<assemblies><assembly name="a" errors="{0}" failed="{1}" not-run="3" passed="{2}" skipped="{3}" total="{4}">"""
        + """<collection failed="9" passed="9" skipped="9" total="9"/></assembly></assemblies>""";

    [Theory]
    [InlineData(0, 0, 12, 3, 0, 0, "12 passed, 0 failed, 3 skipped")]
    [InlineData(0, 2, 10, 0, 1, 1, "10 passed, 2 failed, 0 skipped")]
    [InlineData(1, 0, 10, 0, 1, 1, "10 passed, 1 failed, 0 skipped")]
    [InlineData(0, 1, 10, 0, 0, 1, "10 passed, 1 failed, 0 skipped")]
    [InlineData(0, 0, 0, 0, 0, 1, "0 passed, 0 failed, 0 skipped")]
    [InlineData(0, 0, 0, 5, 0, 1, "0 passed, 0 failed, 5 skipped")]
    public void TheLastLineCountsAndTheExitCodeFollows(
        int errors, int failed, int passed, int skipped, int runnerCode, int expectedCode, string lastLine)
    {
        string report = string.Format(Report, errors, failed, passed, skipped, passed + failed + skipped);
        Check($"echo running; printf '%s' '{report}' > \"$report\"; exit {runnerCode}", "exit 0", expectedCode, lastLine);
    }

    [Fact]
    public void ACrashOfTheRunnerIsAFailure() => Check("kill -SEGV $$", "exit 0", 139, "0 passed, 1 failed, 0 skipped");

    [Fact]
    public void ARunnerThatWritesNoReportIsNotASuccess() => Check("exit 0", "exit 0", 1, "0 passed, 0 failed, 0 skipped");

    [Fact]
    public void ABuildThatFailsIsNotASuccess() => Check("exit 0", "exit 7", 7, "0 passed, 0 failed, 0 skipped");

    [Fact]
    public void WithoutTheSdkTheScriptSaysWhatToInstall()
    {
        var (code, output, error) = Run(null);
        Assert.Equal((1, "0 passed, 0 failed, 0 skipped"), (code, output.TrimEnd('\n').Split('\n')[^1]));
        Assert.Contains("expected the .NET SDK 10.0", error);
    }

    [Fact]
    public void AnOlderSdkIsNamed()
    {
        var (code, _, error) = Run("""case $1 in --version) exit 1;; --list-sdks) echo "8.0.404 [/usr/share/dotnet/sdk]";; esac""");
        Assert.Equal(1, code);
        Assert.Contains("found SDK 8.0.404; expected 10.0.100 or newer", error);
    }

    [Fact]
    public void ADiskWithoutRoomIsSaidBeforeTheBuild()
    {
        var (code, output, error) = Run("echo 10.0.401", freeMegabytes: 1234);
        Assert.Equal((1, "0 passed, 0 failed, 0 skipped"), (code, output.TrimEnd('\n').Split('\n')[^1]));
        Assert.Contains("1234 MB of disk free; expected 3000 MB", error);
    }

    [Theory]
    [InlineData(0, "32 passed, 0 failed, 8 skipped")]
    [InlineData(1, "32 passed, 4 failed, 8 skipped")]
    public void WhatSeveralTestProgramsCountIsAddedUp(int failed, string lastLine)
    {
        string report = string.Format(Report, 0, failed, 8, 2, 10 + failed);
        string runner = $"printf '%s' '{report}' > \"$report\"; exit {failed}";
        Check(runner, "exit 0", failed, lastLine, others: ":");
    }

    [Fact]
    public void ALaterTestProgramThatCrashesIsAFailure()
    {
        string report = string.Format(Report, 0, 0, 8, 2, 10);
        Check($"printf '%s' '{report}' > \"$report\"", "exit 0", 139, "8 passed, 3 failed, 2 skipped", others: "kill -SEGV $$");
    }

    /// <param name="runner">What the first test program does.</param>
    /// <param name="build">What the build does.</param>
    /// <param name="expectedCode">The script's exit code.</param>
    /// <param name="lastLine">The script's last line.</param>
    /// <param name="others">What the other test programs do instead; by default they have no tests.</param>
    private static void Check(string runner, string build, int expectedCode, string lastLine, string others = "exit 0")
    {
        var (code, output, error) = Run(
            $$"""
            case $1 in
            --version) echo 10.0.401;;
            build) {{build}};;
            *.dll) case $1 in */Screener.Tests.dll) ;; *) {{others}};; esac
                while [ $# -gt 0 ]; do [ "$1" != -result-xml ] || report=$2; shift; done
                {{runner}};;
            *) echo "unexpected: $*" >&2; exit 99;;
            esac
            """);
        Assert.True(code == expectedCode, $"{code}: {output}{error}");
        Assert.Equal(lastLine, output.TrimEnd('\n').Split('\n')[^1]);
    }

    private static (int Code, string Output, string Error) Run(string? dotnet, int freeMegabytes = 9000)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/bin/bash"), "the scripts are for bash on Linux");
        string tools = Directory.CreateTempSubdirectory("screener-test-").FullName;
        try
        {
            // Neither apt nor the real dotnet may be found.
            foreach (string tool in (string[])["bash", "dirname", "id", "getent", "cut", "mktemp", "awk", "rm", "ls", "paste", "mkdir"])
            {
                string? real = ((string[])["/usr/bin", "/bin"]).Select(f => Path.Combine(f, tool)).FirstOrDefault(File.Exists);
                Assert.SkipWhen(real is null, $"{tool} is not here");
                File.CreateSymbolicLink(Path.Combine(tools, tool), real!);
            }

            Fake("dotnet", dotnet);
            Fake("df", $"echo Filesystem; echo disk 10000 1000 {freeMegabytes} 1% /");

            var start = new ProcessStartInfo("/bin/bash", [Path.Combine(RepositoryFolder.Find(), "environment", "test.sh")])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = "/",
            };
            start.Environment.Clear();
            start.Environment["PATH"] = tools;
            start.Environment["HOME"] = tools;
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.GetAwaiter().GetResult());
        }
        finally
        {
            Directory.Delete(tools, recursive: true);
        }

        void Fake(string tool, string? script)
        {
            if (script is null || OperatingSystem.IsWindows())
                return;
            string file = Path.Combine(tools, tool);
            File.WriteAllText(file, "#!/bin/bash\n" + script + "\n");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
