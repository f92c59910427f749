using System.Text.Json;
using System.Text.Json.Serialization;

namespace Screener.Training;

/// <summary>How options are written into checkpoints and model files: camelCase, enums by name, doubles round-trip.</summary>
public static class OptionsJson
{
    /// <summary>The serialiser settings. Unknown members, nothing where something must be, and numbers for names are refused, so that a typing error in a file does not pass for a default.</summary>
    public static JsonSerializerOptions Settings { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(allowIntegerValues: false) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
    };

    /// <summary>The options as JSON.</summary>
    public static JsonElement Write<T>(T options) => JsonSerializer.SerializeToElement(options, Settings);
}
