using Screener.Errors;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Studies;

/// <summary>Puts the parts of a screening together: the tables that one screening of all would have written, to the byte.</summary>
public static class StudyMerge
{
    private const int MostNamed = 20;

    /// <summary>Proves that nothing is missing and writes the tables.</summary>
    /// <param name="folder">The results.</param>
    /// <param name="cancellation">Stops the reading of records.</param>
    /// <exception cref="MissingInputException">A part or a CT's record is missing; the message names it.</exception>
    /// <exception cref="ScreenerException">Parts do not belong together or are damaged, or a table cannot be written.</exception>
    public static StudyScreeningResult Merge(string folder, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var parts = PartState.ReadAll(folder);
        var first = parts[0];
        if (parts.FirstOrDefault(p => p.Part.Count != first.Part.Count) is { } other)
        {
            throw new ManifestException(
                PartState.FolderOf(folder), $"parts of {first.Part.Count} and of {other.Part.Count}", "the parts of one screening",
                "Delete those that are not wanted.");
        }

        if (parts.FirstOrDefault(p => p.Inputs != first.Inputs || p.Recipe != first.Recipe) is { } stranger)
        {
            throw new ManifestException(
                PartState.PathOf(folder, stranger.Part),
                stranger.Recipe != first.Recipe ? $"another model or other options than part {first.Part}"
                    : $"other inputs than part {first.Part}",
                "the parts of one screening", "Run the older one again.");
        }

        int[] missing = [.. Enumerable.Range(1, first.Part.Count).Except(parts.Select(p => p.Part.Number))];
        Require(missing.Length, "parts", missing.Select(n => Invariant($"{n}/{first.Part.Count}")));
        string[] unmade = [.. parts.SelectMany(p => p.Cts.Where(name => !IsMade(name)).Select(name => $"{name} of part {p.Part}"))];
        Require(unmade.Length, "CTs", unmade);

        var rows = new Dictionary<string, CtRecord?>(StringComparer.Ordinal);
        var sources = SourceTable.Open(SourceTable.PathOf(folder)).OfCts();
        foreach (var part in parts)
        {
            foreach (string name in part.Cts)
                rows[name] = null;
            foreach (var record in part.Unread)
                rows[record.Name] = record;
            sources.Add(SourceTable.Open(PartState.SourcesOf(folder, part.Part)));
        }

        sources.Write();
        var table = new FindingsTable(folder, first.Method, first.Recipe, parts.Sum(p => p.PassedOver), rows);
        var result = table.Sum(0, sources, cancellation);
        table.Write(cancellation);
        return result;

        bool IsMade(string name)
        {
            cancellation.ThrowIfCancellationRequested();
            return CtRecord.Standing(Path.Combine(folder, name, CtRecord.FileName)) is { } record && record.Recipe == first.Recipe
                && (record.Picture is null || File.Exists(Path.Combine(folder, name, record.Picture)))
                && (record.Map is null || File.Exists(Path.Combine(folder, name, record.Map)));
        }

        void Require(int count, string what, IEnumerable<string> names)
        {
            if (count > 0)
            {
                string list = string.Join(", ", names.Take(MostNamed)) + (count > MostNamed ? ", ..." : "");
                throw new MissingInputException(
                    folder, Invariant($"{count} {what} missing: {list}"), "all of them", "Run those parts again; what stands is kept.");
            }
        }
    }
}
