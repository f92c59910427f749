using System.Text.Json;
using Screener.Errors;
using Screener.Storage;

namespace Screener.Studies;

/// <summary>Where a CT of the results lies.</summary>
/// <param name="Source">Its path, and its series.</param>
/// <param name="Name">Its name in the results; null where it is no CT to screen.</param>
/// <param name="Stamp">Equal as long as its files are what they were; null where it could not be read.</param>
/// <param name="Reason">Why it was refused or passed over; null where it was screened.</param>
internal sealed record SourceEntry(string Source, string? Name, string? Stamp, string? Reason);

/// <summary>
/// Who is who: <c>&lt;results&gt;.sources.json</c> beside the folder of the results, which its owner alone may read. It spares the
/// reading of CTs whose files have not changed; without it nothing is lost but that time.
/// </summary>
internal sealed class SourceTable
{
    private const int CurrentSchema = 1;

    private readonly string _file;
    private readonly SortedDictionary<string, SourceEntry> _entries = new(StringComparer.Ordinal);
    private readonly Lock _turn = new();
    private long _written = TimeProvider.System.GetTimestamp();

    private SourceTable(string file) => _file = file;

    /// <summary>Why CTs were refused, and where they lie, by their names in the results.</summary>
    internal ILookup<string, SourceEntry> ByName => _entries.Values.Where(e => e.Name is not null).ToLookup(e => e.Name!);

    /// <summary>The table of a folder of results.</summary>
    internal static string PathOf(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + ".sources.json";

    /// <summary>The table as it stands; empty where there is none, or a damaged one.</summary>
    internal static SourceTable Open(string file)
    {
        var table = new SourceTable(file);
        foreach (var entry in StoredJson.TryRead<Stored>(table._file, CurrentSchema)?.Sources ?? [])
            table._entries[entry.Source] = entry;
        return table;
    }

    /// <summary>The name of a CT whose files are what they were; null if that is not known.</summary>
    internal string? NameOf(CtSource source)
    {
        lock (_turn)
            return source.Stamp.Length > 0 && _entries.GetValueOrDefault(source.Name) is { } e && e.Stamp == source.Stamp ? e.Name : null;
    }

    /// <summary>Why a CT was refused, with the names of its files; null if that is not known.</summary>
    internal string? ReasonOf(CtSource source)
    {
        lock (_turn)
            return _entries.GetValueOrDefault(source.Name)?.Reason;
    }

    /// <summary>Forgets what was no CT, or could not be read: it is looked at again.</summary>
    internal SourceTable OfCts()
    {
        foreach (string source in _entries.Values.Where(e => e.Stamp is null).Select(e => e.Source).ToList())
            _entries.Remove(source);
        return this;
    }

    /// <summary>Takes over what another table knows.</summary>
    internal void Add(SourceTable other)
    {
        foreach (var (source, entry) in other._entries)
            _entries[source] = entry;
    }

    /// <summary>Keeps what is known of a CT; writes the table once a minute.</summary>
    internal void Set(SourceEntry entry)
    {
        lock (_turn)
        {
            _entries[entry.Source] = entry;
            if (TimeProvider.System.GetElapsedTime(_written) > TimeSpan.FromMinutes(1))
                Write();
        }
    }

    /// <summary>Writes the table.</summary>
    /// <exception cref="OutputException">It cannot be written.</exception>
    internal void Write()
    {
        lock (_turn)
        {
            AtomicFile.WriteForOwner(
                _file, JsonSerializer.Serialize(new Stored(CurrentSchema, [.. _entries.Values]), StoredJson.Settings) + "\n");
            _written = TimeProvider.System.GetTimestamp();
        }
    }

    private sealed record Stored(int SchemaVersion, IReadOnlyList<SourceEntry> Sources);
}
