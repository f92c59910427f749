using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Screener.Kernel.Language;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Server;

/// <summary>Answers everything on the shell socket that runs no cell, one after the other, also while a cell runs.</summary>
internal sealed class Questions
{
    private readonly Channel<Request> _queue = Channel.CreateUnbounded<Request>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ICellLanguage _language;
    private readonly History _history;
    private readonly IoPub _ioPub;
    private readonly ILogger _log;

    /// <param name="language">Completes, inspects, and knows whether code is complete.</param>
    /// <param name="history">Knows earlier cells.</param>
    /// <param name="ioPub">Told when work begins and ends.</param>
    /// <param name="log">Told of what goes wrong.</param>
    internal Questions(ICellLanguage language, History history, IoPub ioPub, ILogger log) =>
        (_language, _history, _ioPub, _log) = (language, history, ioPub, log);

    /// <summary>Puts a request at the end of the queue.</summary>
    internal void Enqueue(Request request) => _queue.Writer.TryWrite(request);

    /// <summary>Answers until it is stopped.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        await foreach (var request in _queue.Reader.ReadAllAsync(stop).ConfigureAwait(false))
        {
            _ioPub.Busy(request.Message);
            try
            {
                await AnswerAsync(request, stop).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                _log.LogError(e, "{Type} could not be answered.", request.Type);
                request.ReplyError(e.GetType().Name, e.Message);
            }

            _ioPub.Idle(request.Message);
        }
    }

    private async Task AnswerAsync(Request request, CancellationToken stop)
    {
        var content = request.Message.Content;
        switch (request.Type)
        {
            case "kernel_info_request":
                request.Reply(KernelInfo.Answer());
                break;
            case "complete_request":
                request.Reply(await CompleteAsync(request, stop).ConfigureAwait(false));
                break;
            case "inspect_request":
                request.Reply(await InspectAsync(request, stop).ConfigureAwait(false));
                break;
            case "is_complete_request":
                request.Reply(IsComplete(content.Text("code", "")));
                break;
            case "history_request":
                request.Reply(_history.Answer(content));
                break;
            case "comm_info_request":
                request.Reply(new JsonObject { ["status"] = "ok", ["comms"] = new JsonObject() });
                break;
            case "comm_open":
                // No target is known here: the protocol's answer is to close it at once.
                _ioPub.Publish(
                    "comm_close", request.Message.HeaderFrame,
                    new JsonObject { ["comm_id"] = content.Text("comm_id", ""), ["data"] = new JsonObject() });
                break;
            case "comm_msg" or "comm_close":
                // About a comm that was closed when it was opened.
                break;
            default:
                _log.LogWarning("A message of unknown type '{Type}' was dropped.", request.Type);
                break;
        }
    }

    private async Task<JsonObject> CompleteAsync(Request request, CancellationToken stop)
    {
        var (code, cursor) = Cursor(request);
        var found = await _language.CompleteAsync(code, cursor, stop).ConfigureAwait(false);
        return new JsonObject
        {
            ["status"] = "ok",
            ["matches"] = new JsonArray([.. found.Matches.Select(m => JsonValue.Create(m))]),
            ["cursor_start"] = CursorPosition.ToCharacters(code, found.Start),
            ["cursor_end"] = CursorPosition.ToCharacters(code, found.End),
            ["metadata"] = new JsonObject(),
        };
    }

    private async Task<JsonObject> InspectAsync(Request request, CancellationToken stop)
    {
        var (code, cursor) = Cursor(request);
        var found = await _language.InspectAsync(code, cursor, stop).ConfigureAwait(false);
        return new JsonObject
        {
            ["status"] = "ok",
            ["found"] = found is not null,
            ["data"] = found is null ? new JsonObject() : MimeJson.Data(found),
            ["metadata"] = found is null ? new JsonObject() : MimeJson.Metadata(found),
        };
    }

    private JsonObject IsComplete(string code)
    {
        string status = _language.IsComplete(code) switch
        {
            Completeness.Complete => "complete",
            Completeness.Incomplete => "incomplete",
            _ => "invalid",
        };
        var answer = new JsonObject { ["status"] = status };
        if (status == "incomplete")
            answer["indent"] = "";
        return answer;
    }

    private static (string Code, int Utf16) Cursor(Request request)
    {
        string code = request.Message.Content.Text("code", "");
        return (code, CursorPosition.ToUtf16(code, request.Message.Content.Whole("cursor_pos", int.MaxValue)));
    }
}
