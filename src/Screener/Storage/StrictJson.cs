using System.Collections;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Screener.Storage;

/// <summary>
/// What every reader of JSON refuses with a <see cref="JsonException"/>, since types alone do not say it: null in lists and
/// dictionaries and for what cannot be null, a member that is missing or there twice, and numbers that their type does not hold.
/// </summary>
internal static class StrictJson
{
    /// <summary>The settings, made strict.</summary>
    internal static JsonSerializerOptions Of(JsonSerializerOptions settings)
    {
        var strict = new JsonSerializerOptions(settings)
        {
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            TypeInfoResolver = (settings.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(RefuseNull),
        };
        strict.Converters.Add(new RealNumber<double>());
        strict.Converters.Add(new RealNumber<float>());
        strict.Converters.Add(new FreeObject());
        return strict;
    }

    // Annotations of what is in a list are not there at run time: RespectNullableAnnotations passes over them.
    private static void RefuseNull(JsonTypeInfo type)
    {
        bool isList = type.Kind is JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary;
        if (!isList || type.ElementType is not { IsValueType: false } element)
            return;
        type.OnDeserialized = values =>
        {
            foreach (object? value in values is IDictionary dictionary ? dictionary.Values : (IEnumerable)values)
            {
                if (value is null)
                    throw new JsonException($"null in a list of {element.Name}");
            }
        };
    }

    /// <summary>Reads objects of any form; .NET's own reader throws an ArgumentException for a name that is there twice.</summary>
    private sealed class FreeObject : JsonConverter<JsonObject>
    {
        public override JsonObject? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var element = JsonSerializer.Deserialize<JsonElement>(ref reader, options);
            return element.ValueKind == JsonValueKind.Object
                ? JsonObject.Create(element, new JsonNodeOptions { PropertyNameCaseInsensitive = options.PropertyNameCaseInsensitive })
                : throw new JsonException();
        }

        public override void Write(Utf8JsonWriter writer, JsonObject value, JsonSerializerOptions options) =>
            value.WriteTo(writer, options);
    }

    /// <summary>Reads numbers; one that is too large is not taken for an infinite one, and none is NaN.</summary>
    private sealed class RealNumber<T> : JsonConverter<T>
        where T : struct, IFloatingPointIeee754<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String && Names(options))
            {
                return reader.GetString() switch
                {
                    "Infinity" => T.PositiveInfinity,
                    "-Infinity" => T.NegativeInfinity,
                    _ => throw new JsonException(),
                };
            }

            // Not by way of double where it is float: that would round twice.
            var value = typeof(T) == typeof(float) ? T.CreateChecked(reader.GetSingle()) : T.CreateChecked(reader.GetDouble());
            return T.IsFinite(value) ? value : throw new JsonException();
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            if (Names(options) && !T.IsFinite(value))
                writer.WriteStringValue(T.IsNaN(value) ? "NaN" : T.IsPositive(value) ? "Infinity" : "-Infinity");
            else if (value is float single)
                writer.WriteNumberValue(single);
            else
                writer.WriteNumberValue(double.CreateChecked(value));
        }

        private static bool Names(JsonSerializerOptions options) =>
            options.NumberHandling.HasFlag(JsonNumberHandling.AllowNamedFloatingPointLiterals);
    }
}
