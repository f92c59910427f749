using System.Runtime.InteropServices;
using System.Text.Json;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Storage;
using Screener.Training;

namespace Screener.Ablations;

/// <summary>The JSON file of one cell, with what a bootstrap over its cases needs.</summary>
public static class AblationResultFile
{
    private const int CurrentSchema = 1;

    /// <summary>Writes a cell; nothing half-written ever stands under its name.</summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(string path, AblationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var histograms = result.Scores.SelectMany(
            s => Enum.GetValues<EvaluationScope>().Select(scope => (s.Cohort, Scope: scope, s.Of(scope)?.Histograms)))
            .Where(h => h.Histograms is not null)
            .Select(h =>
                new StoredHistograms(
                    h.Cohort, h.Scope, h.Histograms!.Bins, h.Histograms.FprLimit, h.Histograms.CaseIds,
                    [.. h.Histograms.CaseIds.Select((_, i) => MemoryMarshal.AsBytes(h.Histograms.Row(i).AsSpan()).ToArray())]));
        AtomicFile.WriteText(
            path, JsonSerializer.Serialize(new Content(CurrentSchema, result, [.. histograms]), StoredJson.Compact) + "\n");
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ManifestException">It is damaged, of another kind or of another version.</exception>
    public static AblationResult Read(string path)
    {
        const string Kind = "a cell that 'screener ablate' wrote", Again = "Delete it: the cell is run again.";
        var content = StoredJson.Read<Content>(path, Kind, "Check the path, or run the grid.", Again, CurrentSchema);
        try
        {
            var read = content.Result;
            bool isModel = read is { Density: not null, DescriptorTraining: not null, Fitting: not null, Baseline: null };
            if (!(read.Cell.IsFinished ? read.Finished is not null : read.Cell.IsBaseline ? read.Baseline is not null : isModel))
                throw new JsonException("not what a cell of its kind has: a model's options, a baseline's, or a finished model");
            return read with
            {
                Scores = [.. read.Scores.Select(s => s with
                {
                    Body = s.Body with { Histograms = Find(content, s, EvaluationScope.Body) },
                    Organ = s.Organ is null ? null : s.Organ with { Histograms = Find(content, s, EvaluationScope.Organ) },
                })],
            };
        }
        catch (Exception e) when (e is JsonException or OverflowException or InvalidOperationException)
        {
            throw new ManifestException(path, e.Message, Kind, Again, e);
        }
    }

    private static CaseHistograms? Find(Content content, AblationScore score, EvaluationScope scope)
    {
        if (content.Histograms.FirstOrDefault(h => h.Cohort == score.Cohort && h.Scope == scope) is not { } stored)
            return null;
        if (stored.Rows.Count != stored.CaseIds.Count || stored.Rows.Any(r => r.Length != 3 * sizeof(float) * stored.Bins))
            throw new JsonException("histograms of another size than they say");
        return new CaseHistograms(
            stored.CaseIds, [.. stored.Rows.Select(r => MemoryMarshal.Cast<byte, float>(r).ToArray())], stored.Bins, stored.FprLimit);
    }

    // Rows are base64 of little-endian float32: negatives, positives and region weight by bin.
    private sealed record StoredHistograms(
        string Cohort, EvaluationScope Scope, int Bins, double FprLimit, IReadOnlyList<string> CaseIds, IReadOnlyList<byte[]> Rows);

    private sealed record Content(int SchemaVersion, AblationResult Result, IReadOnlyList<StoredHistograms> Histograms);
}
