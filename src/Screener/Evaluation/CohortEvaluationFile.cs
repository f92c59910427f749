using System.Text.Json;
using Screener.Errors;
using Screener.Imaging;
using Screener.Training;

namespace Screener.Evaluation;

/// <summary>The JSON file of evaluated cohorts.</summary>
public static class CohortEvaluationFile
{
    private const int CurrentSchema = 1;

    private static readonly JsonSerializerOptions Json = new(OptionsJson.Settings) { WriteIndented = false };

    /// <summary>Writes results, without what only further bootstraps need.</summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<CohortEvaluationResult> results) =>
        AtomicFile.WriteText(path, JsonSerializer.Serialize(new Content(CurrentSchema, results), Json) + "\n");

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ManifestException">It is damaged, of another kind or of another version.</exception>
    public static IReadOnlyList<CohortEvaluationResult> Read(string path)
    {
        if (!File.Exists(path))
            throw new MissingInputException(path, "nothing there", "results that 'screener evaluate' wrote", "Check the path, or evaluate first.");
        try
        {
            var content = JsonSerializer.Deserialize<Content>(InputFile.ReadAllBytes(path), Json) ?? throw new JsonException("null");
            return content.SchemaVersion == CurrentSchema
                ? content.Results
                : throw new ManifestException(path, $"schema version {content.SchemaVersion}", $"version {CurrentSchema}", "Evaluate again with this version.");
        }
        catch (JsonException e)
        {
            throw new ManifestException(path, e.Message, "results that 'screener evaluate' wrote", "Name that file, or evaluate again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MissingInputException(path, e.Message.TrimEnd('.'), "a file that can be read", "Check its permissions.", e);
        }
    }

    private sealed record Content(int SchemaVersion, IReadOnlyList<CohortEvaluationResult> Results);
}
