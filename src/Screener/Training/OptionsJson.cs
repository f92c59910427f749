using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Screener.Runtime;

namespace Screener.Training;

/// <summary>How options are written into checkpoints and model files: camelCase, enums by name, doubles round-trip.</summary>
public static class OptionsJson
{
    /// <summary>The serialiser settings. Unknown members, nothing where something must be, and numbers for names are refused, so that a typing error in a file does not pass for a default.</summary>
    public static JsonSerializerOptions Settings { get; } = StrictJson.Of(new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(allowIntegerValues: false) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
    });

    /// <summary>The options as JSON.</summary>
    public static JsonElement Write<T>(T options) => JsonSerializer.SerializeToElement(options, Settings);

    /// <summary>The options with what <paramref name="changes"/> names replaced, at any depth; the rest stays.</summary>
    /// <exception cref="JsonException">A name is no option, or a value does not fit; the message names it.</exception>
    public static T Over<T>(T basis, JsonObject changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        try
        {
            var options = JsonSerializer.SerializeToNode(basis, Settings)!.AsObject();
            Replace(options, changes);
            return options.Deserialize<T>(Settings) ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // A node shows only when it is looked at that its text is no Unicode, or a name in it there twice.
            throw new JsonException(e.Message, e);
        }
    }

    private static void Replace(JsonObject options, JsonObject changes)
    {
        foreach (var (name, value) in changes)
        {
            if (options[name] is JsonObject inner && value is JsonObject part)
                Replace(inner, part);
            else
                options[name] = value?.DeepClone();
        }
    }
}
