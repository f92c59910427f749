using System.Text.Json;
using System.Text.Json.Serialization;
using Screener.Errors;
using Screener.Imaging;
using Screener.Runtime;
using Screener.Storage;

namespace Screener.Preprocessing;

/// <summary>A prepared volume of a cohort.</summary>
/// <param name="Id">Its name, unique in the cohort.</param>
/// <param name="Source">The CT it was made from: a full path, and the series where the path holds several.</param>
/// <param name="File">Its file, relative to the cohort's folder.</param>
/// <param name="Shape">Voxels along [D, H, W].</param>
public sealed record PreparedCase(string Id, string Source, string File, IReadOnlyList<int> Shape);

/// <summary>A CT that could not be prepared.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Source">The CT.</param>
/// <param name="Reason">The error, one line.</param>
public sealed record RejectedCase(string Id, string Source, string Reason);

/// <summary>The list of a folder of prepared volumes: <c>prepared.json</c>. <see cref="CohortPreparation"/> writes it.</summary>
public sealed record PreparedCohort
{
    /// <summary>The list's name in its folder.</summary>
    public const string FileName = "prepared.json";

    /// <summary>The version that this library writes and reads.</summary>
    public const int CurrentSchema = 1;

    private const string Again = "Prepare the cohort again; volumes that stand are kept.";

    /// <summary>Version of this file's layout.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>How the volumes were prepared.</summary>
    public required PreprocessingOptions Options { get; init; }

    /// <summary>The volumes, in order.</summary>
    public required IReadOnlyList<PreparedCase> Cases { get; init; }

    /// <summary>What could not be prepared, and why.</summary>
    public required IReadOnlyList<RejectedCase> Rejected { get; init; }

    /// <summary>The folder that the list was read from.</summary>
    [JsonIgnore]
    public string Folder { get; init; } = "";

    /// <summary>Reads and checks a list.</summary>
    /// <param name="path">The list, or the folder it is in.</param>
    /// <exception cref="MissingInputException">The list is not there.</exception>
    /// <exception cref="ManifestException">It is damaged or of another version.</exception>
    public static PreparedCohort Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string file = Directory.Exists(path) ? Path.Combine(path, FileName) : path;
        var cohort = StoredJson.Read<PreparedCohort>(
            file, $"a folder of prepared volumes with its {FileName}", "Prepare the volumes first, for example with 'screener prepare'.",
            Again,
            CurrentSchema) with { Folder = Path.GetDirectoryName(Path.GetFullPath(file))! };
        cohort.Check(file);
        return cohort;
    }

    /// <summary>Reads the volume of a case.</summary>
    /// <exception cref="ScreenerException">The file is missing or damaged.</exception>
    /// <exception cref="ManifestException">The file was prepared with other options than the list says.</exception>
    public PreparedVolume Load(PreparedCase entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        string file = Path.Combine(Folder, entry.File);
        var volume = PreparedVolumeFile.Read(file);
        if (volume.OptionsFingerprint != Options.Fingerprint())
            throw new ManifestException(
                file, $"a volume of options {volume.OptionsFingerprint}", $"{Options.Fingerprint()}, as {FileName} says",
                "Prepare the cohort again.");
        return volume;
    }

    /// <summary>The checksum of a volume's file, which is compared when the volume is read.</summary>
    /// <exception cref="MissingInputException">The file is missing or cannot be read.</exception>
    internal byte[] Checksum(PreparedCase entry) => PreparedVolumeFile.ReadChecksum(Path.Combine(Folder, entry.File));

    /// <summary>What the volumes hold, each of them: part of the key of whatever is trained on them.</summary>
    /// <inheritdoc cref="Checksum"/>
    internal string ContentKey() => Storage.ContentKey.Of(Cases.Select(c => new { c.Id, digest = Convert.ToHexStringLower(Checksum(c)) }));

    internal void Write(string folder) => AtomicFile.WriteText(
        Path.Combine(folder, FileName), JsonSerializer.Serialize(this, StoredJson.Settings) + "\n");

    private void Check(string file)
    {
        try
        {
            Options.Validate();
        }
        catch (OptionException e)
        {
            throw Damaged(file, e.Message, e);
        }

        var seen = new HashSet<string>();
        foreach (var entry in Cases)
        {
            if (!seen.Add(entry.Id))
                throw Damaged(file, $"case '{entry.Id}' twice");
            if (entry.File.Length == 0 || Path.GetFileName(entry.File) != entry.File)
                throw Damaged(file, $"the file '{entry.File}' of case '{entry.Id}', which is not a name in its folder");
        }
    }

    private static ManifestException Damaged(string file, string found, Exception? inner = null) =>
        new(file, found, "a list of prepared volumes as this program writes it", Again, inner);
}
