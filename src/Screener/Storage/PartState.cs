using System.Text.Json;
using Screener.Errors;
using Screener.Runtime;
using static System.FormattableString;

namespace Screener.Storage;

/// <summary>Something that a part of some work made.</summary>
/// <param name="Name">What it is called in messages.</param>
/// <param name="File">Its file, relative to the results; null where it has none.</param>
public sealed record PartItem(string Name, string? File);

/// <summary>What one part of some work did, beside the results: <c>&lt;results&gt;.parts/3-of-10.json</c>.</summary>
/// <remarks>Each part writes its state when all that it had to make stands. <see cref="ReadComplete"/> proves that parts make a
/// whole.</remarks>
public sealed record PartState
{
    private const int CurrentSchema = 1, MostNamed = 20;

    /// <summary>Version of the file's layout.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>What did it: the word on the command line.</summary>
    public required string Verb { get; init; }

    /// <summary>The part.</summary>
    public required WorkPart Part { get; init; }

    /// <summary>Equal for equal inputs: every part looks through all of them.</summary>
    public required string Inputs { get; init; }

    /// <summary>Equal for equal models and options.</summary>
    public required string Recipe { get; init; }

    /// <summary>What the part made.</summary>
    public required IReadOnlyList<PartItem> Items { get; init; }

    /// <summary>What else is needed to put parts together.</summary>
    public required JsonElement Content { get; init; }

    /// <summary>The folder of some results' parts.</summary>
    public static string FolderOf(string results) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(results)) + ".parts";

    /// <summary>A part's file.</summary>
    internal static string PathOf(string results, WorkPart part) =>
        Path.Combine(FolderOf(results), Invariant($"{part.Number}-of-{part.Count}.json"));

    /// <summary>Makes sure that a part's state can be written, and that none of an earlier run stands.</summary>
    /// <exception cref="OutputException">It cannot.</exception>
    public static void Begin(string results, WorkPart part)
    {
        string file = PathOf(results, part);
        AtomicFile.RequireWritable(file);
        AtomicFile.Writing(file, () => File.Delete(file));
    }

    /// <summary>Writes a part's state.</summary>
    /// <param name="results">The results.</param>
    /// <param name="part">The part.</param>
    /// <param name="verb">What did it.</param>
    /// <param name="inputs">What equal inputs are equal in.</param>
    /// <param name="recipe">What equal models and options are equal in.</param>
    /// <param name="items">What the part made.</param>
    /// <param name="content">What else is needed to put parts together.</param>
    /// <exception cref="OutputException">It cannot be written.</exception>
    public static void Write(
        string results, WorkPart part, string verb, object inputs, object recipe, IEnumerable<PartItem> items, object content) =>
        AtomicFile.WriteText(PathOf(results, part), StoredJson.Write(new PartState
        {
            SchemaVersion = CurrentSchema,
            Verb = verb,
            Part = part,
            Inputs = inputs as string ?? ContentKey.Of(inputs),
            Recipe = recipe as string ?? ContentKey.Of(recipe),
            Items = [.. items],
            Content = content as JsonElement? ?? StoredJson.Write(content),
        }).GetRawText() + "\n");

    /// <summary>The state's content.</summary>
    /// <param name="results">The results.</param>
    /// <param name="settings">How it was written; null for the usual way.</param>
    /// <exception cref="ManifestException">It is damaged.</exception>
    public T ContentAs<T>(string results, JsonSerializerOptions? settings = null) => StoredJson.Parse<T>(
        JsonSerializer.SerializeToUtf8Bytes(Content), PathOf(results, Part), "a part's state", "Run the part again.", settings: settings);

    /// <summary>What did the parts of some results.</summary>
    /// <exception cref="ScreenerException">There is none, or one is damaged.</exception>
    public static string VerbOf(string results) => ReadAll(results)[0].Verb;

    /// <summary>The parts, after a proof that none of them and nothing that they made is missing.</summary>
    /// <param name="results">The results.</param>
    /// <param name="items">What the parts made, for messages: "CTs".</param>
    /// <param name="isMade">Whether an item stands; null asks whether its file does.</param>
    /// <param name="cancellation">Stops the proof.</param>
    /// <exception cref="MissingInputException">A part or an item is missing; the message names it.</exception>
    /// <exception cref="ManifestException">Parts do not belong together, or one is damaged.</exception>
    public static IReadOnlyList<PartState> ReadComplete(
        string results, string items, Func<PartState, PartItem, bool>? isMade = null, CancellationToken cancellation = default)
    {
        var parts = ReadAll(results);
        var first = parts[0];
        if (parts.FirstOrDefault(p => p.Part.Count != first.Part.Count) is { } other)
        {
            throw new ManifestException(
                FolderOf(results), $"parts of {first.Part.Count} and of {other.Part.Count}", "the parts of one run",
                "Delete those that are not wanted.");
        }

        if (parts.FirstOrDefault(p => (p.Verb, p.Inputs, p.Recipe) != (first.Verb, first.Inputs, first.Recipe)) is { } stranger)
        {
            throw new ManifestException(
                PathOf(results, stranger.Part),
                stranger.Verb != first.Verb ? $"a part of {stranger.Verb} beside one of {first.Verb}"
                    : stranger.Recipe != first.Recipe ? $"another model or other options than part {first.Part}"
                    : $"other inputs than part {first.Part}",
                "the parts of one run", "Run the older one again.");
        }

        int[] missing = [.. Enumerable.Range(1, first.Part.Count).Except(parts.Select(p => p.Part.Number))];
        Require("parts", [.. missing.Select(n => Invariant($"{n}/{first.Part.Count}"))]);
        string whole = Path.GetFullPath(results);
        Require(items, [.. parts.SelectMany(p => p.Items.Where(i => !IsMade(p, i)).Select(i => $"{i.Name} of part {p.Part}"))]);
        return parts;

        bool IsMade(PartState part, PartItem item)
        {
            cancellation.ThrowIfCancellationRequested();
            return isMade?.Invoke(part, item) ?? (item.File is null || File.Exists(Path.Combine(whole, item.File)));
        }

        void Require(string what, IReadOnlyList<string> names)
        {
            if (names.Count > 0)
            {
                string list = string.Join(", ", names.Take(MostNamed)) + (names.Count > MostNamed ? ", ..." : "");
                throw new MissingInputException(
                    results, Invariant($"{names.Count} {what} missing: {list}"), "all of them",
                    "Run those parts again; what stands is kept.");
            }
        }
    }

    private static IReadOnlyList<PartState> ReadAll(string results)
    {
        const string Remedy = "Run the command with --part i/n for each part first.";
        string folder = FolderOf(results);
        string[] files = Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*-of-*.json").Where(f => !f.EndsWith(".sources.json", StringComparison.Ordinal)
                && !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal)]
            : [];
        return files.Length > 0
            ? [.. files.Select(f => StoredJson.Read<PartState>(f, "a part of some work", Remedy, Remedy, CurrentSchema))]
            : throw new MissingInputException(folder, "no part", "the parts of some work", Remedy);
    }
}
