using System.Runtime.InteropServices;

namespace Screener.Cli;

/// <summary>The command <c>screener</c>.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        using var stop = new CancellationTokenSource();

        // The first Ctrl-C asks; a second one ends the process as usual.
        void OnSignal(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        return await RunAsync(args, Terminal.OfProcess(), stop.Token);
    }

    /// <summary>Runs one command line.</summary>
    /// <returns>0 done, 1 failed or stopped, 2 wrong usage.</returns>
    internal static Task<int> RunAsync(IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellation = default)
    {
        Phantoms.PhantomSource.Register();
        return new ScreenerCommand(terminal).RunAsync(args, cancellation);
    }
}
