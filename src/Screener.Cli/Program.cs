using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Screener.Cli;

/// <summary>The command <c>screener</c>.</summary>
internal static class Program
{
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(500);

    private static async Task<int> Main(string[] args)
    {
        using var stop = new CancellationTokenSource();
        long asked = 0;

        // The first Ctrl-C asks; a second one ends the process as usual. One at almost the same time is the same: a terminal tells all
        // processes, and one that runs others tells them, too.
        void OnSignal(PosixSignalContext signal)
        {
            long before = Interlocked.CompareExchange(ref asked, Stopwatch.GetTimestamp(), 0);
            signal.Cancel = before == 0 || Stopwatch.GetElapsedTime(before) < Together;
            stop.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        return await RunAsync(args, Terminal.OfProcess(), stop.Token);
    }

    /// <summary>Runs one command line.</summary>
    /// <returns>0 done, 1 failed or stopped, 2 wrong usage, 3 done but for inputs that were refused.</returns>
    internal static Task<int> RunAsync(IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellation = default)
    {
        Phantoms.PhantomSource.Register();
        return new ScreenerCommand(terminal).RunAsync(args, cancellation);
    }
}
