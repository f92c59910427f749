using System.Text.Json;
using System.Text.Json.Nodes;
using Screener.Errors;
using Screener.Imaging;
using Screener.Storage;
using Screener.Training;

namespace Screener.Cli;

/// <summary>A JSON file that changes some of a profile's options; <c>--print-options</c> shows their names.</summary>
internal static class OptionsFile
{
    // Otherwise a name that is there twice shows only when it is looked up.
    private static readonly JsonDocumentOptions Once = new() { AllowDuplicateProperties = false };

    /// <summary>The basis with what the file names replaced; the basis itself where there is no file.</summary>
    /// <exception cref="MissingInputException">The file is not there or cannot be read.</exception>
    /// <exception cref="OptionException">It is no JSON object, or names something that is no option.</exception>
    internal static T Over<T>(T basis, string? path) => Over(basis, path, StoredJson.Over);

    /// <summary>The same for a kind, whose class is known when it runs.</summary>
    internal static T OverKind<T>(T basis, string? path)
        where T : class, IKind<T> => Over(basis, path, Kinds<T>.Over);

    private static T Over<T>(T basis, string? path, Func<T, JsonObject, T> over)
    {
        if (path is null)
            return basis;
        if (!File.Exists(path))
            throw new MissingInputException(path, "nothing there", "a JSON file of options", "Check the path.");
        try
        {
            string text = InputFile.Reading(path, "a file that can be read", "Check its permissions.", () => InputFile.ReadAllText(path));
            return JsonNode.Parse(text, documentOptions: Once) is JsonObject changes
                ? over(basis, changes)
                : throw new JsonException("no JSON object");
        }
        catch (JsonException e)
        {
            throw new OptionException(path, e.Message, "a JSON object of options", "See --print-options for their names and values.", e);
        }
    }

    /// <summary>The options as text that <see cref="Over{T}(T, string?)"/> reads.</summary>
    internal static VerbResult Print<T>(T options) => Print(StoredJson.Write(options));

    /// <summary>The same for a kind.</summary>
    internal static VerbResult PrintKind<T>(T options)
        where T : class, IKind<T> => Print(Kinds<T>.Members(options));

    private static VerbResult Print(JsonElement json) => new(json, JsonSerializer.Serialize(json, StoredJson.Settings));
}
