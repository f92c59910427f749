using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Notebooks;

/// <summary>Collects what a kernel publishes about one cell, as a notebook file keeps it.</summary>
internal sealed class CellRecord
{
    private readonly List<Output> _outputs = [];

    /// <summary>The cell's count, once it is known.</summary>
    internal int? ExecutionCount { get; private set; }

    /// <summary>Takes a message.</summary>
    /// <param name="message">A publication under the cell's header.</param>
    /// <param name="shown">Every value of the notebook that can be updated, by its display id.</param>
    internal void Take(JupyterMessage message, Dictionary<string, List<JsonObject>> shown)
    {
        var content = message.Content;
        switch (message.Header.Type)
        {
            case "execute_input":
                ExecutionCount = content.Whole("execution_count", 0);
                break;
            case "stream":
                Stream(content.Text("name", "stdout"), content.Text("text", ""));
                break;
            case "display_data" or "execute_result":
                var value = Value(content);
                value["output_type"] = message.Header.Type;
                if (message.Header.Type == "execute_result")
                    value["execution_count"] = content.Whole("execution_count", 0);
                _outputs.Add(new Output(value, null));
                if (DisplayId(content) is { } id)
                {
                    if (!shown.TryGetValue(id, out var list))
                        shown[id] = list = [];
                    list.Add(value);
                }

                break;
            case "update_display_data" when DisplayId(content) is { } updated && shown.TryGetValue(updated, out var targets):
                foreach (var target in targets)
                {
                    var latest = Value(content);
                    target["data"] = latest["data"]!.DeepClone();
                    target["metadata"] = latest["metadata"]!.DeepClone();
                }

                break;
            case "error":
                _outputs.Add(new Output(Error(content.Text("ename", ""), content.Text("evalue", ""), Lines(content)), null));
                break;
            case "clear_output":
                _outputs.Clear();
                break;
        }
    }

    /// <summary>Adds an error that the kernel itself could not report.</summary>
    internal void Fail(string name, string message, IReadOnlyList<string> trace) => _outputs.Add(
        new Output(Error(name, message, [$"{name}: {message}", .. trace]), null));

    /// <summary>The outputs as a file holds them.</summary>
    internal JsonArray ToJson() => new([.. _outputs.Select(o =>
    {
        var output = (JsonObject)o.Json.DeepClone();
        if (o.Text is not null)
            output["text"] = MultilineText.Split(o.Text.ToString());
        return output;
    })]);

    private void Stream(string name, string text)
    {
        if (_outputs.Count == 0 || _outputs[^1].Text is null || _outputs[^1].Json["name"]!.GetValue<string>() != name)
            _outputs.Add(new Output(new JsonObject { ["name"] = name, ["output_type"] = "stream" }, new StringBuilder()));
        _outputs[^1].Text!.Append(text);
    }

    private static JsonObject Value(JsonElement content) => new()
    {
        ["data"] = content.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object ? Data(data) : [],
        ["metadata"] = content.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
            ? JsonObject.Create(metadata)
            : [],
    };

    // Text is kept as lines, base64 and JSON as they are.
    private static JsonObject Data(JsonElement data)
    {
        var result = new JsonObject();
        foreach (var format in data.EnumerateObject())
        {
            bool isText = format.Value.ValueKind == JsonValueKind.String
                && (format.Name.StartsWith("text/", StringComparison.Ordinal)
                    || format.Name is "application/javascript" or "image/svg+xml");
            result[format.Name] = isText ? MultilineText.Split(WireJson.Text(format.Value)) : JsonNode.Parse(format.Value.GetRawText());
        }

        return result;
    }

    private static JsonObject Error(string name, string message, IEnumerable<string> trace) => new()
    {
        ["ename"] = name,
        ["evalue"] = message,
        ["output_type"] = "error",
        ["traceback"] = new JsonArray([.. trace.Select(l => JsonValue.Create(l))]),
    };

    private static IEnumerable<string> Lines(JsonElement content) =>
        content.TryGetProperty("traceback", out var lines) && lines.ValueKind == JsonValueKind.Array
        ? lines.EnumerateArray().Where(l => l.ValueKind == JsonValueKind.String).Select(WireJson.Text) : [];

    private static string? DisplayId(JsonElement content) =>
        content.TryGetProperty("transient", out var transient) && transient.ValueKind == JsonValueKind.Object
            && transient.Text("display_id", "") is { Length: > 0 } id
            ? id
            : null;

    private sealed record Output(JsonObject Json, StringBuilder? Text);
}
