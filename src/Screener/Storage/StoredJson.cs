using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Screener.Errors;

namespace Screener.Storage;

/// <summary>How JSON is written and read: camelCase, enums by name, doubles round-trip.</summary>
public static class StoredJson
{
    /// <summary>The serialiser settings. Unknown members, nothing where something must be, and numbers for names are refused, so that a
    /// typing error in a file does not pass for a default.</summary>
    public static JsonSerializerOptions Settings { get; } = Of(new JsonStringEnumConverter(allowIntegerValues: false));

    /// <summary>The same in one line.</summary>
    internal static JsonSerializerOptions Compact { get; } = new(Settings) { WriteIndented = false };

    /// <summary>The same with enums in small letters and dashes: dataset manifests and the files of dataset caches.</summary>
    internal static JsonSerializerOptions Dashed { get; } = Of(
        new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false));

    /// <summary>For what others write: members that are not known are passed over.</summary>
    internal static JsonSerializerOptions Foreign { get; } = new(Settings) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };

    /// <summary>The options as JSON.</summary>
    public static JsonElement Write<T>(T options) => JsonSerializer.SerializeToElement(options, Settings);

    /// <summary>The options with what <paramref name="changes"/> names replaced, at any depth; the rest stays.</summary>
    /// <exception cref="JsonException">A name is no option, or a value does not fit; the message names it.</exception>
    public static T Over<T>(T basis, JsonObject changes) => (T)Over(basis!, typeof(T), changes, Settings);

    /// <summary>The same for a type that is known when it runs.</summary>
    internal static object Over(object basis, Type type, JsonObject changes, JsonSerializerOptions settings)
    {
        ArgumentNullException.ThrowIfNull(changes);
        try
        {
            var options = JsonSerializer.SerializeToNode(basis, type, settings)!.AsObject();
            Replace(options, changes);
            return options.Deserialize(type, settings) ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // A node shows only when it is looked at that its text is no Unicode, or a name in it there twice.
            throw new JsonException(e.Message, e);
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it should be.</param>
    /// <param name="ifMissing">What to do where it is not there.</param>
    /// <param name="ifDamaged">What to do where it is damaged, of another kind or of another version.</param>
    /// <param name="version">The schema version that it must name; null where it names none.</param>
    /// <exception cref="MissingInputException">It is not there or cannot be read.</exception>
    /// <exception cref="ManifestException">It is damaged, of another kind or of another version.</exception>
    internal static T Read<T>(string path, string expected, string ifMissing, string ifDamaged, int? version = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new MissingInputException(path, "nothing there", expected, ifMissing);
        byte[] json = InputFile.Reading(path, "a file that can be read", "Check its permissions.", () => InputFile.ReadAllBytes(path));
        return Parse<T>(json, path, expected, ifDamaged, version);
    }

    /// <summary>Reads a file that is made again where it is missing, damaged or of another version: null then.</summary>
    /// <inheritdoc cref="Read"/>
    internal static T? TryRead<T>(string path, int? version = null)
        where T : class
    {
        try
        {
            return Read<T>(path, typeof(T).Name, "It is made.", "It is made again.", version);
        }
        catch (Exception e) when (e is MissingInputException or ManifestException)
        {
            return null;
        }
    }

    /// <summary>Reads a text, as <see cref="Read"/> does a file.</summary>
    internal static T Parse<T>(
        ReadOnlyMemory<byte> json, string source, string expected, string remedy, int? version = null,
        JsonSerializerOptions? settings = null)
    {
        try
        {
            // The version first: a later layout must be named as such, not as a missing member.
            if (version is { } wanted)
            {
                using var document = JsonDocument.Parse(json);
                string? found = document.RootElement.ValueKind == JsonValueKind.Object
                    && document.RootElement.TryGetProperty("schemaVersion", out var named) ? named.GetRawText() : null;
                if (found != $"{wanted}")
                {
                    throw new ManifestException(
                        source, found is null ? "JSON without a schemaVersion" : $"schema version {found}", $"{expected}, version {wanted}",
                        remedy);
                }
            }

            return JsonSerializer.Deserialize<T>(json.Span, settings ?? Settings) ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ManifestException(source, e.Message.TrimEnd('.'), expected, remedy, e);
        }
    }

    private static JsonSerializerOptions Of(JsonConverter enums) => StrictJson.Of(new(JsonSerializerDefaults.Web)
    {
        Converters = { enums },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
        NewLine = "\n",
    });

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
