using System.Text.Json;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Runtime;
using Screener.Storage;

namespace Screener.Phantoms;

/// <summary>How far the writing of a cohort has come.</summary>
/// <param name="Done">Cases that stand complete, those found from an earlier run included.</param>
/// <param name="Cases">Cases in all.</param>
/// <param name="CaseId">The case that was completed last.</param>
/// <param name="Kept">True if that case was there already.</param>
public readonly record struct CohortProgress(int Done, int Cases, string CaseId, bool Kept);

/// <summary>Writes cohorts of phantom patients as NIfTI files with a manifest.</summary>
/// <remarks>
/// <para>Layout: <c>&lt;folder&gt;/&lt;cohort&gt;/case_000/{ct,lesions,organs}.nii.gz</c>, <c>case.json</c> beside them, and
/// <c>manifest.json</c> above the cases. A case is complete once its <c>case.json</c> stands, which is written last; the manifest
/// is written when all cases are.</para>
/// <para>Interrupted and started again with the same seed and options, complete cases are kept and the rest is made; the files
/// come out with the same bytes whatever the interruption and the number of threads.</para>
/// </remarks>
public static class PhantomCohortWriter
{
    private const string CaseFile = "case.json";

    private sealed record CaseRecord(int SchemaVersion, string GeneratorVersion, PhantomOptions Options, CohortCase Case);

    /// <summary>Writes one cohort.</summary>
    /// <param name="folder">The folder of all cohorts; the cohort gets its own below.</param>
    /// <param name="options">Which patients.</param>
    /// <param name="threads">How many patients are made at a time, 1 or more.</param>
    /// <param name="progress">Told after every case.</param>
    /// <param name="cancellation">Stops within a slice; complete cases stay.</param>
    /// <returns>The manifest as <see cref="CohortManifest.Read"/> returns it.</returns>
    /// <exception cref="OptionException">An option is out of its range.</exception>
    /// <exception cref="OutputException">A file cannot be written.</exception>
    public static CohortManifest Write(
        string folder, CohortOptions options, int threads, IProgress<CohortProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        OptionException.ThrowIfOutside(nameof(threads), threads, 1, 1024);
        string root = Path.Combine(folder, options.Cohort.Name());
        AtomicFile.RequireRoom(root, BytesLeft(folder, options));
        return AtomicFile.Writing(root, () => WriteCohort(root, options, threads, progress, cancellation));
    }

    /// <summary>About how much <see cref="Write"/> has left to write: cases that stand are not counted.</summary>
    /// <param name="folder">The folder of all cohorts.</param>
    /// <param name="options">Which patients.</param>
    /// <param name="bytesPerVoxel">Bytes for each voxel; one is a little less than the gzipped files of a case take.</param>
    /// <exception cref="OptionException">An option is out of its range.</exception>
    public static long BytesLeft(string folder, CohortOptions options, int bytesPerVoxel = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        string root = Path.Combine(folder, options.Cohort.Name());
        return AtomicFile.Writing(root, () => Enumerable.Range(0, options.Cases).Where(i => Find(root, options, i) is null)
            .Sum(i => bytesPerVoxel * PhantomGenerator.GridOf(options.Patient(i).Seed, options.Phantom).Shape.VoxelCount));
    }

    private static CohortManifest WriteCohort(
        string root, CohortOptions options, int threads, IProgress<CohortProgress>? progress, CancellationToken cancellation)
    {
        string manifestFile = Path.Combine(root, CohortManifest.FileName);
        // While cases change, an old manifest must not claim that they are complete.
        if (File.Exists(manifestFile) && !Describes(manifestFile, options))
            File.Delete(manifestFile);
        var cases = new CohortCase[options.Cases];
        int done = 0;
        var turn = new Lock();
        ThreadCounts.Run(threads, parallel => Parallel.For(0, options.Cases, parallel, index =>
        {
            var kept = Find(root, options, index);
            var entry = kept ?? Make(root, options, index, cancellation);
            cases[index] = entry;
            lock (turn)
                progress?.Report(new CohortProgress(++done, options.Cases, entry.Id, kept is not null));
        }), cancellation);
        new CohortManifest
        {
            SchemaVersion = CohortManifest.CurrentSchema,
            GeneratorVersion = PhantomGenerator.Version,
            Options = options,
            Cases = cases,
        }.Write(root);
        return CohortManifest.Read(root);
    }

    private static bool Describes(string manifestFile, CohortOptions options)
    {
        try
        {
            var manifest = CohortManifest.Read(manifestFile);
            return manifest.GeneratorVersion == PhantomGenerator.Version && Same(manifest.Options, options);
        }
        catch (ScreenerException)
        {
            return false;
        }
    }

    private static string Id(int index) => FormattableString.Invariant($"case_{index:000}");

    // A complete case of an earlier run, or null: same generator, seed and options, and files of the recorded length.
    private static CohortCase? Find(string root, CohortOptions options, int index)
    {
        string file = Path.Combine(root, Id(index), CaseFile);
        if (!File.Exists(file))
            return null;
        CaseRecord? record;
        try
        {
            record = JsonSerializer.Deserialize<CaseRecord>(InputFile.ReadAllBytes(file), StoredJson.Settings);
        }
        catch (JsonException)
        {
            return null; // Damaged: the case is made again.
        }

        var (seed, pathology) = options.Patient(index);
        if (record is null || record.SchemaVersion != CohortManifest.CurrentSchema || record.GeneratorVersion != PhantomGenerator.Version
            || record.Case.Id != Id(index) || record.Case.Seed != seed || record.Case.Pathology != pathology
            || !Same(record.Options, options.Phantom))
            return null;
        string[] files = [record.Case.Ct, record.Case.Lesions, record.Case.Organs];
        for (int i = 0; i < files.Length; i++)
        {
            var info = new FileInfo(Path.Combine(root, files[i]));
            if (!info.Exists || record.Case.FileLengths.Count != 3 || info.Length != record.Case.FileLengths[i])
                return null;
        }

        return record.Case;
    }

    private static CohortCase Make(string root, CohortOptions options, int index, CancellationToken cancellation)
    {
        var (seed, pathology) = options.Patient(index);
        string id = Id(index), folder = Path.Combine(root, id), caseFile = Path.Combine(folder, CaseFile);
        // First the record goes, then the files change.
        if (File.Exists(caseFile))
            File.Delete(caseFile);
        var patient = PhantomGenerator.Generate(seed, pathology, options.Phantom, cancellation);
        string ct = $"{id}/ct.nii.gz", lesions = $"{id}/lesions.nii.gz", organs = $"{id}/organs.nii.gz";
        NiftiWriter.Write(Path.Combine(root, ct), patient.Volume, null, null, cancellation);
        NiftiWriter.Write(Path.Combine(root, lesions), patient.Lesions, null, null, cancellation);
        NiftiWriter.Write(Path.Combine(root, organs), patient.Organs, null, null, cancellation);
        var (shape, spacing) = (patient.Volume.Shape, patient.Volume.Spacing);
        var entry = new CohortCase
        {
            Id = id,
            Seed = seed,
            Pathology = pathology,
            Traits = patient.Traits,
            Ct = ct,
            Lesions = lesions,
            Organs = organs,
            FileLengths = [new FileInfo(Path.Combine(root, ct)).Length, new FileInfo(Path.Combine(root, lesions)).Length,
                new FileInfo(Path.Combine(root, organs)).Length],
            Shape = [shape.Depth, shape.Height, shape.Width],
            Spacing = [spacing.Depth, spacing.Height, spacing.Width],
            LesionCount = patient.LesionCount,
            LesionVolume = patient.Lesions.Count * patient.Lesions.Grid.VoxelVolume,
        };
        var record = new CaseRecord(CohortManifest.CurrentSchema, PhantomGenerator.Version, options.Phantom, entry);
        AtomicFile.WriteText(caseFile, JsonSerializer.Serialize(record, StoredJson.Settings) + "\n");
        return entry;
    }

    // Records with lists compare by reference; their JSON compares by content.
    private static bool Same<T>(T a, T b) =>
        JsonSerializer.Serialize(a, StoredJson.Settings) == JsonSerializer.Serialize(b, StoredJson.Settings);
}
