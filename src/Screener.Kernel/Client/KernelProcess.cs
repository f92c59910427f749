using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Client;

/// <summary>A kernel in a process of its own, and the connection to it.</summary>
public sealed class KernelProcess : IAsyncDisposable
{
    private const int MostErrorLines = 40;

    private readonly Process _process;
    private readonly string _file;
    private readonly List<string> _errors = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private KernelProcess(Process process, string file, KernelClient client)
    {
        (_process, _file, Client) = (process, file, client);

        // Not WaitForExitAsync: that would also wait for the programs that cells have started and that hold the same pipes open.
        process.Exited += (_, _) => _ended.TrySetResult();
        process.EnableRaisingEvents = true;
        process.ErrorDataReceived += (_, e) => Remember(e.Data);
        process.OutputDataReceived += (_, e) => Remember(e.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    /// <summary>The connection.</summary>
    public KernelClient Client { get; }

    /// <summary>The process's id.</summary>
    public int Id => _process.Id;

    /// <summary>Ends when the process does.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The first lines that the ended process itself wrote.</summary>
    public async Task<IReadOnlyList<string>> ErrorsAsync()
    {
        // The pipes' ends come a little later than the process's, or never if a program that a cell started holds them.
        await Task.WhenAny(_process.WaitForExitAsync(), Task.Delay(TimeSpan.FromSeconds(1))).ConfigureAwait(false);
        lock (_errors)
            return [.. _errors];
    }

    /// <summary>Starts a kernel and waits until it answers.</summary>
    /// <param name="workingFolder">The cells' current folder.</param>
    /// <param name="environment">Variables beside those of this process.</param>
    /// <param name="log">Told of messages that are dropped.</param>
    /// <param name="stop">Ends the waiting, and the process.</param>
    /// <exception cref="ProtocolException">It ends instead of answering.</exception>
    public static async Task<KernelProcess> StartAsync(
        string workingFolder, IReadOnlyDictionary<string, string> environment, ILogger log, CancellationToken stop)
    {
        const int Attempts = 3;
        for (int attempt = 1; ; attempt++)
        {
            var kernel = Start(workingFolder, environment, log);
            try
            {
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
                var ready = kernel.Client.WaitUntilReadyAsync(ended.Token);
                if (await Task.WhenAny(ready, kernel.Ended).ConfigureAwait(false) == ready)
                {
                    await ready.ConfigureAwait(false);
                    return kernel;
                }

                await ended.CancelAsync().ConfigureAwait(false);
                if (attempt == Attempts || kernel._process.ExitCode != KernelProgram.PortTaken)
                    throw new ProtocolException(
                        $"the kernel ended with exit code {kernel._process.ExitCode} before it answered: "
                        + $"{string.Join(' ', await kernel.ErrorsAsync().ConfigureAwait(false))}");
            }
            catch
            {
                await kernel.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            await kernel.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>How the kernel's program is started; it ends when this process does, or the one for which this process works.</summary>
    /// <param name="connectionFile">Its connection file.</param>
    public static ProcessStartInfo Program(string connectionFile)
    {
        var start = new ProcessStartInfo(DotnetHost.FullPath, [typeof(KernelProcess).Assembly.Location, connectionFile]);
        start.Environment.TryAdd(ParentWatch.Variable, $"{Environment.ProcessId}");
        return start;
    }

    /// <summary>Ends the process with everything that it started, at once.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    /// <summary>Asks the kernel to end, ends it if it does not, and removes its connection file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Client.Send("shutdown_request", new JsonObject { ["restart"] = false }, onControl: true);
            if (await Task.WhenAny(Ended, Task.Delay(TimeSpan.FromSeconds(5))).ConfigureAwait(false) != Ended && !_process.HasExited)
                Kill();
            await Ended.ConfigureAwait(false);
        }

        Client.Dispose();
        _process.Dispose();
        File.Delete(_file);
    }

    private static KernelProcess Start(string workingFolder, IReadOnlyDictionary<string, string> environment, ILogger log)
    {
        var connection = ConnectionFile.OfFreePorts();
        string file = connection.WriteTemporary();
        var start = Program(file);
        start.WorkingDirectory = workingFolder;
        start.RedirectStandardInput = start.RedirectStandardError = start.RedirectStandardOutput = true;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        start.Environment[ParentWatch.Variable] = $"{Environment.ProcessId}";
        try
        {
            var process = Process.Start(start) ?? throw new ProtocolException($"{DotnetHost.FullPath} did not start");
            process.StandardInput.Close();
            return new KernelProcess(process, file, new KernelClient(connection, log));
        }
        catch
        {
            File.Delete(file);
            throw;
        }
    }

    private void Remember(string? line)
    {
        if (line is null)
            return;
        lock (_errors)
        {
            if (_errors.Count < MostErrorLines)
                _errors.Add(line);
        }
    }
}
