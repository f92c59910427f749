using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Screener.Benchmarks;

/// <summary>A script of Peers/ as one long-lived process, so that its start and its imports are not counted.</summary>
internal sealed class PythonPeer : IDisposable
{
    private static readonly string Python = Environment.GetEnvironmentVariable("SCREENER_PYTHON") is { Length: > 0 } named
        ? named
        : "/usr/bin/python3";
    private readonly Process _process;

    private PythonPeer(Process process) => _process = process;

    /// <summary>Starts a peer, or says what is missing.</summary>
    /// <param name="script">The file in Peers/.</param>
    /// <param name="packages">Modules that the script imports and the Debian packages that hold them.</param>
    /// <param name="threads">Threads of its numeric libraries.</param>
    /// <param name="missing">What to install, if the result is null.</param>
    /// <param name="arguments">Its arguments.</param>
    internal static PythonPeer? Start(
        string script, IReadOnlyList<(string Module, string Package)> packages, int threads, out string missing, params string[] arguments)
    {
        missing = "";
        if (!File.Exists(Python))
        {
            missing = $"peer missing: no {Python}; apt-get install python3 {string.Join(' ', packages.Select(p => p.Package))}";
            return null;
        }

        var absent = packages.Where(p => !Imports(p.Module)).Select(p => p.Package).ToList();
        if (absent.Count > 0)
        {
            missing = $"peer missing: apt-get install {string.Join(' ', absent)}";
            return null;
        }

        var start = new ProcessStartInfo(Python, [Path.Combine(AppContext.BaseDirectory, "Peers", script), .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        foreach (string variable in new[] { "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS" })
            start.Environment[variable] = threads.ToString(CultureInfo.InvariantCulture);
        start.Environment[BenchmarkClock.Variable] = BenchmarkClock.IsProcessor ? "processor" : "wall";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        return new PythonPeer(Process.Start(start) ?? throw new InvalidOperationException($"{Python} did not start"));
    }

    /// <summary>Has the peer carry out a command and returns what it answered, "seconds" among it.</summary>
    internal JsonElement Ask(string command)
    {
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
        string line = _process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException($"The peer ended at '{command}'; its own message stands above.");
        using var document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }

    /// <summary>The seconds that a command took the peer.</summary>
    internal double Time(string command) => Ask(command).GetProperty("seconds").GetDouble();

    /// <summary>The versions of the peer's libraries.</summary>
    internal string Version => Ask("version").GetProperty("version").GetString()!;

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static bool Imports(string module)
    {
        var start = new ProcessStartInfo(
            Python, ["-c", $"import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}') is None)"]);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{Python} did not start");
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
