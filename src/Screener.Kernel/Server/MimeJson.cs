using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Screener.Kernel.Language;

namespace Screener.Kernel.Server;

/// <summary>Values in several formats as the protocol carries them.</summary>
internal static class MimeJson
{
    /// <summary>The bundle's formats: JSON types as JSON, everything else as text.</summary>
    internal static JsonObject Data(MimeBundle bundle)
    {
        var data = new JsonObject();
        foreach (var (type, text) in bundle.Data)
            data[type] = IsJson(type) ? Parse(text) : JsonValue.Create(text);
        return data;
    }

    /// <summary>What is known beside them.</summary>
    internal static JsonNode Metadata(MimeBundle bundle) => bundle.Metadata?.DeepClone() ?? new JsonObject();

    /// <summary>The UTF-8 bytes of all formats.</summary>
    internal static long Size(MimeBundle bundle) => bundle.Data.Sum(d => (long)Encoding.UTF8.GetByteCount(d.Value));

    private static bool IsJson(string type) => type == "application/json" || type.EndsWith("+json", StringComparison.Ordinal);

    // What claims to be JSON and is not is shown as the text it is.
    private static JsonNode? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind switch
            {
                JsonValueKind.Object => JsonObject.Create(document.RootElement.Clone()),
                JsonValueKind.Array => JsonArray.Create(document.RootElement.Clone()),
                _ => JsonValue.Create(document.RootElement.Clone()),
            };
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
