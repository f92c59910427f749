using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Screener.Kernel.Client;
using Screener.Storage;

namespace Screener.Cli;

/// <summary>Runs a command line of this program in a process of its own, whose memory is its own, too.</summary>
internal static partial class StageProcess
{
    private const int TerminationSignal = 15;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs it to its end.</summary>
    /// <param name="name">What to call it if it fails.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="output">The file that gets what it prints; null for none.</param>
    /// <param name="cancellation">Asks it to stop, and waits until it has.</param>
    /// <returns>How long it took, and the most memory that it had.</returns>
    /// <exception cref="StageFailedException">It failed.</exception>
    internal static (double Seconds, long PeakMemoryBytes) Run(
        string name, IReadOnlyList<string> arguments, string? output, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var clock = Stopwatch.StartNew();
        string[] program = [typeof(StageProcess).Assembly.Location, .. arguments];
        using var process = Process.Start(new ProcessStartInfo(DotnetHost.FullPath, program) { RedirectStandardOutput = true })
            ?? throw new StageFailedException(name, "it did not start", "the dotnet host", "Check the installation.");
        var printed = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        long peak = 0;
        bool isTold = false;
        do
        {
            peak = Math.Max(peak, PeakMemory(process));
            if (isTold || !cancellation.IsCancellationRequested)
                continue;
            isTold = true;
            Stop(process);
        }
        while (!process.WaitForExit(Look));

        cancellation.ThrowIfCancellationRequested();
        if (process.ExitCode != 0)
            throw new StageFailedException(
                name, FormattableString.Invariant($"failed after {clock.Elapsed.TotalSeconds:0} s"), "a stage that succeeds",
                "Do what its error says, and start again: it goes on from here.");
        if (output is not null)
            AtomicFile.WriteText(output, printed.GetAwaiter().GetResult());
        return (clock.Elapsed.TotalSeconds, peak);
    }

    private static long PeakMemory(Process process)
    {
        try
        {
            process.Refresh();
            return process.PeakWorkingSet64;
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            return 0; // It has just ended.
        }
    }

    // Windows knows no such signal: a stage then goes on from its last checkpoint.
    private static void Stop(Process process)
    {
        if (OperatingSystem.IsWindows())
            process.Kill();
        else
            _ = Kill(process.Id, TerminationSignal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
