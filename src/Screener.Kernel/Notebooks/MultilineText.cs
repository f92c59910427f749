using System.Text.Json.Nodes;

namespace Screener.Kernel.Notebooks;

/// <summary>Text as notebook files hold it: whole, or as a list of lines that keep their line breaks.</summary>
internal static class MultilineText
{
    /// <summary>The whole text; empty for what is none.</summary>
    internal static string Join(JsonNode? node) => node switch
    {
        JsonArray lines => string.Concat(lines.Select(Join)),
        JsonValue value when value.TryGetValue(out string? text) => text,
        _ => "",
    };

    /// <summary>The list of lines.</summary>
    internal static JsonArray Split(string text)
    {
        var lines = new JsonArray();
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end + 1;
            lines.Add(JsonValue.Create(text[start..end]));
            start = end;
        }

        return lines;
    }
}
