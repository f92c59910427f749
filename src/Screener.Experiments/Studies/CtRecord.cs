using System.Text.Json;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Storage;

namespace Screener.Studies;

/// <summary>What screening found in one CT, or why it was refused: <c>findings.json</c> in its folder of the results.</summary>
/// <remarks>It holds no name, path or identifier of a patient. <c>findings.schema.json</c> describes it.</remarks>
public sealed record CtRecord
{
    /// <summary>The record's name in the CT's folder, and the table's in the folder of all.</summary>
    public const string FileName = "findings.json";

    /// <summary>The version that this library writes and reads.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Version of the record's layout.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>The CT's name: made of its bytes, so that it is the same wherever the CT lies.</summary>
    public required string Name { get; init; }

    /// <summary>Equal for equal models and options.</summary>
    public required string Recipe { get; init; }

    /// <summary>Why there are no findings, one line; null where it was screened.</summary>
    public string? Refused { get; init; }

    /// <summary>Voxels along [D, H, W].</summary>
    public IReadOnlyList<int>? Shape { get; init; }

    /// <summary>Distance between them, mm.</summary>
    public IReadOnlyList<double>? SpacingMm { get; init; }

    /// <summary>What was dropped, ignored or assumed in reading it, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get => field ?? []; init; }

    /// <summary>The map in a few numbers.</summary>
    public MapSummary? Scores { get; init; }

    /// <summary>Where it is highest.</summary>
    public Findings? Findings { get; init; }

    /// <summary>The picture's file, relative to the record.</summary>
    public string? Picture { get; init; }

    /// <summary>The map's file, relative to the record; null where none was asked for.</summary>
    public string? Map { get; init; }

    /// <summary>Reads a record; null if it is absent, damaged or of another version.</summary>
    internal static CtRecord? Standing(string file) => StoredJson.TryRead<CtRecord>(file, CurrentSchema);

    internal string ToJson() => JsonSerializer.Serialize(this, StoredJson.Settings) + "\n";
}
