using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Screener.Kernel.Protocol;

/// <summary>JSON as it travels: strict when read, compact UTF-8 when written.</summary>
internal static class WireJson
{
    // HTML in a message is text to JSON: escaping its markup would only make it longer.
    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
    private static readonly JsonSerializerOptions Serializer = new() { Encoder = Encoder };

    /// <summary>How it is written.</summary>
    internal static JsonWriterOptions WriterOptions { get; } = new() { Encoder = Encoder };

    /// <summary>Reads one JSON object.</summary>
    /// <param name="frame">Its UTF-8 text.</param>
    /// <param name="name">What it is, for the error.</param>
    /// <exception cref="ProtocolException">It is none.</exception>
    internal static JsonElement ParseObject(ReadOnlyMemory<byte> frame, string name)
    {
        JsonElement element;
        try
        {
            using var document = JsonDocument.Parse(frame);
            element = document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new ProtocolException($"{name}: no JSON ({e.Message})", e);
        }

        return element.ValueKind == JsonValueKind.Object
            ? element
            : throw new ProtocolException($"{name}: {element.ValueKind}; expected an object");
    }

    /// <summary>A JSON text's value.</summary>
    /// <exception cref="ProtocolException">It holds half a surrogate pair, which no text of ours can.</exception>
    internal static string Text(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new ProtocolException("a text that is no Unicode", e);
        }
    }

    /// <summary>A text of an object, or a default where it has none.</summary>
    internal static string Text(this JsonElement content, string name, string fallback) =>
        content.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Text(value) : fallback;

    /// <summary>A truth value of an object, or a default where it has none.</summary>
    internal static bool Flag(this JsonElement content, string name, bool fallback) =>
        content.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : fallback;

    /// <summary>A whole number of an object, or a default where it has none.</summary>
    internal static int Whole(this JsonElement content, string name, int fallback) =>
        content.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            ? number
            : fallback;

    /// <summary>The bytes of a node.</summary>
    internal static byte[] Bytes(JsonNode node) => JsonSerializer.SerializeToUtf8Bytes(node, Serializer);

    /// <summary>The bytes that <paramref name="write"/> writes.</summary>
    internal static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
            write(writer);
        return buffer.WrittenSpan.ToArray();
    }
}
