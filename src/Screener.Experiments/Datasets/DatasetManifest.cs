using System.Text.Json;
using System.Text.Json.Serialization;
using Screener.Errors;
using Screener.Runtime;
using Screener.Storage;

namespace Screener.Datasets;

/// <summary>What a dataset is for.</summary>
public enum DatasetRole
{
    /// <summary>Annotated; models are evaluated on it.</summary>
    Benchmark,

    /// <summary>Models are trained on it.</summary>
    Training,

    /// <summary>Made by this program.</summary>
    Phantom,

    /// <summary>Annotated, and not of the paper: people's own, LUNA16; models are evaluated on it.</summary>
    Own,
}

/// <summary>How a raw folder is read.</summary>
public enum DatasetLayoutKind
{
    /// <summary>DICOM series and one XML file of outlines for each.</summary>
    Lidc,

    /// <summary>DICOM series and one MD.ai file of polygons for all.</summary>
    Midrc,

    /// <summary>NIfTI volumes, with label volumes or without, in folders or zips.</summary>
    Nifti,

    /// <summary>DICOM series of which one is taken for each patient.</summary>
    Nlst,

    /// <summary>MetaImage volumes and one table of nodules for all.</summary>
    Luna,

    /// <summary>A cohort that <c>screener phantom</c> made.</summary>
    Phantom,

    /// <summary>CTs in any format with a mask each: NIfTI, MetaImage or NRRD.</summary>
    Pairs,
}

/// <summary>What a label means for the evaluation.</summary>
public enum LabelRole
{
    /// <summary>It counts as lesion.</summary>
    Pathology,

    /// <summary>It is where the lesions grow.</summary>
    Organ,

    /// <summary>It is ignored.</summary>
    Other,
}

/// <summary>What is wrong with published files and put right.</summary>
public enum DatasetCorrectionKind
{
    /// <summary>The mask is mirrored left to right against its image.</summary>
    FlipMaskLeftRight,
}

/// <summary>The grey scale that shows a dataset's pathology.</summary>
public enum DatasetWindow
{
    /// <summary>Soft tissue.</summary>
    SoftTissue,

    /// <summary>Lung.</summary>
    Lung,

    /// <summary>Liver.</summary>
    Liver,
}

/// <summary>A publication.</summary>
public sealed record DatasetCitation(string Text, string? Doi = null, string? Url = null);

/// <summary>Terms of use.</summary>
/// <param name="Name">The licence.</param>
/// <param name="Terms">What it asks for, briefly.</param>
/// <param name="Verified">False where it was not confirmed from the source itself.</param>
public sealed record DatasetLicence(string Name, string Terms, bool Verified);

/// <summary>How to get it by hand.</summary>
public sealed record DatasetAccess(string Where, IReadOnlyList<string> Steps, string Size);

/// <summary>A part of the raw folder, for people.</summary>
public sealed record RawLayoutEntry(string Path, string What);

/// <summary>Which files are volumes and labels: ends of paths with <c>{id}</c> for the case and <c>*</c> for anything.</summary>
public sealed record DatasetFilePatterns(IReadOnlyList<string> Images, IReadOnlyList<string> Masks)
{
    /// <summary>Whether there is a pattern for images, and {id} stands in each once.</summary>
    internal bool AreValid => Images.Count > 0 && Images.Concat(Masks).All(p => p.Split("{id}").Length == 2);
}

/// <summary>A label.</summary>
/// <param name="Name">Its name, by which options pick it.</param>
/// <param name="Role">What it counts as unless an option says otherwise.</param>
/// <param name="Meaning">What it marks.</param>
/// <param name="Value">Its number in label volumes; null where labels are outlines.</param>
public sealed record DatasetLabel(string Name, LabelRole Role, string Meaning, int? Value = null);

/// <summary>How many volumes there are.</summary>
/// <param name="Unit">What is counted.</param>
/// <param name="Verified">False where it was not confirmed from the source itself.</param>
/// <param name="Published">How many the collection has.</param>
/// <param name="Paper">How many the paper used.</param>
/// <param name="Note">A remark.</param>
public sealed record DatasetCounts(string Unit, bool Verified, int? Published = null, int? Paper = null, string? Note = null);

/// <summary>The names of all cases of a numbered dataset.</summary>
/// <param name="Prefix">What stands before the number.</param>
/// <param name="Digits">Its least number of digits.</param>
/// <param name="First">The first number.</param>
/// <param name="Last">The last number.</param>
/// <param name="Absent">Numbers between them that do not exist.</param>
/// <param name="Verified">False where it was not confirmed from the source itself.</param>
public sealed record DatasetIds(string Prefix, int Digits, int First, int Last, IReadOnlyList<int> Absent, bool Verified)
{
    /// <summary>All names.</summary>
    public IEnumerable<string> All() => Enumerable.Range(First, Last - First + 1).Except(Absent).Select(
        n => Prefix + n.ToString($"D{Math.Max(1, Digits)}", System.Globalization.CultureInfo.InvariantCulture));
}

/// <summary>What is left out.</summary>
/// <param name="Rule">Which cases.</param>
/// <param name="Reason">Why.</param>
/// <param name="Ids">Cases that are always left out and recorded; null where the rule is not about names.</param>
/// <param name="Range">First and last number of cases that do not belong to the dataset at all; null where there are none.</param>
public sealed record DatasetExclusion(string Rule, string Reason, IReadOnlyList<string>? Ids = null, IReadOnlyList<int>? Range = null);

/// <summary>What is put right.</summary>
public sealed record DatasetCorrection(IReadOnlyList<string> Ids, DatasetCorrectionKind Kind, string Reason);

/// <summary>A question that the paper leaves open.</summary>
/// <param name="Option">The option that answers it.</param>
/// <param name="Question">The question.</param>
/// <param name="Default">Our answer where nothing else is asked for.</param>
/// <param name="Reason">Why.</param>
public sealed record DatasetChoice(string Option, string Question, string Default, string Reason);

/// <summary>A statement and whether it was confirmed from its source.</summary>
public sealed record DatasetFact(string Statement, string Source, bool Verified);

/// <summary>A row of the paper's tables 2 to 4 (arXiv 2502.08321v1), each value 0 to 1.</summary>
/// <param name="Method">The method as the paper names it.</param>
/// <param name="Auroc">AUROC.</param>
/// <param name="AurocLowFpr">AUROC up to a false positive rate of 0.3.</param>
/// <param name="AuproLowFpr">AUPRO up to a false positive rate of 0.3.</param>
/// <param name="Condition">The condition, for methods of the same kind as ours; otherwise null.</param>
/// <param name="Density">gaussian or flow, for methods of the same kind as ours; otherwise null.</param>
public sealed record PaperRow(
    string Method, double Auroc, double AurocLowFpr, double AuproLowFpr, string? Condition = null, string? Density = null);

/// <summary>What the paper says of a dataset.</summary>
/// <param name="Volumes">How many volumes it used (table 1).</param>
/// <param name="Results">Its results (tables 2 to 4).</param>
public sealed record DatasetPaper(int Volumes, IReadOnlyList<PaperRow> Results);

/// <summary>
/// What a dataset is, how to get it, how its raw files lie, what its labels mean and what is open about it: a file of
/// <c>data-manifests/</c>. Labels, exclusions and corrections in it are obeyed, not only described.
/// </summary>
public sealed record DatasetManifest
{
    /// <summary>The version that this library reads.</summary>
    public const int CurrentSchema = 1;

    /// <summary>The JSON schema that the file names.</summary>
    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    /// <summary>Version of the file's layout.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>The name on the command line.</summary>
    public required string Id { get; init; }

    /// <summary>Shorter names.</summary>
    public required IReadOnlyList<string> Aliases { get; init; }

    /// <summary>The name in texts.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public required DatasetRole Role { get; init; }

    /// <summary>How its raw folder is read.</summary>
    public required DatasetLayoutKind Layout { get; init; }

    /// <summary>What it is, a sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>What is annotated; null in sets for training.</summary>
    public string? Pathology { get; init; }

    /// <summary>The grey scale that shows it.</summary>
    public DatasetWindow Window { get; init; }

    /// <summary>The benchmark beside whose figures in the paper this set is put; null for its own.</summary>
    public string? StandsFor { get; init; }

    /// <summary>What to cite.</summary>
    public required IReadOnlyList<DatasetCitation> Citations { get; init; }

    /// <summary>Terms of use.</summary>
    public required DatasetLicence Licence { get; init; }

    /// <summary>How to get it.</summary>
    public required DatasetAccess Access { get; init; }

    /// <summary>The raw folder, for people.</summary>
    public required IReadOnlyList<RawLayoutEntry> RawLayout { get; init; }

    /// <summary>The raw files, for <see cref="DatasetLayoutKind.Nifti"/> and <see cref="DatasetLayoutKind.Pairs"/>.</summary>
    public DatasetFilePatterns? Files { get; init; }

    /// <summary>Files that are known and not read; * stands for anything.</summary>
    public required IReadOnlyList<string> Companions { get; init; }

    /// <summary>The labels.</summary>
    public required IReadOnlyList<DatasetLabel> Labels { get; init; }

    /// <summary>How many volumes there are.</summary>
    public required DatasetCounts Counts { get; init; }

    /// <summary>The names of all cases, where they are numbered.</summary>
    public DatasetIds? Ids { get; init; }

    /// <summary>What is left out.</summary>
    public required IReadOnlyList<DatasetExclusion> Exclusions { get; init; }

    /// <summary>What is put right.</summary>
    public IReadOnlyList<DatasetCorrection> Corrections { get => field ?? []; init; }

    /// <summary>What the paper leaves open.</summary>
    public required IReadOnlyList<DatasetChoice> Choices { get; init; }

    /// <summary>What is known, and how well.</summary>
    public required IReadOnlyList<DatasetFact> Facts { get; init; }

    /// <summary>What the paper says of it; null if nothing.</summary>
    public DatasetPaper? Paper { get; init; }

    /// <summary>Reads a manifest.</summary>
    /// <param name="json">The file's text.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <exception cref="ManifestException">A member is missing, unknown, of another type or contradicts another.</exception>
    public static DatasetManifest Parse(ReadOnlyMemory<byte> json, string source)
    {
        var manifest = StoredJson.Parse<DatasetManifest>(
            json, source, "a dataset manifest as manifest.schema.json describes it",
            "Correct the manifest, or take the one that came with this version.",
            settings: StoredJson.Dashed);
        if (manifest.SchemaVersion != CurrentSchema)
            throw new ManifestException(
                source, $"schema version {manifest.SchemaVersion}", $"version {CurrentSchema}",
                "Take the manifests that came with this version.");
        manifest.Check(source);
        return manifest;
    }

    /// <summary>Why a case is always left out; null if it is not.</summary>
    internal string? ExclusionOf(string id) => Exclusions.FirstOrDefault(e => e.Ids?.Contains(id) == true)?.Reason;

    /// <summary>True if a number belongs to something else than this dataset.</summary>
    internal bool IsPassedOver(int number) => Exclusions.Any(e => e.Range is [var first, var last] && number >= first && number <= last);

    /// <summary>True if a case's files are put right in this way.</summary>
    internal bool IsCorrected(string id, DatasetCorrectionKind kind) => Corrections.Any(c => c.Kind == kind && c.Ids.Contains(id));

    // What types alone do not say.
    private void Check(string source)
    {
        Require(Id.Length > 0 && Id.All(c => c is '-' or (>= 'a' and <= 'z') or (>= '0' and <= '9')), $"the id '{Id}'",
            "small letters, digits and dashes");
        Require(Name.Length > 0 && Summary.Length > 0, "an empty name or summary", "text");
        Require((Layout is DatasetLayoutKind.Nifti or DatasetLayoutKind.Pairs) == (Files is not null), $"files with the layout {Layout}",
            "files with the layouts nifti and pairs, and with no other");
        Require(Files is null || Files.AreValid,
            "a file pattern without {id}", "at least one image pattern, each with {id} once");
        Require(Labels.DistinctBy(l => l.Name).Count() == Labels.Count, "two labels of one name", "a name of its own for each label");
        Require(Labels.All(l => l.Value is null or (>= 1 and <= 255)), "a label's value outside of 1 to 255", "a number from 1 to 255");
        Require(Labels.Where(l => l.Value is not null).DistinctBy(l => l.Value).Count() == Labels.Count(l => l.Value is not null),
            "two labels of one value", "a value of its own for each label");
        Require(Role != DatasetRole.Benchmark || (Pathology is not null && Labels.Any(l => l.Role == LabelRole.Pathology)),
            "a benchmark without pathology", "a pathology and at least one label that counts as it");
        Require(Counts.Published is null or > 0 && Counts.Paper is null or > 0, "a count that is not positive", "counts of 1 or more");
        Require(Paper is null || Paper.Volumes == Counts.Paper, $"{Paper?.Volumes} volumes under paper and {Counts.Paper} under counts",
            "one number");
        Require(Ids is null || (Ids.First >= 0 && Ids.Last >= Ids.First && Ids.Digits is >= 0 and <= 9), "ids that do not count up",
            "first to last");
        Require(Exclusions.All(e => e.Range is null or [_, _] && !(e.Range is [var a, var b] && a > b)), "a range that is not from and to",
            "two numbers");
        Require(
            (Paper?.Results ?? []).All(
                r => new[] { r.Auroc, r.AurocLowFpr, r.AuproLowFpr }.All(x => x is >= 0 and <= 1)
                    && (r.Condition is null) == (r.Density is null)),
            "a result outside of 0 to 1, or a condition without a density", "fractions, and both or neither");
        Require(
            (Paper?.Results ?? []).All(r => r.Condition is null or "none" or "sin-cos" or "ape" or "masking-invariant")
                && (Paper?.Results ?? []).All(r => r.Density is null or "gaussian" or "flow"),
            "a condition or density of another name", "none, sin-cos, ape or masking-invariant; gaussian or flow");

        void Require(bool holds, string found, string expected)
        {
            if (!holds)
                throw new ManifestException(source, found, expected, "Correct the manifest; manifest.schema.json describes it.");
        }
    }
}
