using System.Text.Json;
using Screener.Errors;
using Screener.Runtime;
using Screener.Storage;

namespace Screener.Datasets;

/// <summary>What the import of a part of a dataset did.</summary>
/// <param name="Kept">Cases of the part that stood before.</param>
/// <param name="Made">Cases that were imported.</param>
/// <param name="Rejected">The part's rejected cases.</param>
public sealed record DatasetPartResult(int Kept, int Made, IReadOnlyList<HuCacheRejection> Rejected);

public static partial class DatasetImport
{
    private const string PartVerb = "import";

    /// <summary>Imports one of several parts of a dataset; <see cref="Merge"/> puts them together.</summary>
    /// <inheritdoc cref="Import"/>
    public static DatasetPartResult ImportPart(
        DatasetManifest manifest, string rawFolder, string cacheFolder, DatasetImportOptions options, WorkPart part, int threads,
        long memoryBudget = 4L << 30,
        IProgress<DatasetProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(part);
        PartState.Begin(cacheFolder, part);
        return InFolder(manifest, rawFolder, cacheFolder, options, threads, memoryBudget, part, (run, contents) =>
        {
            // What every part looks through, in one order: names of cases and what their files are called.
            var cases = contents.Cases.Index().Where(c => part.Has(c.Index)).Select(c => c.Item).ToList();
            var (kept, made, _) = run.Do(contents, cases, threads, memoryBudget, progress, cancellation);
            var records = run.RecordsOf(cases);
            PartState.Write(
                cacheFolder, part, PartVerb, contents.Cases.Select(c => new { c.Id, Key = SourceFingerprint(c, withNames: true) }),
                OptionsFingerprint(manifest, options), records.Select(r => new PartItem(r.Id, $"{HuCache.Records}/{r.Id}.json")),
                JsonSerializer.SerializeToElement(new DatasetPart(manifest.Id, options), StoredJson.Dashed));
            return new DatasetPartResult(
                kept, made, [.. records.Where(r => r.Rejected is not null).Select(r => new HuCacheRejection(r.Id, r.Rejected!))]);
        }, cancellation);
    }

    /// <summary>Puts the parts of an import together: writes the list, the same bytes as one import of all.</summary>
    /// <param name="cacheFolder">The cache.</param>
    /// <param name="cancellation">Stops the proof.</param>
    /// <exception cref="MissingInputException">A part, a record or a volume is missing; the message names it.</exception>
    /// <exception cref="ScreenerException">Parts do not belong together or are damaged, or the list cannot be written.</exception>
    public static HuCache Merge(string cacheFolder, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(cacheFolder);
        var parts = PartState.ReadComplete(cacheFolder, "cases", IsMade, cancellation);
        var (dataset, options) = parts[0].ContentAs<DatasetPart>(cacheFolder, StoredJson.Dashed);
        var manifest = DatasetCatalogue.Find(dataset);
        manifest = manifest with { Files = options.Files ?? manifest.Files };
        return AtomicFile.Writing(cacheFolder, () =>
        {
            using var run = new Run(manifest, "", Path.GetFullPath(cacheFolder), options, null);
            run.Open(removesLeftovers: true);
            run.WriteList();
            return HuCache.Open(cacheFolder);
        });

        bool IsMade(PartState part, PartItem item) =>
            Path.Combine(cacheFolder, item.File!) is var file && File.Exists(file) && HuCache.ReadRecordFile(file) is { } record
            && record.OptionsFingerprint == part.Recipe
            && (record.Volume is not { } volume
                || (new FileInfo(Path.Combine(cacheFolder, volume.File)) is { Exists: true } data && data.Length == volume.Length));
    }
}
