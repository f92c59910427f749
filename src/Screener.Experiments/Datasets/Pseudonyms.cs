using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Screener.Errors;
using Screener.Imaging;
using Screener.Storage;

namespace Screener.Datasets;

/// <summary>Numbers in place of the names of cases, so that a cache can be handed on without them.</summary>
/// <remarks>
/// Who is who stands beside the cache, not in it: <c>&lt;cache&gt;.pseudonyms.json</c>, which its owner alone may read. A case keeps its
/// number as long as the table is there. Numbers follow the order of names, so that the same raw files give the same cache.
/// </remarks>
internal sealed partial class Pseudonyms
{
    private readonly SortedDictionary<string, string> _idByNumber;

    private Pseudonyms(SortedDictionary<string, string> idByNumber) => _idByNumber = idByNumber;

    /// <summary>The table of a cache.</summary>
    internal static string TableOf(string cacheFolder) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(cacheFolder)) + ".pseudonyms.json";

    /// <summary>The cases under their numbers; new ones get the next, and the table is written first.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="cacheFolder">The cache.</param>
    /// <param name="isNew">True if the cache holds no case yet.</param>
    /// <exception cref="OptionException">The table of a cache that holds cases is gone or damaged.</exception>
    /// <exception cref="OutputException">The table cannot be written.</exception>
    internal static IReadOnlyList<DatasetCase> Apply(IReadOnlyList<DatasetCase> cases, string cacheFolder, bool isNew)
    {
        string table = TableOf(cacheFolder);
        var names = File.Exists(table) || !isNew
            ? Read(table)
            : new Pseudonyms(new SortedDictionary<string, string>(StringComparer.Ordinal));
        var numberById = names._idByNumber.ToDictionary(n => n.Value, n => n.Key);
        int before = numberById.Count;
        foreach (string id in cases.Select(c => c.Id).Where(id => !numberById.ContainsKey(id)).Order(StringComparer.Ordinal))
        {
            int next = numberById.Count + 1;
            while (names._idByNumber.ContainsKey(Number(next)))
                next++;
            string number = Number(next);
            numberById.Add(id, number);
            names._idByNumber.Add(number, id);
        }

        if (numberById.Count > before)
            names.Write(table);
        return [.. cases.Select(c => c with { Id = numberById[c.Id] })];
    }

    /// <summary>A sentence without the names and identifiers of a case.</summary>
    /// <param name="text">The sentence.</param>
    /// <param name="entry">The case under its number.</param>
    internal static string Clean(string text, DatasetCase entry)
    {
        var names = entry.Files.SelectMany(f => f.Name.Split('/').Append(f.Name).Append(Path.GetFileNameWithoutExtension(f.Name)));
        return Clean(text, names.Append(entry.Patient ?? ""), entry.Id);
    }

    /// <summary>A sentence without UIDs and with <paramref name="id"/> in place of names.</summary>
    internal static string Clean(string text, IEnumerable<string> names, string id)
    {
        foreach (string name in names.Where(n => n.Length > 3 || n.Any(char.IsLetter)).Distinct().OrderByDescending(n => n.Length))
        {
            if (text.Contains(name, StringComparison.Ordinal))
                text = Regex.Replace(text, $@"(?<![A-Za-z0-9]){Regex.Escape(name)}(?![A-Za-z0-9])", id, RegexOptions.CultureInvariant);
        }

        return Uid().Replace(text, "(UID)");
    }

    private static string Number(int number) => FormattableString.Invariant($"case-{number:D4}");

    private static Pseudonyms Read(string table)
    {
        try
        {
            var names = JsonSerializer.Deserialize<SortedDictionary<string, string>>(InputFile.ReadAllBytes(table), StoredJson.Settings);
            if (names is not null && names.Values.All(v => v is not null) && names.Values.Distinct().Count() == names.Count)
                return new Pseudonyms(names);
        }
        catch (Exception e) when (e is JsonException || InputFile.IsFault(e))
        {
            throw Lost(table, e);
        }

        throw Lost(table, null);
    }

    private static OptionException Lost(string table, Exception? inner) =>
        new(
            "pseudonyms", $"{table}: no table of pseudonyms{(inner is null ? "" : $" ({inner.Message.TrimEnd('.')})")}",
            "the one that was written with this cache", "Bring it back, or import into another folder.", inner);

    private void Write(string table) =>
        AtomicFile.WriteForOwner(table, JsonSerializer.Serialize(_idByNumber, StoredJson.Settings) + "\n");

    [GeneratedRegex(@"\b[0-9]+(\.[0-9]+){4,}\b")]
    private static partial Regex Uid();
}
