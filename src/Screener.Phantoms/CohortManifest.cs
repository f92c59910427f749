using System.Text.Json;
using System.Text.Json.Serialization;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Runtime;
using Screener.Storage;

namespace Screener.Phantoms;

/// <summary>What was written for one phantom patient.</summary>
public sealed record CohortCase
{
    /// <summary>"case_000" and so on; also the name of its folder.</summary>
    public required string Id { get; init; }

    /// <summary>The seed that makes the patient again.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The disease.</summary>
    public required Pathology Pathology { get; init; }

    /// <summary>Body and scan.</summary>
    public required PatientTraits Traits { get; init; }

    /// <summary>The CT, relative to the manifest's folder, with '/'.</summary>
    public required string Ct { get; init; }

    /// <summary>The lesion mask, relative to the manifest's folder.</summary>
    public required string Lesions { get; init; }

    /// <summary>The labels of <see cref="PhantomOrgan"/>, relative to the manifest's folder.</summary>
    public required string Organs { get; init; }

    /// <summary>Lengths of the three files in bytes, in the order CT, lesions, organs.</summary>
    public required IReadOnlyList<long> FileLengths { get; init; }

    /// <summary>Voxels along [D, H, W].</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    /// <summary>Voxel spacing along [D, H, W], mm.</summary>
    public required IReadOnlyList<double> Spacing { get; init; }

    /// <summary>How many lesions were grown; neighbours may have merged.</summary>
    public required int LesionCount { get; init; }

    /// <summary>Volume of all lesions, mm^3.</summary>
    public required double LesionVolume { get; init; }
}

/// <summary>The list of a cohort's cases: <c>manifest.json</c> in the cohort's folder.</summary>
public sealed record CohortManifest
{
    /// <summary>The version that this library writes and reads.</summary>
    public const int CurrentSchema = 1;

    /// <summary>The manifest's name in its folder.</summary>
    public const string FileName = "manifest.json";

    private const string Again = "Write the cohort again; complete cases are kept.";

    /// <summary>Version of this file's layout.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary><see cref="PhantomGenerator.Version"/> of the generator that made the cases.</summary>
    public required string GeneratorVersion { get; init; }

    /// <summary>What was asked for.</summary>
    public required CohortOptions Options { get; init; }

    /// <summary>The cases, in order.</summary>
    public required IReadOnlyList<CohortCase> Cases { get; init; }

    /// <summary>The folder the manifest was read from; paths of cases are relative to it.</summary>
    [JsonIgnore]
    public string Folder { get; init; } = "";

    /// <summary>Reads and checks a manifest.</summary>
    /// <param name="path">The manifest, or the folder it is in.</param>
    /// <exception cref="MissingInputException">The manifest or a file that it names is not there.</exception>
    /// <exception cref="ManifestException">It is damaged, of another version, or contradicts itself.</exception>
    public static CohortManifest Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string file = Directory.Exists(path) ? Path.Combine(path, FileName) : path;
        var manifest = StoredJson.Read<CohortManifest>(
            file, $"a cohort's {FileName}", "Make the cohort first, for example with 'screener phantom'.", Again, CurrentSchema)
            with { Folder = Path.GetDirectoryName(Path.GetFullPath(file))! };
        manifest.Check(file);
        return manifest;
    }

    /// <summary>The full path of a file that a case names.</summary>
    public string PathOf(string relative) => Path.Combine(Folder, relative.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Reads the CT of a case.</summary>
    /// <exception cref="ScreenerException">The file is missing or damaged.</exception>
    public CtVolume ReadCt(CohortCase entry, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return new NiftiVolumeReader().Read(PathOf(entry.Ct), VolumeReadOptions.Default, null, cancellation);
    }

    /// <summary>Reads the lesion mask of a case.</summary>
    /// <exception cref="ScreenerException">The file is missing or damaged.</exception>
    public LesionMask ReadLesions(CohortCase entry, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return NiftiVolumeReader.ReadMask(PathOf(entry.Lesions), null, cancellation);
    }

    /// <summary>Reads the organ labels (<see cref="PhantomOrgan"/>) of a case.</summary>
    /// <exception cref="ScreenerException">The file is missing or damaged.</exception>
    public LabelVolume ReadOrgans(CohortCase entry, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var labels = NiftiVolumeReader.ReadLabels(PathOf(entry.Organs), null, cancellation);
        return new LabelVolume(labels.Grid, labels.Voxels) { Names = PhantomOrganNames.All };
    }

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

        if (Cases.Count != Options.Cases)
            throw Damaged(file, $"{Cases.Count} cases where {Options.Cases} were asked for");
        var seen = new HashSet<string>();
        foreach (var entry in Cases)
        {
            if (!seen.Add(entry.Id))
                throw Damaged(file, $"case '{entry.Id}' twice");
            if (entry.Shape.Count != 3 || entry.Spacing.Count != 3 || entry.FileLengths.Count != 3 || entry.Shape.Any(n => n < 1)
                || entry.Spacing.Any(s => !(s > 0)))
                throw Damaged(file, $"a shape, spacing or list of lengths of case '{entry.Id}' that is not three positive numbers");
            foreach (string relative in (ReadOnlySpan<string>)[entry.Ct, entry.Lesions, entry.Organs])
            {
                string full = Path.GetFullPath(PathOf(relative));
                if (relative.Length == 0 || Path.IsPathRooted(relative)
                    || !full.StartsWith(Folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                    throw Damaged(file, $"the path '{relative}' of case '{entry.Id}' outside of the cohort's folder");
                if (!File.Exists(full))
                    throw new MissingInputException(
                        full, "nothing there", $"a file of case '{entry.Id}' named in {file}",
                        "Write the cohort again; complete cases are kept.");
            }
        }
    }

    private static ManifestException Damaged(string file, string found, Exception? inner = null) =>
        new(file, found, "a cohort manifest as this program writes it", Again, inner);
}
