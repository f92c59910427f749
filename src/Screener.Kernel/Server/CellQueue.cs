using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Screener.Kernel.Language;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Server;

/// <summary>Runs cells, one after the other, in the order in which they came.</summary>
internal sealed class CellQueue
{
    /// <summary>How long a failed cell waits for the requests that were sent together with it, which are then aborted.</summary>
    private static readonly TimeSpan AbortGrace = TimeSpan.FromMilliseconds(30);

    private readonly Channel<Request> _queue = Channel.CreateUnbounded<Request>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _turn = new();
    private readonly ICellLanguage _language;
    private readonly KernelOptions _options;
    private readonly History _history;
    private readonly IoPub _ioPub;
    private readonly ILogger _log;
    private CancellationTokenSource? _running;
    private int _count;

    /// <param name="language">Runs them.</param>
    /// <param name="options">How much they may print.</param>
    /// <param name="history">Remembers them.</param>
    /// <param name="ioPub">Told of everything that they do.</param>
    /// <param name="log">Told of what goes wrong.</param>
    internal CellQueue(ICellLanguage language, KernelOptions options, History history, IoPub ioPub, ILogger log) =>
        (_language, _options, _history, _ioPub, _log) = (language, options, history, ioPub, log);

    /// <summary>Puts a cell at the end of the queue.</summary>
    internal void Enqueue(Request request) => _queue.Writer.TryWrite(request);

    /// <summary>Stops the cell that runs; does nothing if none does.</summary>
    internal void Interrupt()
    {
        lock (_turn)
        {
            // What the cell registered with its token runs elsewhere: nobody waits for it here.
            _running?.CancelAsync().ContinueWith(
                t => _log.LogWarning(t.Exception, "A cell's own reaction to its stop failed."),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted,
                TaskScheduler.Default);
        }
    }

    /// <summary>Runs cells until it is stopped.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        await foreach (var request in _queue.Reader.ReadAllAsync(stop).ConfigureAwait(false))
        {
            // Not disposed: threads that the cell leaves behind may still look at its token.
            var cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
            IReadOnlyList<Request> aborted = [];

            // Whoever has been told that the cell is running may stop it.
            Interruptible(cancel);
            _ioPub.Busy(request.Message, isCell: true);
            try
            {
                aborted = await RunAsync(request, cancel.Token, stop).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                _log.LogError(e, "A cell could not be run.");
                request.ReplyError(e.GetType().Name, e.Message);
            }
            finally
            {
                Interruptible(null);
            }

            _ioPub.Idle(request.Message);
            foreach (var victim in aborted)
                Abort(victim);
        }
    }

    private void Interruptible(CancellationTokenSource? cell)
    {
        lock (_turn)
            _running = cell;
    }

    /// <summary>Runs one cell; returns the requests that its failure aborts.</summary>
    private async Task<IReadOnlyList<Request>> RunAsync(Request request, CancellationToken interrupt, CancellationToken stop)
    {
        var content = request.Message.Content;
        string code = content.Text("code", "");
        bool silent = content.Flag(
            "silent", false), isStored = content.Flag("store_history", true) && !silent, isBlank = string.IsNullOrWhiteSpace(code);
        if (isStored && !isBlank)
            _count++;
        if (!silent)
            _ioPub.Publish("execute_input", request.Message.HeaderFrame, new JsonObject { ["code"] = code, ["execution_count"] = _count });

        var output = new CellOutput(_ioPub, request.Message.HeaderFrame, _options.Output, silent, interrupt)
        {
            CellNumber = isStored ? _count : 0,
        };
        var outcome = isBlank ? new CellSuccess(null) : await RunAsync(code, output, interrupt).ConfigureAwait(false);
        var answers = outcome is CellSuccess ? await EvaluateAsync(content, output, interrupt).ConfigureAwait(false) : [];
        Interruptible(null);
        output.Flush();
        if (isStored && !isBlank)
            _history.Add(_count, code, (outcome as CellSuccess)?.Value?.Data.GetValueOrDefault("text/plain"));
        if (outcome is CellFailure failure)
            return await FailAsync(request, failure, silent, stop).ConfigureAwait(false);
        if (outcome is CellSuccess { Value: { } value })
        {
            output.Result(value, _count);
            output.Flush();
        }

        request.Reply(
            new JsonObject
            {
                ["status"] = "ok", ["execution_count"] = _count, ["user_expressions"] = answers, ["payload"] = new JsonArray(),
            });
        return [];
    }

    private async Task<CellOutcome> RunAsync(string code, CellOutput output, CancellationToken stop)
    {
        try
        {
            // On a thread of the pool from its first line on, with nothing of the queue's own context.
            return await Task.Run(() => _language.RunAsync(code, output, stop), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _log.LogError(e, "The language failed.");
            return new CellFailure(e.GetType().Name, e.Message, [$"{e.GetType().Name}: {e.Message}"]);
        }
    }

    private async Task<IReadOnlyList<Request>> FailAsync(Request request, CellFailure failure, bool silent, CancellationToken stop)
    {
        string[] trace = [.. Trace(failure)];
        if (!silent)
            _ioPub.Publish("error", request.Message.HeaderFrame, Request.ErrorContent(failure.Name, failure.Message, trace));
        var aborted = new List<Request>();
        if (request.Message.Content.Flag("stop_on_error", true))
        {
            // Nobody can know of the failure before the reply, so whatever arrives until then was meant to run after a success.
            await Task.Delay(AbortGrace, stop).ConfigureAwait(false);
            while (_queue.Reader.TryRead(out var next))
                aborted.Add(next);
        }

        var reply = Request.ErrorContent(failure.Name, failure.Message, trace);
        reply["status"] = "error";
        reply["execution_count"] = _count;
        reply["user_expressions"] = new JsonObject();
        reply["payload"] = new JsonArray();
        request.Reply(reply);
        return aborted;
    }

    private void Abort(Request request)
    {
        _ioPub.Busy(request.Message);
        request.Reply(new JsonObject { ["status"] = "aborted", ["execution_count"] = _count });
        _ioPub.Idle(request.Message);
    }

    // Front ends show the trace alone, so it has to say what went wrong.
    private static IEnumerable<string> Trace(CellFailure failure)
    {
        const int MostLines = 500, LongestLine = 4000;
        string head = $"{failure.Name}: {failure.Message}", first = failure.Message.Split('\n')[0];
        var lines = failure.Trace.Any(l => l.Contains(first, StringComparison.Ordinal)) ? failure.Trace : failure.Trace.Prepend(head);
        return lines.Take(MostLines).Select(l => l.Length <= LongestLine ? l : l[..LongestLine] + "...");
    }

    private async Task<JsonObject> EvaluateAsync(JsonElement content, CellOutput output, CancellationToken stop)
    {
        var answers = new JsonObject();
        if (!content.TryGetProperty("user_expressions", out var expressions) || expressions.ValueKind != JsonValueKind.Object)
            return answers;
        foreach (var expression in expressions.EnumerateObject().Where(e => e.Value.ValueKind == JsonValueKind.String))
        {
            switch (await RunAsync(WireJson.Text(expression.Value), output, stop).ConfigureAwait(false))
            {
                case CellSuccess success:
                    answers[expression.Name] = new JsonObject
                    {
                        ["status"] = "ok",
                        ["data"] = success.Value is null ? new JsonObject() : MimeJson.Data(success.Value),
                        ["metadata"] = success.Value is null ? new JsonObject() : MimeJson.Metadata(success.Value),
                    };
                    break;
                case CellFailure failure:
                    var error = Request.ErrorContent(failure.Name, failure.Message, Trace(failure));
                    error["status"] = "error";
                    answers[expression.Name] = error;
                    break;
            }
        }

        return answers;
    }
}
