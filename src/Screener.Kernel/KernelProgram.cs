using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetMQ;
using Screener.Kernel.Language;
using Screener.Kernel.Protocol;
using Screener.Kernel.Server;

namespace Screener.Kernel;

/// <summary>The process that a front end starts: <c>Screener.Kernel.dll CONNECTION-FILE [OPTION VALUE]...</c></summary>
internal static class KernelProgram
{
    /// <summary>Exit codes: ended as asked; failed; wrong usage; an address cannot be listened on.</summary>
    internal const int Ended = 0, Failed = 1, WrongUsage = 2, PortTaken = 3;

    private const string Usage = "usage: Screener.Kernel.dll CONNECTION-FILE [--text-bytes N] [--output-bytes N] [--values N]";

    /// <summary>Serves one kernel until it is asked to end or its parent is gone.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="language">Makes what runs cells, once the connection is known to be good.</param>
    /// <param name="error">The process's own standard error; never fails.</param>
    internal static async Task<int> RunAsync(IReadOnlyList<string> args, Func<ILogger, ICellLanguage> language, TextWriter error)
    {
        var log = new StandardErrorLog(error, LogLevel.Warning);
        if (Read(args) is not var (file, options))
        {
            error.WriteLine(Usage);
            return WrongUsage;
        }

        ConnectionFile connection;
        try
        {
            connection = ConnectionFile.Read(file);
        }
        catch (ProtocolException e)
        {
            error.WriteLine($"error: {e.Message}");
            return Failed;
        }

        // What goes wrong on a cell's own thread would otherwise end the process and with it everybody's variables.
        ExceptionHandling.SetUnhandledExceptionHandler(e =>
        {
            Console.Error.WriteLine($"Unhandled on a thread of its own: {e}");
            log.LogError(e, "A thread of a cell ended with an exception.");
            return true;
        });
        TaskScheduler.UnobservedTaskException += (_, e) =>
        {
            log.LogWarning(e.Exception, "A task failed and nobody asked for its result.");
            e.SetObserved();
        };

        var cells = language(log);
        try
        {
            await using var server = new KernelServer(connection, cells, options, log);
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
            {
                signal.Cancel = true;
                server.Interrupt();
            });
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
            {
                signal.Cancel = true;
                server.Shutdown();
            });
            using var stop = new CancellationTokenSource();
            var orphaned = ParentWatch.EndAsync(Environment.GetEnvironmentVariable(ParentWatch.Variable), stop.Token);
            if (await Task.WhenAny(server.Completion, orphaned).ConfigureAwait(false) == orphaned)
                Forget(file, error);
            await stop.CancelAsync().ConfigureAwait(false);
        }
        catch (NetMQException e)
        {
            error.WriteLine($"error: {file}: its addresses cannot be listened on ({e.Message})");
            return PortTaken;
        }

        // Sends what the closed sockets still hold.
        NetMQConfig.Cleanup(block: true);
        await Task.WhenAny(cells.DisposeAsync().AsTask(), Task.Delay(TimeSpan.FromSeconds(3))).ConfigureAwait(false);
        return Ended;
    }

    // Nobody else is left to remove the file, which holds the key.
    private static void Forget(string file, TextWriter error)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"error: {file}: it cannot be removed ({e.Message})");
        }

        error.WriteLine($"The process that started this kernel ({ParentWatch.Variable}) is gone: it ends.");
    }

    private static (string File, KernelOptions Options)? Read(IReadOnlyList<string> args)
    {
        if (args.Count % 2 == 0)
            return null;
        var options = new KernelOptions();
        for (int i = 1; i < args.Count; i += 2)
        {
            if (!int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out int value) || value == 0)
                return null;
            var output = args[i] switch
            {
                "--text-bytes" => options.Output with { TextBytes = value },
                "--output-bytes" => options.Output with { Bytes = value },
                "--values" => options.Output with { Messages = value },
                _ => null,
            };
            if (output is null)
                return null;
            options = options with { Output = output };
        }

        return (args[0], options);
    }
}
