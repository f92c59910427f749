using System.Diagnostics;

namespace Screener.Cli.Tests;

/// <summary>Standard streams on a full disk, and a TMPDIR that is not there: an exit code and at most a line, no abort.</summary>
public sealed class FullStreamsTests
{
    [Theory]
    [InlineData("data list >/dev/full", 1, "standard output: it cannot be written")]
    [InlineData("data list --json >/dev/full", 1, "standard output: it cannot be written")]
    [InlineData("--help >/dev/full", 1, "standard output: it cannot be written")]
    [InlineData("info absent.nii --json >/dev/full", 1, "absent.nii")]
    [InlineData("data list >&-", 1, "standard output: it cannot be written")]
    [InlineData("data list 2>/dev/full", 0, "")]
    [InlineData("data list 2>&-", 0, "")]
    [InlineData("info absent.nii 2>/dev/full", 1, "")]
    [InlineData("data list >/dev/full 2>&1", 1, "")]
    public async Task AFullStreamIsAnExitCode(string command, int code, string mention)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "no /dev/full here");
        var (exit, _, error) = await ShellAsync(command);
        Assert.Equal(code, exit);
        Assert.Contains(mention, error);
        Assert.DoesNotContain("Unhandled", error);
        Assert.All(error.Split('\n', StringSplitOptions.RemoveEmptyEntries), l => Assert.StartsWith("error: ", l));
    }

    [Fact]
    public async Task AMissingTemporaryFolderIsNamed()
    {
        using var folder = new TemporaryFolder();
        var (exit, _, error) = await ShellAsync(
            $"evaluate --data {Quoted(folder.FullName)} --out {Quoted(folder["r.json"])}", "/no/such/folder");
        Assert.Equal(1, exit);
        Assert.Contains("error: /no/such/folder", error);
        File.WriteAllText(folder["a.ipynb"], """{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}""");
        foreach (string command in (string[])[
            $"notebook run {Quoted(folder["a.ipynb"])} --out {Quoted(folder["out"])}", "kernel start"])
            Assert.StartsWith("error: /no/such/folder", (await ShellAsync(command, "/no/such/folder")).Error);
        Assert.Equal(0, (await ShellAsync("data list", "/no/such/folder")).Exit);
    }

    [Fact]
    public async Task AFolderThatMayNotBeSearchedIsSaid()
    {
        // Root may search everything; without these two capabilities it may not.
        string prefix = "setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search ";
        if (Environment.UserName != "root")
            prefix = "";
        else
            Assert.SkipUnless((await ShellAsync("", null, prefix + "true #")).Exit == 0, "setpriv is not here, or may not do this");
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["shut/sub"]);
        File.WriteAllText(folder["shut/sub/ct.nii"], "x");
        try
        {
            foreach (string mode in (string[])["600", "300"])
            {
                Assert.Equal(0, (await ShellAsync("", null, $"chmod {mode} {Quoted(folder["shut"])} #")).Exit);
                foreach (string command in (string[])[
                    "info F/shut", "info F/shut/sub/ct.nii", "screen F/shut --out F/m.nii", "prepare F/shut --out F/p",
                    "import lits F/shut --out F/c", "data check lidc-idri F/shut", "report F/shut/r.json --out F/r.html"])
                {
                    if (mode == "300" && command.Contains("shut/", StringComparison.Ordinal))
                        continue; // That way leads through.
                    var (exit, _, error) = await ShellAsync(
                        command.Replace("F/", Quoted(folder.FullName) + "/", StringComparison.Ordinal), null, prefix);
                    Assert.Equal(1, exit);
                    Assert.StartsWith($"error: {folder["shut"]}", error);
                    Assert.Matches("(denied|may not be searched)[^\n]*\n$", error);
                }
            }
        }
        finally
        {
            await ShellAsync("", null, $"chmod 700 {Quoted(folder["shut"])} #");
        }
    }

    private static string Quoted(string path) => $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static async Task<(int Exit, string Output, string Error)> ShellAsync(
        string command, string? temporary = null, string prefix = "")
    {
        var start = new ProcessStartInfo(
            "bash", ["-c", $"{prefix}dotnet {Quoted(typeof(Program).Assembly.Location)} {command}"]) { RedirectStandardOutput = true,
            RedirectStandardError = true };
        if (temporary is not null)
            start.Environment["TMPDIR"] = temporary;
        using var process = Process.Start(start)!;
        var (output, error) = (
            process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
