using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Screener.Errors;
using Screener.Imaging;
using Screener.Runtime;
using Screener.Storage;

namespace Screener.Preprocessing;

/// <summary>How far the preparation of a cohort has come.</summary>
/// <param name="Done">CTs that are finished, prepared or rejected.</param>
/// <param name="Cases">CTs in all.</param>
/// <param name="CaseId">The CT being worked on, or the one that was just finished.</param>
/// <param name="CaseFraction">How much of a CT that is not finished is done, 0 to 1.</param>
public readonly record struct PreparationProgress(int Done, int Cases, string CaseId, double CaseFraction)
{
    /// <summary>How much of all is done, 0 to 1.</summary>
    public double Fraction => (Done + CaseFraction) / Cases;
}

/// <summary>Prepares many CTs into a folder, one file each, with a list.</summary>
/// <remarks>
/// Started again with the same options it keeps what stands: files that are whole, made with these options from the same CT, and newer
/// than it. Of a CT that is one file the bytes are compared, too: another file in its place may be older.
/// A CT that is refused is recorded with its reason, never silently left out.
/// </remarks>
public static class CohortPreparation
{
    private const string Ending = ".prep", PartVerb = "prepare";

    /// <summary>Prepares the CTs.</summary>
    /// <param name="inputs">The CTs, with different names.</param>
    /// <param name="folder">Where the volumes and the list go.</param>
    /// <param name="options">How to prepare.</param>
    /// <param name="readers">The formats that are read.</param>
    /// <param name="threads">Processor threads; 0 means one per processor. The result does not depend on it.</param>
    /// <param name="progress">Told within and after each CT.</param>
    /// <param name="cancellation">Stops within a CT; finished ones stay.</param>
    /// <param name="logger">Warned of what was dropped or assumed in reading a CT; null for nobody.</param>
    /// <returns>The list as <see cref="PreparedCohort.Read"/> returns it.</returns>
    /// <exception cref="OptionException">An option is outside its range, there is no input, or two have the same name.</exception>
    /// <exception cref="OutputException">A file cannot be written.</exception>
    public static PreparedCohort Prepare(
        IReadOnlyList<PreparationInput> inputs, string folder, PreprocessingOptions options, VolumeReaders readers, int threads,
        IProgress<PreparationProgress>? progress = null, CancellationToken cancellation = default, ILogger? logger = null)
    {
        var (cases, rejected) = PrepareAll(inputs, folder, options, readers, threads, null, progress, cancellation, logger);
        return Write(folder, options, [.. cases.Select(c => c.Case)], [.. rejected.Select(c => c.Case)]);
    }

    /// <summary>Prepares one of several parts of the CTs; <see cref="Merge"/> puts them together.</summary>
    /// <returns>How many were prepared, and those that were rejected.</returns>
    /// <inheritdoc cref="Prepare"/>
    public static (int Prepared, IReadOnlyList<RejectedCase> Rejected) PreparePart(
        IReadOnlyList<PreparationInput> inputs, string folder, PreprocessingOptions options, VolumeReaders readers, int threads,
        WorkPart part, IProgress<PreparationProgress>? progress = null, CancellationToken cancellation = default, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(part);
        PartState.Begin(folder, part);
        var (cases, rejected) = PrepareAll(inputs, folder, options, readers, threads, part, progress, cancellation, logger);
        PartState.Write(
            folder, part, PartVerb, inputs, options, cases.Select(c => new PartItem(c.Case.Id, c.Case.File)),
            new CohortPart(options, cases, rejected));
        return (cases.Count, [.. rejected.Select(c => c.Case)]);
    }

    /// <summary>Puts the parts of a preparation together: writes the list, the same bytes as one preparation of all.</summary>
    /// <param name="folder">Where the volumes are.</param>
    /// <param name="cancellation">Stops the proof.</param>
    /// <exception cref="MissingInputException">A part or a volume is missing; the message names it.</exception>
    /// <exception cref="ScreenerException">Parts do not belong together or are damaged, or the list cannot be written.</exception>
    public static PreparedCohort Merge(string folder, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var parts = PartState.ReadComplete(folder, "volumes", null, cancellation).Select(p => p.ContentAs<CohortPart>(folder)).ToList();
        return Write(
            folder, parts[0].Options, [.. parts.SelectMany(p => p.Cases).OrderBy(c => c.Place).Select(c => c.Case)],
            [.. parts.SelectMany(p => p.Rejected).OrderBy(c => c.Place).Select(c => c.Case)]);
    }

    private static PreparedCohort Write(
        string folder, PreprocessingOptions options, IReadOnlyList<PreparedCase> cases, IReadOnlyList<RejectedCase> rejected)
    {
        new PreparedCohort
        {
            SchemaVersion = PreparedCohort.CurrentSchema, Options = options, Cases = cases, Rejected = rejected,
        }.Write(folder);
        return PreparedCohort.Read(folder);
    }

    private static (List<Placed<PreparedCase>> Cases, List<Placed<RejectedCase>> Rejected) PrepareAll(
        IReadOnlyList<PreparationInput> inputs, string folder, PreprocessingOptions options, VolumeReaders readers, int threads,
        WorkPart? part, IProgress<PreparationProgress>? progress, CancellationToken cancellation, ILogger? logger)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(readers);
        options.Validate();
        if (inputs.Count == 0 || inputs.DistinctBy(i => i.Id, StringComparer.OrdinalIgnoreCase).Count() != inputs.Count)
            throw new OptionException(
                nameof(inputs), inputs.Count == 0 ? "none" : "two with the same name", "at least one CT, each with a name of its own");

        AtomicFile.RequireWritable(Path.Combine(folder, PreparedCohort.FileName));
        var cases = new List<Placed<PreparedCase>>();
        var rejected = new List<Placed<RejectedCase>>();
        var keys = new Dictionary<string, string?>();
        var mine = inputs.Index().Where(i => part?.Has(i.Index) ?? true).ToList();

        // How large a volume becomes is known once it is cropped, so the smallest so far stands for those to come.
        long smallest = long.MaxValue;
        int missing = mine.Count(m => !File.Exists(FileOf(m.Item)));
        for (int i = 0; i < mine.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var ((place, input), done) = (mine[i], i);
            missing -= File.Exists(FileOf(input)) ? 0 : 1;
            var within = new Relay<double>(fraction => progress?.Report(new PreparationProgress(done, mine.Count, input.Id, fraction)));
            try
            {
                cases.Add(new(
                    place,
                    PrepareOne(input, KeyOf, folder, options, readers, threads, within, logger ?? NullLogger.Instance, cancellation)));
                smallest = Math.Min(smallest, new FileInfo(FileOf(input)).Length);
                AtomicFile.RequireRoom(folder, smallest * missing);
            }
            catch (ScreenerException e) when (e is not OutputException)
            {
                // The options were checked before: what they do not fit is this CT.
                rejected.Add(new(place, new RejectedCase(
                    input.Id, input.Source,
                    e.Message.Contains(input.Path, StringComparison.Ordinal) ? e.Message : $"{input.Path}: {e.Message}")));
            }
            catch (OutOfMemoryException)
            {
                rejected.Add(new(place, new RejectedCase(
                    input.Id, input.Source, $"{input.Path}: not enough memory for it; expected more. Prepare it on a larger machine.")));
            }

            progress?.Report(new PreparationProgress(i + 1, mine.Count, input.Id, 0));
        }

        return (cases, rejected);

        string FileOf(PreparationInput input) => Path.Combine(folder, input.Id + Ending);

        // A zip of many series is read once.
        string? KeyOf(string path)
        {
            if (!keys.TryGetValue(path, out string? known))
                keys[path] = known = ContentKey.OfFile(path);
            return known;
        }
    }

    private static PreparedCase PrepareOne(
        PreparationInput input, Func<string, string?> keyOf, string folder, PreprocessingOptions options, VolumeReaders readers,
        int threads, IProgress<double> progress, ILogger logger, CancellationToken cancellation)
    {
        string name = input.Id + Ending, file = Path.Combine(folder, name);
        if (Standing(file, input, keyOf, options) is not { } prepared)
        {
            var volume = readers.Read(
                input.Path, new VolumeReadOptions { SeriesUid = input.SeriesUid }, new Relay<double>(f => progress.Report(0.6 * f)),
                cancellation);
            foreach (string note in (string[])[.. volume.Notes, .. HounsfieldCheck.Require(volume)])
                logger.LogWarning("{Case}: {Note}", input.Id, note);
            var made = Preprocessor.Prepare(
                volume, options, threads, new Relay<double>(f => progress.Report(0.6 + (0.3 * f))), cancellation);
            prepared = new PreparedVolume(made.Grid, made.Intensities, made.SourceGrid, input.Source, made.OptionsFingerprint)
            {
                SourceKey = keyOf(input.Path),
            };
            PreparedVolumeFile.Write(file, prepared);
        }

        return new PreparedCase(input.Id, input.Source, name, [prepared.Shape.Depth, prepared.Shape.Height, prepared.Shape.Width]);
    }

    private static PreparedVolume? Standing(string file, PreparationInput input, Func<string, string?> keyOf, PreprocessingOptions options)
    {
        if (!File.Exists(file) || !Path.Exists(input.Path) || File.GetLastWriteTimeUtc(file) <= LastChange(input.Path))
            return null;
        try
        {
            var volume = PreparedVolumeFile.Read(file);
            return volume.OptionsFingerprint == options.Fingerprint() && volume.Source == input.Source
                && (volume.SourceKey is null || volume.SourceKey == keyOf(input.Path)) ? volume : null;
        }
        catch (ScreenerException)
        {
            return null; // Damaged: the volume is prepared again.
        }
    }

    private static DateTime LastChange(string path) => Directory.Exists(path)
        ? Directory.EnumerateFileSystemEntries(path, "*", SearchOption.AllDirectories).Select(File.GetLastWriteTimeUtc).Append(
            Directory.GetLastWriteTimeUtc(path)).Max()
        : File.GetLastWriteTimeUtc(path);

    /// <summary>A case and its place among all.</summary>
    private sealed record Placed<T>(int Place, T Case);

    /// <summary>What a part leaves to be put together.</summary>
    private sealed record CohortPart(
        PreprocessingOptions Options, IReadOnlyList<Placed<PreparedCase>> Cases, IReadOnlyList<Placed<RejectedCase>> Rejected);
}
