using System.Text.Json;
using Screener.Errors;
using Screener.Imaging;
using Screener.Storage;
using Screener.Training;

namespace Screener.Evaluation;

/// <summary>The JSON file of evaluated cohorts.</summary>
public static class CohortEvaluationFile
{
    private const int CurrentSchema = 1;

    /// <summary>Writes results, without what only further bootstraps need.</summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<CohortEvaluationResult> results) =>
        AtomicFile.WriteText(path, JsonSerializer.Serialize(new Content(CurrentSchema, results), StoredJson.Compact) + "\n");

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ManifestException">It is damaged, of another kind or of another version.</exception>
    public static IReadOnlyList<CohortEvaluationResult> Read(string path) => StoredJson.Read<Content>(
        path, "results that 'screener evaluate' wrote", "Check the path, or evaluate first.", "Name that file, or evaluate again.",
        CurrentSchema).Results;

    private sealed record Content(int SchemaVersion, IReadOnlyList<CohortEvaluationResult> Results);
}
