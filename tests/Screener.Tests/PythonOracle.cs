using System.Collections.Concurrent;
using System.Diagnostics;

namespace Screener.Tests;

/// <summary>
/// Another tool's answer: runs a script with the system's python3 (SCREENER_PYTHON, by default /usr/bin/python3). Tests are
/// skipped, saying so, where the interpreter or a module is missing.
/// </summary>
public static class PythonOracle
{
    private static readonly string Python = Environment.GetEnvironmentVariable("SCREENER_PYTHON") is { Length: > 0 } named
        ? named
        : "/usr/bin/python3";
    private static readonly ConcurrentDictionary<string, bool> Modules = new();

    /// <summary>Skips the running test unless every module can be imported.</summary>
    public static void Require(params string[] modules)
    {
        Assert.SkipUnless(File.Exists(Python), $"{Python} is not here");
        foreach (string module in modules)
            Assert.SkipUnless(
                Modules.GetOrAdd(module, m => Start("-c", [$"import {m}"]).ExitCode == 0), $"python module '{module}' is not here");
    }

    /// <summary>Runs a script and returns what it printed. A script that fails fails the test.</summary>
    /// <param name="modules">The modules the script imports; the test is skipped if one is missing.</param>
    /// <param name="script">The program.</param>
    /// <param name="arguments">Its <c>sys.argv[1:]</c>.</param>
    public static string Run(string[] modules, string script, params string[] arguments)
    {
        Require(modules);
        var (code, output, error) = Start("-c", [script, .. arguments]);
        Assert.True(code == 0, $"the oracle failed: {error}");
        return output;
    }

    private static (int ExitCode, string Output, string Error) Start(string option, string[] arguments)
    {
        var start = new ProcessStartInfo(Python, [option, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{Python} did not start");
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
