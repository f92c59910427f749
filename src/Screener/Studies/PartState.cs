using System.Text.Json;
using Screener.Errors;
using Screener.Runtime;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Studies;

/// <summary>What one part of a screening did, beside the results: <c>&lt;results&gt;.parts/3-of-10.json</c>.</summary>
internal sealed record PartState
{
    private const int CurrentSchema = 1;

    public required int SchemaVersion { get; init; }

    /// <summary>The part.</summary>
    public required WorkPart Part { get; init; }

    /// <summary>Equal for equal inputs: every part looks through all of them.</summary>
    public required string Inputs { get; init; }

    /// <summary>Equal for equal models and options.</summary>
    public required string Recipe { get; init; }

    /// <summary>What made the maps.</summary>
    public required string Method { get; init; }

    /// <summary>Files and series that are no CT to screen.</summary>
    public required int PassedOver { get; init; }

    /// <summary>Names of CTs that have a record.</summary>
    public required IReadOnlyList<string> Cts { get; init; }

    /// <summary>CTs that could not be read at all.</summary>
    public required IReadOnlyList<CtRecord> Unread { get; init; }

    /// <summary>The folder of a folder of results' parts.</summary>
    internal static string FolderOf(string results) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(results)) + ".parts";

    /// <summary>A part's file.</summary>
    internal static string PathOf(string results, WorkPart part) =>
        Path.Combine(FolderOf(results), Invariant($"{part.Number}-of-{part.Count}.json"));

    /// <summary>A part's own table of sources.</summary>
    internal static string SourcesOf(string results, WorkPart part) => Path.ChangeExtension(PathOf(results, part), ".sources.json");

    internal static PartState Of(WorkPart part, string inputs, string recipe, string method, int passedOver,
        IReadOnlyDictionary<string, CtRecord?> rows) => new()
    {
        SchemaVersion = CurrentSchema,
        Part = part,
        Inputs = inputs,
        Recipe = recipe,
        Method = method,
        PassedOver = passedOver,
        Cts = [.. rows.Where(r => r.Value is null).Select(r => r.Key).Order(StringComparer.Ordinal)],
        Unread = [.. rows.Values.OfType<CtRecord>().OrderBy(r => r.Name, StringComparer.Ordinal)],
    };

    internal void Write(string results) => AtomicFile.WriteText(
        PathOf(results, Part), JsonSerializer.Serialize(this, StoredJson.Settings) + "\n");

    /// <summary>The parts that are done.</summary>
    /// <exception cref="MissingInputException">There is none.</exception>
    /// <exception cref="ManifestException">One is damaged.</exception>
    internal static IReadOnlyList<PartState> ReadAll(string results)
    {
        const string Remedy = "Run 'screener screen ... --part i/n' for each part first.";
        string folder = FolderOf(results);
        string[] files = Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*-of-*.json").Where(f => !f.EndsWith(".sources.json", StringComparison.Ordinal)
                && !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal)]
            : [];
        return files.Length > 0
            ? [.. files.Select(f => StoredJson.Read<PartState>(f, "a part of a screening", Remedy, Remedy, CurrentSchema))]
            : throw new MissingInputException(folder, "no part", "the parts of a screening", Remedy);
    }
}
