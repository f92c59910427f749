using Microsoft.Extensions.Logging;
using System.Text.Json.Nodes;
using Screener.Kernel.Client;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Notebooks;

/// <summary>Runs a notebook's cells in a kernel of its own process, from the first to the last or to one that fails.</summary>
/// <param name="options">Times and variables.</param>
/// <param name="log">Told of messages that are dropped.</param>
public sealed class NotebookRunner(NotebookRunOptions options, ILogger log)
{
    /// <summary>Runs a notebook; its cells get the outputs, and also where the run is stopped those that there are.</summary>
    /// <param name="notebook">The notebook.</param>
    /// <param name="workingFolder">The cells' current folder, as Jupyter the notebook's own.</param>
    /// <param name="progress">Told of each cell that has ended.</param>
    /// <param name="stop">Ends the run, and the kernel with it.</param>
    /// <exception cref="ProtocolException">The kernel does not start.</exception>
    public async Task<NotebookRunResult> RunAsync(
        Notebook notebook, string workingFolder, IProgress<CellProgress>? progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(notebook);
        options.Validate();
        long start = TimeProvider.System.GetTimestamp();
        await using var kernel = await StartAsync(workingFolder, stop).ConfigureAwait(false);
        var records = new Dictionary<string, CellRecord>();
        var shown = new Dictionary<string, List<JsonObject>>();
        var ran = new List<(NotebookCell Cell, CellRecord Record)>();
        NotebookCell? failed = null;
        CellError? error = null;
        foreach (var cell in notebook.Cells.Where(c => c.Type == "code"))
            cell.Set(null, []);
        try
        {
            foreach (var cell in notebook.Cells.Where(c => c.Type == "code" && c.IsRunnable))
            {
                long began = TimeProvider.System.GetTimestamp();
                var record = new CellRecord();
                ran.Add((cell, record));
                var (failure, isOver) = await RunAsync(kernel, cell, record, records, shown, stop).ConfigureAwait(false);
                if (isOver || (failure is not null && !cell.MayFail))
                    (failed, error) = (cell, failure);
                progress?.Report(
                    new CellProgress(
                        cell, notebook.Cells.Count, TimeProvider.System.GetElapsedTime(began), cell == failed ? failure : null));
                if (failed is not null)
                    break;
            }
        }
        finally
        {
            // Only now: a later cell may have updated an earlier one's output.
            foreach (var (cell, record) in ran)
                cell.Set(record.ExecutionCount, record.ToJson());
        }

        return new NotebookRunResult(failed, error, TimeProvider.System.GetElapsedTime(start));
    }

    private async Task<KernelProcess> StartAsync(string workingFolder, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(options.StartTimeout);
        try
        {
            return await KernelProcess.StartAsync(workingFolder, options.Environment, log, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new ProtocolException($"the kernel did not answer within {options.StartTimeout.TotalSeconds:0} s");
        }
    }

    /// <summary>Runs one cell; says what went wrong, and whether the kernel is over.</summary>
    private async Task<(CellError? Failure, bool IsOver)> RunAsync(
        KernelProcess kernel, NotebookCell cell, CellRecord record, Dictionary<string, CellRecord> records,
        Dictionary<string, List<JsonObject>> shown, CancellationToken stop)
    {
        var (id, reply) = kernel.Client.Send("execute_request", new JsonObject
        {
            ["code"] = cell.Code,
            ["silent"] = false,
            ["store_history"] = true,
            ["user_expressions"] = new JsonObject(),
            ["allow_stdin"] = false,
            ["stop_on_error"] = !cell.MayFail,
        });
        records[id] = record;
        var idle = ReadUntilIdleAsync(kernel.Client, id, records, shown, stop);
        var ended = kernel.Ended;
        if (await EndsAsync(options.CellTimeout).ConfigureAwait(false))
            return (await FailureAsync().ConfigureAwait(false), false);
        if (!ended.IsCompleted)
        {
            var timeout = new CellError("Timeout", $"it took longer than {options.CellTimeout.TotalSeconds:0.#} s");
            kernel.Client.Send("interrupt_request", [], onControl: true);
            bool isOver = !await EndsAsync(options.InterruptPatience).ConfigureAwait(false);
            if (isOver && !ended.IsCompleted)
                kernel.Kill();
            record.Fail(timeout.Name, timeout.Message, []);
            return (timeout, true);
        }

        await ended.ConfigureAwait(false);
        var errors = await kernel.ErrorsAsync().ConfigureAwait(false);
        var death = new CellError("KernelDied", $"the kernel's process ended while the cell ran. {errors.FirstOrDefault()}".TrimEnd());
        record.Fail(death.Name, death.Message, errors);
        return (death, true);

        // Whether the cell ends in time.
        async Task<bool> EndsAsync(TimeSpan time)
        {
            await Task.WhenAny(idle, ended, Task.Delay(time, stop)).ConfigureAwait(false);
            if (stop.IsCancellationRequested)
            {
                // It ends by the stop, too; until then it writes to the records.
                await idle.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                stop.ThrowIfCancellationRequested();
            }

            return idle.IsCompletedSuccessfully;
        }

        async Task<CellError?> FailureAsync()
        {
            await idle.ConfigureAwait(false);
            var content = (await reply.WaitAsync(options.InterruptPatience, stop).ConfigureAwait(false)).Content;
            return content.Text("status", "") == "ok" ? null : new CellError(content.Text("ename", "Error"), content.Text("evalue", ""));
        }
    }

    private static async Task ReadUntilIdleAsync(
        KernelClient client, string id, Dictionary<string, CellRecord> records, Dictionary<string, List<JsonObject>> shown,
        CancellationToken stop)
    {
        await foreach (var message in client.Published.ReadAllAsync(stop).ConfigureAwait(false))
        {
            // A thread of an earlier cell may still print: that goes where the cell is.
            if (message.ParentId is { } parent && records.TryGetValue(parent, out var record))
                record.Take(message, shown);
            if (message.ParentId == id && message.Header.Type == "status" && message.Content.Text("execution_state", "") == "idle")
                return;
        }
    }
}
