using System.Text.Json;
using System.Text.Json.Serialization;
using Screener.Runtime;

namespace Screener.Datasets;

/// <summary>What is known of one volume of a cache, or why there is none: <c>records/&lt;id&gt;.json</c>.</summary>
public sealed record HuCacheRecord
{
    /// <summary>The version of records and volumes that this library writes and reads.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Version of the import.</summary>
    public required int Version { get; init; }

    /// <summary>The dataset.</summary>
    public required string Dataset { get; init; }

    /// <summary>The case.</summary>
    public required string Id { get; init; }

    /// <summary>Equal for equal options and equal meaning of labels.</summary>
    public required string OptionsFingerprint { get; init; }

    /// <summary>Equal for raw files of equal names and lengths.</summary>
    public required string SourceFingerprint { get; init; }

    /// <summary>How many raw files it was made of.</summary>
    public required int SourceFiles { get; init; }

    /// <summary>Bytes of the raw files.</summary>
    public required long SourceBytes { get; init; }

    /// <summary>Why there is no volume, one line; null if there is one.</summary>
    public string? Rejected { get; init; }

    /// <summary>True if the raw files could not be read, which may pass: the case is tried again each time.</summary>
    public bool TryAgain { get; init; }

    /// <summary>The volume; null if it was rejected.</summary>
    public HuCacheVolume? Volume { get; init; }

    /// <summary>Where it came from: names and values.</summary>
    public IReadOnlyDictionary<string, string> Provenance { get => field
        ?? new Dictionary<string, string>(); init; } // Null where the file has none: the generated reader passes over initialisers.

    /// <summary>What was dropped, ignored or assumed, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get => field ?? []; init; }

    /// <summary>LIDC-IDRI: the nodules; null for other datasets.</summary>
    public IReadOnlyList<NoduleFinding>? Nodules { get; init; }
}

/// <summary>A volume of a cache.</summary>
/// <param name="File">Its file, relative to the cache's folder, with '/'.</param>
/// <param name="Length">Bytes of the file.</param>
/// <param name="Sha256">The checksum at the file's end.</param>
/// <param name="Shape">Voxels along [D, H, W], canonical.</param>
/// <param name="Spacing">Voxel spacing along [D, H, W], mm.</param>
/// <param name="OriginalShape">Voxels along [D, H, W] of the raw files.</param>
/// <param name="OriginalAffine">The affine of the raw files, for people.</param>
/// <param name="MinHu">The lowest HU.</param>
/// <param name="MaxHu">The highest HU.</param>
/// <param name="LesionVoxels">Voxels of lesions.</param>
/// <param name="LesionVolume">Volume of all lesions, mm^3.</param>
/// <param name="OrganVoxels">Voxels of the organ in which lesions grow, outside of them; 0 where it is not labelled.</param>
public sealed record HuCacheVolume(
    string File, long Length, string Sha256, IReadOnlyList<int> Shape, IReadOnlyList<double> Spacing, IReadOnlyList<int> OriginalShape,
    string OriginalAffine,
    int MinHu, int MaxHu, long LesionVoxels, double LesionVolume, long OrganVoxels);

/// <summary>A volume in a cache's list.</summary>
/// <param name="Id">The case.</param>
/// <param name="File">Its file, relative to the cache's folder, with '/'.</param>
/// <param name="Shape">Voxels along [D, H, W].</param>
/// <param name="LesionVoxels">Voxels of lesions.</param>
/// <param name="HasOrgan">True if the organ in which lesions grow is labelled.</param>
public sealed record HuCacheCase(string Id, string File, IReadOnlyList<int> Shape, long LesionVoxels, bool HasOrgan);

/// <summary>A rejected volume in a cache's list.</summary>
/// <param name="Id">The case.</param>
/// <param name="Reason">Why, one line.</param>
public sealed record HuCacheRejection(string Id, string Reason);

/// <summary>The list of a cache: <c>cache.json</c>, written when all volumes stand.</summary>
/// <param name="Version">Version of the import.</param>
/// <param name="Dataset">The dataset.</param>
/// <param name="Options">How it was imported.</param>
/// <param name="OptionsFingerprint">Equal for equal options and equal meaning of labels.</param>
/// <param name="Published">How many volumes the collection has; null if not known.</param>
/// <param name="Paper">How many the paper used; null if none.</param>
/// <param name="CountNote">That the paper's numbers do not add up; null for datasets that are no benchmark.</param>
/// <param name="Cases">The volumes, in the order of their names.</param>
/// <param name="Rejected">What was rejected, in the order of names.</param>
internal sealed record HuCacheList(
    int Version, string Dataset, DatasetImportOptions Options, string OptionsFingerprint, int? Published, int? Paper,
    string? CountNote,
    IReadOnlyList<HuCacheCase> Cases, IReadOnlyList<HuCacheRejection> Rejected);

/// <summary>What a part of an import leaves to be put together.</summary>
internal sealed record DatasetPart(string Dataset, DatasetImportOptions Options);

/// <summary>What an import depends on besides the raw files.</summary>
internal sealed record ImportBasis(
    int Version, string Dataset, DatasetImportOptions Options, IReadOnlyList<DatasetLabel> Labels,
    IReadOnlyList<DatasetExclusion> Exclusions, IReadOnlyList<DatasetCorrection> Corrections);
