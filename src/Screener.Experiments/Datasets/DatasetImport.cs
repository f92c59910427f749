using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Screener.Datasets.Layouts;
using Screener.Errors;
using Screener.Imaging;
using Screener.Runtime;
using Screener.Storage;

namespace Screener.Datasets;

/// <summary>How far an import has come.</summary>
/// <param name="Done">Cases that stand, those of earlier runs and rejected ones included.</param>
/// <param name="Cases">Cases in all.</param>
/// <param name="Kept">Cases that stood before.</param>
/// <param name="Rejected">Cases rejected in this run.</param>
/// <param name="CaseId">The case that was finished last; empty before the first.</param>
public readonly record struct DatasetProgress(int Done, int Cases, int Kept, int Rejected, string CaseId);

/// <summary>What an import did.</summary>
/// <param name="Cache">The cache.</param>
/// <param name="Kept">Cases that stood before.</param>
/// <param name="Made">Cases that were imported.</param>
/// <param name="Rejected">Cases that were rejected in this run.</param>
/// <param name="Oddities">What else was found in the raw folder.</param>
public sealed record DatasetImportResult(HuCache Cache, int Kept, int Made, int Rejected, IReadOnlyList<DatasetOddity> Oddities);

/// <summary>Turns the raw files of a dataset into a cache (<see cref="HuCache"/>).</summary>
/// <remarks>
/// <para>A volume is written first, then its record, each whole or not at all; a case stands once its record does. The list
/// is written when all cases stand. Whatever is interrupted, also by a kill or a full disk, the same call goes on; with
/// nothing to do it writes nothing. The cache's bytes depend on the raw files and the options only: not on
/// interruptions, threads, or where the folders are.</para>
/// <para>A case is made again if its raw files changed in name or length or are newer than its record. Cases whose raw files
/// are gone are kept.</para>
/// <para>Memory: <see cref="BytesPerVoxel"/> for each voxel of the volumes being worked on, of which as many are begun at a
/// time as fit into the budget; one that alone exceeds it is worked on by itself.</para>
/// </remarks>
public static partial class DatasetImport
{
    /// <summary>
    /// Bytes of memory for each voxel of a volume that is being imported: HU, labels, and both once more in another orientation.
    /// </summary>
    public const int BytesPerVoxel = 12;

    private const string LockFile = ".importing";

    /// <summary>Imports a dataset.</summary>
    /// <param name="manifest">The dataset.</param>
    /// <param name="rawFolder">The raw files; they are only read.</param>
    /// <param name="cacheFolder">The cache; made if it is absent, gone on with if it holds the same dataset with the same options.</param>
    /// <param name="options">What the paper leaves open.</param>
    /// <param name="threads">Processor threads, 1 or more.</param>
    /// <param name="memoryBudget">Bytes for volumes being worked on.</param>
    /// <param name="progress">Told after each case.</param>
    /// <param name="cancellation">Stops within a case; finished ones stay.</param>
    /// <exception cref="OptionException">An option is out of range, or the folder holds something imported otherwise.</exception>
    /// <exception cref="MissingInputException">The raw folder is not there or holds no case.</exception>
    /// <exception cref="OutputException">The cache cannot be written, or another import is at work in it.</exception>
    /// <exception cref="ScreenerException">A file that all cases need is damaged.</exception>
    public static DatasetImportResult Import(
        DatasetManifest manifest, string rawFolder, string cacheFolder, DatasetImportOptions options, int threads,
        long memoryBudget = 4L << 30,
        IProgress<DatasetProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return InFolder(manifest, rawFolder, cacheFolder, options, threads, memoryBudget, null, (run, contents) =>
        {
            var (kept, made, rejected) = run.Do(contents, contents.Cases, threads, memoryBudget, progress, cancellation);
            run.WriteList();
            return new DatasetImportResult(HuCache.Open(cacheFolder), kept, made, rejected, contents.Oddities);
        }, cancellation);
    }

    private static T InFolder<T>(
        DatasetManifest manifest, string rawFolder, string cacheFolder, DatasetImportOptions options, int threads, long memoryBudget,
        WorkPart? part, Func<Run, DatasetContents, T> work, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentException.ThrowIfNullOrEmpty(cacheFolder);
        options.Validate(manifest);
        manifest = manifest with { Files = options.Files ?? manifest.Files };
        OptionException.ThrowIfOutside(nameof(threads), threads, 1, 1024);
        OptionException.ThrowIfOutside(nameof(memoryBudget), memoryBudget, 1, long.MaxValue);
        var contents = DatasetLayouts.Of(manifest).Find(manifest, rawFolder, null, cancellation);
        if (contents.Cases.Count == 0)
        {
            string hint = contents.Oddities.Count > 0
                ? $"; the first of {contents.Oddities.Count} remarks: {contents.Oddities[0].Subject}: {contents.Oddities[0].Text}"
                : "";
            throw new MissingInputException(
                rawFolder, $"no case of {manifest.Name}{hint}", string.Join(", ", manifest.RawLayout.Select(r => r.Path)),
                $"'screener data info {manifest.Id}' tells how the raw files must lie.");
        }

        if (contents.Cases.GroupBy(c => c.Id, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ManifestException(
                rawFolder, $"{twice.Count()} cases named '{twice.Key}'", "a name for each", "Move one of them out of the raw folder.");
        return AtomicFile.Writing(cacheFolder, () =>
        {
            using var run = new Run(manifest, Path.GetFullPath(rawFolder), Path.GetFullPath(cacheFolder), options, part);
            run.Open(removesLeftovers: part is null);
            return work(run, contents);
        });
    }

    /// <summary>The fingerprint of the options together with what the manifest says of labels, exclusions and corrections.</summary>
    internal static string OptionsFingerprint(DatasetManifest manifest, DatasetImportOptions options) => Fingerprint(
        JsonSerializer.SerializeToUtf8Bytes(
        new ImportBasis(
            HuCacheRecord.CurrentVersion, manifest.Id, options, manifest.Labels, manifest.Exclusions, manifest.Corrections),
            StoredJson.Dashed));

    // Names could be guessed from it, where a cache must not have them.
    private static string SourceFingerprint(DatasetCase entry, bool withNames) =>
        Fingerprint(Encoding.UTF8.GetBytes(
            string.Concat(entry.Files.Select(f => FormattableString.Invariant($"{(withNames ? f.Name : "")}\t{f.Length}\n")))));

    private static string Fingerprint(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));

    /// <summary>One import into one folder.</summary>
    private sealed class Run : IDisposable
    {
        private readonly DatasetManifest _manifest;
        private readonly string _raw, _folder, _fingerprint;
        private readonly DatasetImportOptions _options;
        private readonly FileStream _lock;
        private Dictionary<DatasetCase, DatasetCase>? _numbered;
        private Dictionary<string, string> _firstOfPatient = [];
        private readonly SortedDictionary<string, HuCacheRecord> _records = new(StringComparer.Ordinal);

        internal Run(DatasetManifest manifest, string raw, string folder, DatasetImportOptions options, WorkPart? part)
        {
            (_manifest, _raw, _folder, _options) = (manifest, raw, folder, options);
            string turn = Path.Combine(folder, part is null ? LockFile : $"{LockFile}-{part.Number}-of-{part.Count}");
            _fingerprint = OptionsFingerprint(manifest, options);
            Directory.CreateDirectory(Path.Combine(folder, HuCache.Volumes));
            Directory.CreateDirectory(Path.Combine(folder, HuCache.Records));
            try
            {
                _lock = new FileStream(
                    turn, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 0,
                    FileOptions.DeleteOnClose);
            }
            catch (IOException e) when (File.Exists(turn))
            {
                throw new OutputException(
                    folder, $"another import at work ({e.Message.TrimEnd('.')})", "one at a time", "Wait until it has ended.", e);
            }
        }

        public void Dispose() => _lock.Dispose();

        // What is half-written may be another part's.
        internal void Open(bool removesLeftovers)
        {
            ReadRecords();
            if (removesLeftovers)
                RemoveLeftovers();
        }

        internal (int Kept, int Made, int Rejected) Do(
            DatasetContents contents, IReadOnlyList<DatasetCase> wanted, int threads, long memoryBudget,
            IProgress<DatasetProgress>? progress, CancellationToken cancellation)
        {
            var cases = wanted;
            if (_options.Pseudonymise)
            {
                // All of them get their numbers, whichever part is imported.
                _numbered = contents.Cases.Zip(Pseudonyms.Apply(contents.Cases, _folder, isNew: _records.Count == 0))
                    .ToDictionary(c => c.First, c => c.Second);
                cases = [.. wanted.Select(c => _numbered[c])];
                _firstOfPatient = _numbered.Values.Where(c => !string.IsNullOrEmpty(c.Patient)).GroupBy(c => c.Patient!)
                    .ToDictionary(c => c.Key, c => c.Select(n => n.Id).Min(StringComparer.Ordinal)!);
            }

            var fingerprints = cases.ToDictionary(c => c.Id, c => SourceFingerprint(c, withNames: !_options.Pseudonymise));
            var open = cases.Where(c => !Stands(c, fingerprints[c.Id])).ToList();
            var voxels = open.ToDictionary(c => c.Id, c => c.Problem is null ? c.EstimateVoxels() : 0);
            AtomicFile.RequireRoom(_folder, sizeof(short) * voxels.Values.Sum());
            string list = Path.Combine(_folder, HuCache.FileName);
            int kept = cases.Count - open.Count, done = kept, made = 0, rejected = 0;
            progress?.Report(new DatasetProgress(done, cases.Count, kept, 0, ""));
            // While volumes change, an old list must not claim that they are complete.
            if (open.Exists(c => _records.ContainsKey(c.Id)))
                File.Delete(list);
            var gate = new MemoryGate(memoryBudget);
            var turn = new Lock();
            int inner = Math.Max(1, threads / Math.Max(1, open.Count));
            ThreadCounts.Run(threads, parallel => Parallel.ForEach(open, parallel, entry =>
            {
                using var room = gate.Enter(BytesPerVoxel * voxels[entry.Id], cancellation);
                var record = Make(entry, fingerprints[entry.Id], inner, cancellation);
                lock (turn)
                {
                    _records[entry.Id] = record;
                    (made, rejected) = record.Rejected is null ? (made + 1, rejected) : (made, rejected + 1);
                    progress?.Report(new DatasetProgress(++done, cases.Count, kept, rejected, entry.Id));
                }
            }), cancellation);
            return (kept, made, rejected);
        }

        internal void WriteList() => WriteIfChanged(
            Path.Combine(_folder, HuCache.FileName), JsonSerializer.Serialize(List(), StoredJson.Dashed) + "\n");

        internal IReadOnlyList<HuCacheRecord> RecordsOf(IEnumerable<DatasetCase> cases) =>
            [.. cases.Select(c => _records[_numbered is null ? c.Id : _numbered[c].Id])];

        private void ReadRecords()
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(_folder, HuCache.Records), "*.json").Where(
                f => !Path.GetFileName(f).StartsWith('.')))
            {
                // A damaged record is none: its case is made again.
                if (ReadRecord(file) is not { } record)
                    continue;
                if (record.Dataset != _manifest.Id || record.OptionsFingerprint != _fingerprint)
                {
                    throw new OptionException(
                        "cache",
                        $"{_folder} holds {record.Dataset}{(record.Dataset == _manifest.Id ? " imported with other options" : "")}",
                        $"an empty folder, or {_manifest.Id} imported with these options",
                        "Choose another folder, or delete this one.");
                }

                _records.Add(record.Id, record);
            }
        }

        // Another part may remove one of its own just now.
        private static HuCacheRecord? ReadRecord(string file)
        {
            try
            {
                return HuCache.ReadRecordFile(file);
            }
            catch (MissingInputException) when (!File.Exists(file))
            {
                return null;
            }
        }

        // A kill leaves temporary files behind; nobody else writes here, as the lock says.
        private void RemoveLeftovers()
        {
            foreach (string part in (ReadOnlySpan<string>)["", HuCache.Volumes, HuCache.Records])
            {
                foreach (string file in Directory.EnumerateFiles(Path.Combine(_folder, part), ".*.tmp"))
                    File.Delete(file);
            }
        }

        private bool Stands(DatasetCase entry, string fingerprint)
        {
            if (!_records.TryGetValue(entry.Id, out var record) || record.SourceFingerprint != fingerprint || record.TryAgain)
                return false;
            var written = File.GetLastWriteTimeUtc(RecordPath(entry.Id));
            var now = DateTime.UtcNow;
            if (entry.Files.Any(f => f.Changed > written && f.Changed <= now))
                return false;
            return record.Volume is not { } volume
                || (new FileInfo(VolumePath(entry.Id)) is { Exists: true } file && file.Length == volume.Length);
        }

        private HuCacheRecord Make(DatasetCase entry, string fingerprint, int threads, CancellationToken cancellation)
        {
            var record = new HuCacheRecord
            {
                Version = HuCacheRecord.CurrentVersion,
                Dataset = _manifest.Id,
                Id = entry.Id,
                OptionsFingerprint = _fingerprint,
                SourceFingerprint = fingerprint,
                SourceFiles = entry.Files.Count,
                SourceBytes = entry.Files.Sum(f => f.Length),
            };
            string recordFile = RecordPath(entry.Id), volumeFile = VolumePath(entry.Id);
            bool again = _records.TryGetValue(entry.Id, out var before);

            // First the record goes, then the volume changes. That of a case that could not be read stays until it differs.
            if (again && before!.Volume is not null)
                File.Delete(recordFile);
            try
            {
                record = Read(entry, record, volumeFile, threads, cancellation);
            }
            catch (ScreenerException e) when (e is not OutputException)
            {
                // Where the raw folder is does not belong into the cache.
                record = record with
                {
                    Rejected = e.Message.Replace(_raw + Path.DirectorySeparatorChar, "", StringComparison.Ordinal),
                    TryAgain = e is MissingInputException,
                };
            }
            catch (OutOfMemoryException)
            {
                record = record with
                {
                    Rejected = $"{entry.Id}: not enough memory for it; expected more. Import it on a larger machine.", TryAgain = true,
                };
            }

            if (_options.Pseudonymise)
                record = Pseudonymise(record, entry);
            if (record.Rejected is not null)
                File.Delete(volumeFile);
            string json = JsonSerializer.Serialize(record, StoredJson.Dashed) + "\n";
            if (record.TryAgain)
                WriteIfChanged(recordFile, json);
            else
                AtomicFile.WriteText(recordFile, json);
            return record;
        }

        // Of what a record says of its origin only counts are left, and in a patient's further cases the number of the first one.
        private HuCacheRecord Pseudonymise(HuCacheRecord record, DatasetCase entry) => record with
        {
            Provenance = record.Provenance.Where(p => p.Key is "slices" or "readers" or "polygons")
                .Concat(
                    entry.Patient is { Length: > 0 } patient && _firstOfPatient[patient] is var first && first != entry.Id
                        ? [KeyValuePair.Create("patient", first)]
                        : Array.Empty<KeyValuePair<string, string>>())
                .OrderBy(p => p.Key, StringComparer.Ordinal).ToDictionary(),
            Notes = [.. record.Notes.Select(n => Pseudonyms.Clean(n, entry))],
            Rejected = record.Rejected is null ? null : Pseudonyms.Clean(record.Rejected, entry),
        };

        private HuCacheRecord Read(DatasetCase entry, HuCacheRecord record, string file, int threads, CancellationToken cancellation)
        {
            if (entry.Problem is { } problem)
                throw new SeriesRejectedException(
                    entry.Id, problem, "a whole case", "Compare the raw folder with the manifest: 'screener data check'.");
            var raw = entry.Read(_options, threads, cancellation);
            string[] notes = [.. raw.Notes, .. HounsfieldCheck.Require(raw.Ct)];
            var canonical = Reorientation.ToCanonical(raw.Ct, threads);
            var ct = new CtVolume(canonical.Grid, canonical.Voxels, $"{_manifest.Id}/{entry.Id}");
            var labels = raw.Labels is null ? null : Reorientation.ToCanonical(raw.Labels, threads);
            var summary = HuVolumeFile.Write(file, _manifest.Id, entry.Id, ct, labels, cancellation);
            long lesions = labels?.Voxels.AsSpan().Count((byte)CaseLabel.Lesion) ?? 0;
            return record with
            {
                Volume = new HuCacheVolume(
                    HuCache.VolumeName(entry.Id), summary.Length, summary.Sha256, [ct.Shape.Depth, ct.Shape.Height, ct.Shape.Width],
                    [ct.Spacing.Depth, ct.Spacing.Height, ct.Spacing.Width],
                    [raw.Ct.Shape.Depth, raw.Ct.Shape.Height, raw.Ct.Shape.Width], raw.Ct.Grid.Affine.ToString(), summary.MinHu,
                    summary.MaxHu,
                    lesions, Math.Round(lesions * ct.Grid.VoxelVolume, 3), labels?.Voxels.AsSpan().Count((byte)CaseLabel.Organ) ?? 0),
                Provenance = raw.Provenance,
                Notes = summary.Clamped == 0
                    ? notes
                    : [.. notes, $"{summary.Clamped} voxels lie beyond what 16 bits hold and were clipped."],
                Nodules = raw.Nodules,
            };
        }

        private HuCacheList List()
        {
            var volumes = _records.Values.Where(r => r.Volume is not null);
            return new HuCacheList(
                HuCacheRecord.CurrentVersion, _manifest.Id, _options, _fingerprint, _manifest.Counts.Published, _manifest.Counts.Paper,
                _manifest.Role == DatasetRole.Benchmark ? DatasetCatalogue.CountDiscrepancy : null,
                [.. volumes.Select(
                    r => new HuCacheCase(r.Id, r.Volume!.File, r.Volume.Shape, r.Volume.LesionVoxels, r.Volume.OrganVoxels > 0))],
                [.. _records.Values.Where(r => r.Rejected is not null).Select(r => new HuCacheRejection(r.Id, r.Rejected!))]);
        }

        private string RecordPath(string id) => Path.Combine(_folder, HuCache.Records, id + ".json");

        private string VolumePath(string id) => Path.Combine(_folder, HuCache.VolumeName(id).Replace('/', Path.DirectorySeparatorChar));

        private static void WriteIfChanged(string file, string text)
        {
            if (!File.Exists(file) || InputFile.ReadAllText(file) != text)
                AtomicFile.WriteText(file, text);
        }
    }
}
