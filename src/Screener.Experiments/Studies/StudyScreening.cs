using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Screener.Datasets;
using Screener.Errors;
using Screener.Inference;
using Screener.Reporting;
using Screener.Runtime;
using Screener.Storage;
using TorchSharp;
using static System.FormattableString;

namespace Screener.Studies;

/// <summary>How far the screening of folders has come.</summary>
/// <param name="Title">What is being done.</param>
/// <param name="Fraction">How much of that is done, 0 to 1.</param>
/// <param name="Detail">What to say beside it.</param>
public readonly record struct StudyProgress(string Title, double Fraction, string Detail);

/// <summary>A CT that was refused.</summary>
/// <param name="Name">Its name in the results.</param>
/// <param name="Source">Where it lies.</param>
/// <param name="Reason">Why, one line.</param>
public sealed record RefusedCt(string Name, string Source, string Reason);

/// <summary>What the screening of folders did.</summary>
/// <param name="Method">What made the maps.</param>
/// <param name="Screened">CTs in the table.</param>
/// <param name="Kept">CTs that stood before, refused ones included.</param>
/// <param name="PassedOver">Files and series that are no CT to screen.</param>
/// <param name="Refused">CTs that were refused, in the order of their names.</param>
/// <param name="Highest">The screened CTs with the highest scores, highest first.</param>
public sealed record StudyScreeningResult(
    string Method, int Screened, int Kept, int PassedOver, IReadOnlyList<RefusedCt> Refused, IReadOnlyList<CtRecord> Highest);

/// <summary>Screens every CT that lies in folders.</summary>
/// <remarks>
/// <para>Each CT gets a folder of the results that is named by its bytes: picture, map and at last its record (<see cref="CtRecord"/>). A
/// CT stands once its record does: what was made of the same bytes by the same model with the same options is kept. Whatever is
/// interrupted, the same call goes on. When all stand, the tables are written: <c>findings.csv</c>, <c>findings.json</c>,
/// <c>index.html</c>. The results' bytes do not depend on interruptions, threads or where the CTs lie.</para>
/// <para>No result holds a name, a path, an identifier or a date of a patient; <see cref="SourceTable"/>, which lies beside the results,
/// says who is who.</para>
/// <para>Each CT is worked on by one thread, whatever their number: another number would give other last bits. As many are begun at a time
/// as threads are there and as fit into the memory budget, at <see cref="BytesPerVoxel"/>.</para>
/// </remarks>
public static class StudyScreening
{
    /// <summary>Bytes of memory for each voxel of a CT that is being screened, or of what a network sees of it if they are more, and for
    /// each CT whatever its size.</summary>
    public const int BytesPerVoxel = 24, BytesPerCt = 256 << 20;

    /// <summary>Screens the CTs.</summary>
    /// <param name="paths">Folders, zips and files.</param>
    /// <param name="folder">The results; left out of the search.</param>
    /// <param name="options">Model, method, what is written.</param>
    /// <param name="compute">Device, threads, precision.</param>
    /// <param name="progress">Told within each CT.</param>
    /// <param name="cancellation">Stops within a CT; finished ones stay.</param>
    /// <exception cref="MissingInputException">A path or the model is not there, or there is no CT.</exception>
    /// <exception cref="OutputException">A result cannot be written.</exception>
    /// <exception cref="ScreenerException">The model or an option is of no use.</exception>
    public static StudyScreeningResult Screen(
        IReadOnlyList<string> paths, string folder, StudyScreeningOptions options, ComputeOptions compute,
        IProgress<StudyProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(compute);
        options.Validate();
        AtomicFile.RequireWritable(Path.Combine(folder, CtRecord.FileName));
        string table = options.Part is null ? SourceTable.PathOf(folder) : StudyPart.SourcesOf(folder, options.Part);
        AtomicFile.RequireWritable(table);
        var device = compute.Apply();
        using var model = ScreenerModel.Load(options.Model, compute);
        var windows = options.Overlap is { } overlap ? SlidingWindowOptions.For(model) with { Overlap = overlap } : null;
        var method = model.Methods([options.Method ?? model.MethodNames[^1]], windows)[0];
        options.Findings.Require(method);
        var found = StudySearch.Find(
            paths, folder, options.EverySeries, compute.ThreadCount,
            new Relay<int>(n => progress?.Report(new StudyProgress("Looking for CTs", 0, Invariant($"{n} found")))), cancellation);
        if (found.Studies.Count == 0)
        {
            throw new MissingInputException(
                paths[0], found.PassedOver.Count > 0 ? $"no CT; the first of the rest: {found.PassedOver[0].Reason}" : "no CT",
                "DICOM series, NIfTI, MetaImage or NRRD files, in folders or zips", "Check the path.");
        }

        string recipe = ContentKey.Of(new
        {
            arithmetic = ContentKey.Arithmetic,
            model = ContentKey.OfFile(options.Model),
            method = method.Name,
            options.Overlap,
            options.Findings,
            precision = compute.Precision,
        });
        try
        {
            var sources = SourceTable.Open(table).OfCts();
            return new Run(
                folder, options, recipe, method, LeastVoxel(model), compute with { Threads = 1 }, device.type != DeviceType.CPU, sources,
                progress).Do(found, compute.ThreadCount, cancellation);
        }
        finally
        {
            compute.Apply();
        }
    }

    // Of what the model's networks see, mm3.
    private static double LeastVoxel(ScreenerModel model)
    {
        var networks = (model.Ensemble?.Lesions ?? []).Concat(model.Distilled is { } distilled ? [distilled.Network] : []);
        return networks.Select(n => n.Options.Preprocessing).Append(model.Preprocessing).Min(p => p.TargetSpacing.VoxelVolume);
    }

    /// <summary>One screening of one folder.</summary>
    private sealed class Run(
        string folder, StudyScreeningOptions options, string recipe, AnomalyMethod method, double leastVoxel, ComputeOptions compute,
        bool isGpu, SourceTable sources, IProgress<StudyProgress>? progress)
    {
        private const string PictureFile = "picture.png", MapFile = "map.nii.gz";

        private readonly MemoryGate _gate = new(
            options.MemoryBudget > 0 ? options.MemoryBudget : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);
        private readonly ConcurrentDictionary<string, CtRecord?> _rows = new(StringComparer.Ordinal);
        private readonly Lock _network = new(), _telling = new();
        private int _kept, _done, _refused, _passedOver;
        private double _within;

        internal StudyScreeningResult Do(FoundStudies found, int threads, CancellationToken cancellation)
        {
            var studies = found.Studies.Index().Where(s => options.Part?.Has(s.Index) ?? true).ToList();
            if (options.Maps)
                RequireRoom(studies.Select(s => s.Item));
            try
            {
                // What is nobody's is the first part's.
                foreach (var other in options.Part is { Number: > 1 } ? [] : found.PassedOver)
                    PassOver(other);

                // One at a time to whichever thread is free.
                var work = Partitioner.Create(studies, EnumerablePartitionerOptions.NoBuffering);
                ThreadCounts.Run(
                    threads,
                    parallel => Parallel.ForEach(work, parallel, item => Screen(item.Item, item.Index, studies.Count, cancellation)),
                    cancellation);
            }
            finally
            {
                sources.Write();
            }

            var table = new FindingsTable(folder, method.Name, recipe, _passedOver, _rows);
            var result = table.Sum(_kept, sources, cancellation);
            if (options.Part is { } part)
                WriteState(part, found.Key);
            else
                table.Write(cancellation);
            return result;
        }

        // Packed, a map takes 1.6 bytes for each voxel of a chest as scanners write it: two are asked for. Maps that are there stand, or
        // make room.
        private void RequireRoom(IEnumerable<FoundStudy> studies) => AtomicFile.RequireRoom(
            folder, studies.Sum(s => 2 * s.Candidates[0].Extent.Voxels)
                - Directory.EnumerateDirectories(folder).Select(own => new FileInfo(Path.Combine(own, MapFile)))
                    .Sum(map => map.Exists ? map.Length : 0));

        private void WriteState(WorkPart part, string inputs) => PartState.Write(
            folder, part, StudyPart.Verb, inputs, recipe,
            _rows.Where(r => r.Value is null).Select(r => r.Key).Order(StringComparer.Ordinal)
                .Select(name => new PartItem(name, $"{name}/{CtRecord.FileName}")),
            new StudyPart(method.Name, _passedOver, [.. _rows.Values.OfType<CtRecord>().OrderBy(r => r.Name, StringComparer.Ordinal)]));

        private void PassOver(PassedOver other)
        {
            sources.Set(new SourceEntry(other.Source, null, null, other.Reason));
            Interlocked.Increment(ref _passedOver);
        }

        private void Screen(FoundStudy study, int index, int studies, CancellationToken cancellation)
        {
            double within = 0;
            for (int i = 0; i < study.Candidates.Count; i++)
            {
                string unfiled = Invariant($"refused-{index + 1:D4}") + (i == 0 ? "" : Invariant($"-{i + 1}"));
                if (Screen(study.Candidates[i], unfiled, new Relay<double>(Tell), cancellation))
                {
                    foreach (var other in study.Candidates.Skip(i + 1))
                        PassOver(StudySearch.OtherTaken(other));
                    break;
                }
            }

            lock (_telling)
            {
                _within -= within;
                _done++;
                Report(studies);
            }

            void Tell(double fraction)
            {
                lock (_telling)
                {
                    _within += fraction - within;
                    within = fraction;
                    Report(studies);
                }
            }
        }

        private void Report(int studies) => progress?.Report(new StudyProgress(
            "Screening", Math.Min(1, (_done + _within) / studies),
            Invariant($"{_done} of {studies}") + (_refused == 0 ? "" : Invariant($", {_refused} refused"))));

        /// <summary>Screens one CT, unless it stands.</summary>
        /// <returns>False if it was refused.</returns>
        private bool Screen(CtSource source, string unfiled, IProgress<double> within, CancellationToken cancellation)
        {
            cancellation.ThrowIfCancellationRequested();
            string? name = sources.NameOf(source);
            var record = name is null ? null : Standing(name);
            string? reason = record?.Refused is null ? null : sources.ReasonOf(source) ?? record.Refused;
            bool isKept = record is not null;
            if (record is null)
            {
                CtFiles? files = null;
                try
                {
                    if (source.Refusal is not null)
                        ExceptionDispatchInfo.Throw(source.Refusal);
                    using var room = _gate.Enter(BytesPerCt + (BytesPerVoxel * source.VoxelsAt(leastVoxel)), cancellation);
                    files = source.Open(cancellation);
                    name = "ct-" + files.ContentKey(cancellation)[..16];
                    record = Standing(name);
                    isKept = record is not null;
                    if (record is null)
                        (record, reason) = Make(name, files, within, cancellation);
                    else if (record.Refused is not null)
                        reason = record.Refused;
                }
                catch (ScreenerException e) when (e is not OutputException)
                {
                    // It could not be read at all: it has no bytes to be named by, and is tried again the next time.
                    name = null;
                    (record, reason) = (Refusal(unfiled, e, files ?? new CtFiles(source, source.Places)), e.Message);
                }
                catch (OutOfMemoryException)
                {
                    name = null;
                    reason = "Not enough memory for it. Screen it on a larger machine.";
                    record = Empty(unfiled) with { Refused = reason };
                }
            }

            // Records that stand on the disk are read again when the tables are written.
            _rows[record.Name] = name is null ? record : null;
            sources.Set(new SourceEntry(source.Name, record.Name, name is null ? null : source.Stamp, reason));
            if (isKept)
                Interlocked.Increment(ref _kept);
            if (record.Refused is not null)
                Interlocked.Increment(ref _refused);
            return record.Refused is null;
        }

        private CtRecord? Standing(string name)
        {
            string own = Path.Combine(folder, name);
            return CtRecord.Standing(Path.Combine(own, CtRecord.FileName)) is { } record && record.Recipe == recipe && record.Name == name
                && (record.Refused is null ? IsWhole(record) : !options.Convert)
                ? record
                : null;

            // Conversion changes nothing about what was read without it, and may read what was not.
            bool IsWhole(CtRecord of) => File.Exists(Path.Combine(own, PictureFile)) && (!options.Maps || of.Map is not null)
                && (of.Map is null || File.Exists(Path.Combine(own, MapFile)));
        }

        // First the record goes, at last it comes.
        private (CtRecord Record, string? Reason) Make(
            string name, CtFiles files, IProgress<double> within, CancellationToken cancellation)
        {
            string own = Path.Combine(folder, name), file = Path.Combine(own, CtRecord.FileName);
            AtomicFile.Writing(own, () =>
            {
                foreach (string old in (string[])[file, Path.Combine(own, PictureFile), Path.Combine(own, MapFile)])
                {
                    if (File.Exists(old))
                        File.Delete(old);
                }
            });
            CtRecord record;
            string? reason = null;
            try
            {
                record = Look(name, own, files, within, cancellation);
            }
            catch (ScreenerException e) when (e is not (OutputException or MissingInputException))
            {
                (record, reason) = (Refusal(name, e, files), e.Message);
            }

            AtomicFile.WriteText(file, record.ToJson());
            return (record, reason);
        }

        private CtRecord Look(string name, string own, CtFiles files, IProgress<double> within, CancellationToken cancellation)
        {
            var ct = files.Read(options.Convert, new Relay<double>(f => within.Report(0.1 * f)), cancellation);
            var notes = ScreenedCt.Require(ct);
            var scan = ScreenedCt.FindBody(ct, compute, cancellation);
            var screened = Screen(scan, new Relay<double>(f => within.Report(0.2 + (0.75 * f))), cancellation);
            PngImage.Save(MapPicture.Draw(ct, screened.Map, scan.Body, null), Path.Combine(own, PictureFile));
            if (options.Maps)
                screened.WriteMap(Path.Combine(own, MapFile), cancellation);
            return Empty(name) with
            {
                Shape = ct.Grid.ShapeNumbers,
                SpacingMm = [ct.Spacing.Depth, ct.Spacing.Height, ct.Spacing.Width],
                Notes = [.. notes.Select(n => Clean(n, name, files))],
                Scores = screened.Scores,
                Findings = screened.Findings,
                Picture = PictureFile,
                Map = options.Maps ? MapFile : null,
            };
        }

        private ScreenedCt Screen(PatientScan scan, IProgress<double> within, CancellationToken cancellation)
        {
            // A GPU has memory for one.
            if (!isGpu)
                return ScreenedCt.Of(scan, method, options.Findings, null, within, cancellation);
            lock (_network)
                return ScreenedCt.Of(scan, method, options.Findings, null, within, cancellation);
        }

        private CtRecord Empty(string name) => new() { SchemaVersion = CtRecord.CurrentSchema, Name = name, Recipe = recipe };

        private CtRecord Refusal(string name, ScreenerException e, CtFiles files) => Empty(name) with
        {
            Refused = Clean($"{e.Found}; expected {e.Expected}. {e.Remedy}", name, files),
        };

        private static string Clean(string text, string name, CtFiles files) =>
            PrintableText.Line(Pseudonyms.Clean(text, files.Names(), name));
    }
}
