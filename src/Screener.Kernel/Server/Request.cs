using System.Text.Json.Nodes;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Server;

/// <summary>A message that asks for something, and the way back.</summary>
/// <param name="Message">What was asked.</param>
/// <param name="Socket">Where it came.</param>
/// <param name="Send">Sends a reply's type and content to the asker.</param>
internal sealed record Request(JupyterMessage Message, RequestSocket Socket, Action<Request, string, JsonObject> Send)
{
    private const string Suffix = "_request";

    /// <summary>What is asked.</summary>
    internal string Type => Message.Header.Type;

    /// <summary>Answers.</summary>
    internal void Reply(JsonObject content) => Send(
        this, Type.EndsWith(Suffix, StringComparison.Ordinal) ? Type[..^Suffix.Length] + "_reply" : Type + "_reply", content);

    /// <summary>Answers that it could not be done.</summary>
    internal void ReplyError(string name, string message, IEnumerable<string>? trace = null)
    {
        var content = ErrorContent(name, message, trace ?? [$"{name}: {message}"]);
        content["status"] = "error";
        Reply(content);
    }

    /// <summary>An error as the protocol words it.</summary>
    internal static JsonObject ErrorContent(string name, string message, IEnumerable<string> trace) => new()
    {
        ["ename"] = name,
        ["evalue"] = message,
        ["traceback"] = new JsonArray([.. trace.Select(line => JsonValue.Create(line))]),
    };
}
