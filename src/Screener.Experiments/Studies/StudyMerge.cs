using Screener.Errors;
using Screener.Runtime;
using Screener.Storage;

namespace Screener.Studies;

/// <summary>What a part of a screening leaves to be put together.</summary>
/// <param name="Method">What made the maps.</param>
/// <param name="PassedOver">Files and series that are no CT to screen.</param>
/// <param name="Unread">CTs that could not be read at all.</param>
internal sealed record StudyPart(string Method, int PassedOver, IReadOnlyList<CtRecord> Unread)
{
    /// <summary>The word on the command line.</summary>
    internal const string Verb = "screen";

    /// <summary>A part's own table of sources.</summary>
    internal static string SourcesOf(string results, WorkPart part) =>
        Path.ChangeExtension(PartState.PathOf(results, part), ".sources.json");
}

/// <summary>Puts the parts of a screening together: the tables that one screening of all would have written, to the byte.</summary>
public static class StudyMerge
{
    /// <summary>Proves that nothing is missing and writes the tables.</summary>
    /// <param name="folder">The results.</param>
    /// <param name="cancellation">Stops the reading of records.</param>
    /// <exception cref="MissingInputException">A part or a CT's record is missing; the message names it.</exception>
    /// <exception cref="ScreenerException">Parts do not belong together or are damaged, or a table cannot be written.</exception>
    public static StudyScreeningResult Merge(string folder, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var parts = PartState.ReadComplete(folder, "CTs", IsMade, cancellation);
        var rows = new Dictionary<string, CtRecord?>(StringComparer.Ordinal);
        var sources = SourceTable.Open(SourceTable.PathOf(folder)).OfCts();
        StudyPart[] contents = [.. parts.Select(p => p.ContentAs<StudyPart>(folder))];
        foreach (var (part, content) in parts.Zip(contents))
        {
            foreach (var item in part.Items)
                rows[item.Name] = null;
            foreach (var record in content.Unread)
                rows[record.Name] = record;
            sources.Add(SourceTable.Open(StudyPart.SourcesOf(folder, part.Part)));
        }

        sources.Write();
        var table = new FindingsTable(folder, contents[0].Method, parts[0].Recipe, contents.Sum(c => c.PassedOver), rows);
        var result = table.Sum(0, sources, cancellation);
        table.Write(cancellation);
        return result;

        bool IsMade(PartState part, PartItem ct) =>
            CtRecord.Standing(Path.Combine(folder, ct.File!)) is { } record && record.Recipe == part.Recipe
                && (record.Picture is null || File.Exists(Path.Combine(folder, ct.Name, record.Picture)))
                && (record.Map is null || File.Exists(Path.Combine(folder, ct.Name, record.Map)));
    }
}
