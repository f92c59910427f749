using System.Text.Json.Nodes;

namespace Screener.Kernel.Language;

/// <summary>One value in one or more formats, best first.</summary>
/// <param name="Data">MIME type to text; JSON types hold their JSON as text.</param>
/// <param name="Metadata">What a front end may want to know beside it, or null.</param>
public sealed record MimeBundle(IReadOnlyDictionary<string, string> Data, JsonObject? Metadata = null)
{
    /// <summary>A bundle of one format.</summary>
    public static MimeBundle Of(string mimeType, string text) => new(new Dictionary<string, string> { [mimeType] = text });
}
