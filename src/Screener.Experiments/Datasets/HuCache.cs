using System.Text.Json;
using Screener.Errors;
using Screener.Imaging;
using Screener.Storage;

namespace Screener.Datasets;

/// <summary>An imported dataset: a folder of volumes of whole HU in canonical orientation, with lesions, records and a list.</summary>
/// <remarks>
/// Layout: <c>volumes/&lt;id&gt;.hu</c> (<see cref="HuVolume"/>), <c>records/&lt;id&gt;.json</c> (<see cref="HuCacheRecord"/>, for
/// rejected volumes too), <c>cache.json</c>. <see cref="DatasetImport"/> writes it.
/// </remarks>
public sealed class HuCache : IAnnotatedCohort
{
    /// <summary>The list's name in its folder.</summary>
    public const string FileName = "cache.json";

    internal const string Volumes = "volumes", Records = "records";

    private const string Kind = "the list of a dataset cache as this program writes it",
        Again = "Delete it and run 'screener import' again; volumes that stand are kept.";

    private HuCache(string folder, HuCacheList list, DatasetManifest manifest)
    {
        (Folder, Manifest, Options, Cases, Rejected) = (folder, manifest, list.Options, list.Cases, list.Rejected);
        CaseIds = [.. list.Cases.Select(c => c.Id)];
        HasOrgans = list.Cases.Count > 0 && list.Cases.All(c => c.HasOrgan);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <inheritdoc/>
    public DatasetManifest Manifest { get; }

    /// <inheritdoc/>
    public string Name => Manifest.Id;

    /// <inheritdoc/>
    public ulong? Seed => null;

    /// <summary>How it was imported.</summary>
    public DatasetImportOptions Options { get; }

    DatasetImportOptions IAnnotatedCohort.ImportedWith => Options;

    /// <summary>The volumes, in the order of their names.</summary>
    public IReadOnlyList<HuCacheCase> Cases { get; }

    /// <summary>What was rejected, and why.</summary>
    public IReadOnlyList<HuCacheRejection> Rejected { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> CaseIds { get; }

    /// <inheritdoc/>
    public bool HasOrgans { get; }

    /// <summary>True if a path is a cache's folder or list.</summary>
    public static bool IsAt(string path) => Path.GetFileName(path) == FileName
        ? File.Exists(path)
        : File.Exists(Path.Combine(path, FileName));

    /// <summary>Opens a cache.</summary>
    /// <param name="path">The folder, or its <c>cache.json</c>.</param>
    /// <exception cref="MissingInputException">There is none, or its import did not end.</exception>
    /// <exception cref="ManifestException">The list is damaged, of another version or of an unknown dataset.</exception>
    public static HuCache Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string file = Directory.Exists(path) ? Path.Combine(path, FileName) : path;
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        if (!File.Exists(file))
        {
            bool begun = Directory.Exists(Path.Combine(folder, Records));
            throw new MissingInputException(
                file, begun ? "an import that did not end" : "nothing there", $"an imported dataset with its {FileName}",
                begun
                    ? "Run the same 'screener import' again: it goes on."
                    : "Import the dataset first with 'screener import'.");
        }

        byte[] json = InputFile.Reading(file, "a file that can be read", "Check its permissions.", () => InputFile.ReadAllBytes(file));
        var list = StoredJson.Parse<HuCacheList>(json, file, Kind, Again, settings: StoredJson.Dashed);
        if (list.Version != HuCacheRecord.CurrentVersion)
        {
            throw new ManifestException(
                file, $"version {list.Version}", $"version {HuCacheRecord.CurrentVersion}",
                "Import the dataset again, into another folder.");
        }

        foreach (var entry in list.Cases)
        {
            if (entry.Shape.Count != 3 || entry.File != VolumeName(entry.Id) || entry.Id != DatasetCase.CleanId(entry.Id))
                throw Damaged(file, $"the file '{entry.File}' of case '{entry.Id}'");
        }

        try
        {
            return new HuCache(folder, list, DatasetCatalogue.Find(list.Dataset));
        }
        catch (OptionException e)
        {
            throw Damaged(file, e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>Opens a volume; the caller closes it.</summary>
    /// <exception cref="ScreenerException">The file is missing or damaged.</exception>
    public HuVolume OpenVolume(int index) => HuVolume.Open(PathOf(Cases[index]));

    /// <summary>The full path of a volume.</summary>
    public string PathOf(HuCacheCase entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return Path.Combine(Folder, entry.File.Replace('/', Path.DirectorySeparatorChar));
    }

    /// <summary>Reads the record of a case, imported or rejected.</summary>
    /// <exception cref="MissingInputException">There is none.</exception>
    /// <exception cref="ManifestException">It is damaged.</exception>
    public HuCacheRecord ReadRecord(string id)
    {
        string file = Path.Combine(Folder, Records, id + ".json");
        return ReadRecordFile(file) ?? throw Damaged(file, "damaged JSON, or a record of another version");
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> FilesOf(int index) => [PathOf(Cases[index])];

    // A dataset may be larger than can be read at each start: its files say what they hold in their last bytes.
    string IAnnotatedCohort.KeyOf(int index) =>
        Convert.ToHexStringLower(FramedFile.ReadChecksum(PathOf(Cases[index]), HuVolumeFile.Kind));

    string IAnnotatedCohort.PatientOf(int index) =>
        ReadRecord(CaseIds[index]).Provenance.TryGetValue("patient", out string? patient) && patient.Length > 0 ? patient : CaseIds[index];

    /// <inheritdoc/>
    public CtVolume ReadCt(int index, CancellationToken cancellation = default)
    {
        using var volume = OpenVolume(index);
        return volume.ReadCt(cancellation);
    }

    /// <inheritdoc/>
    public AnnotatedCt Read(int index, CancellationToken cancellation = default)
    {
        using var volume = OpenVolume(index);
        var (ct, organ) = (volume.ReadCt(cancellation), volume.ReadOrgan());
        return new AnnotatedCt(Cases[index].Id, ct, volume.ReadLesions(), organ)
        {
            Labels = organ is null ? null : new LabelVolume(organ.Grid, organ.Voxels)
            {
                Names = new Dictionary<byte, string>
                {
                    [1] = Manifest.Labels.FirstOrDefault(l => l.Role == LabelRole.Organ)?.Name ?? "affected organ",
                },
            },
        };
    }

    internal static string VolumeName(string id) => $"{Volumes}/{id}{HuVolumeReader.Ending}";

    /// <summary>A record; null if it is damaged or of another version.</summary>
    /// <exception cref="MissingInputException">It cannot be read.</exception>
    internal static HuCacheRecord? ReadRecordFile(string file)
    {
        byte[] json = InputFile.Reading(
            file, "a record of a dataset cache", "Check the name, or import the dataset again.", () => InputFile.ReadAllBytes(file));
        try
        {
            var read = JsonSerializer.Deserialize<HuCacheRecord>(json, StoredJson.Dashed);
            return read is { Version: HuCacheRecord.CurrentVersion } record
                && record.Id + ".json" == Path.GetFileName(file) && (record.Rejected is null) != (record.Volume is null) ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ManifestException Damaged(string file, string found, Exception? inner = null) =>
        new(file, found, Kind, Again, inner);
}
