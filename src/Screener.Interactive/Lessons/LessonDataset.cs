using System.IO.Hashing;
using System.Text;
using Screener.Datasets;
using Screener.Errors;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;

namespace Screener.Interactive.Lessons;

/// <summary>What a lesson about a dataset shows: the dataset itself or a part of it, or phantoms where it is not there.</summary>
public sealed record LessonDataset
{
    private readonly string _workspace;
    private readonly int _threads;

    internal LessonDataset(DatasetManifest wanted, DatasetManifest shown, string folder, bool isPart, string workspace, int threads)
    {
        (Wanted, Shown, Folder, IsPart) = (wanted, shown, Path.GetFullPath(folder), isPart);
        (_workspace, _threads) = (workspace, threads);
    }

    /// <summary>The dataset that the lesson is about.</summary>
    public DatasetManifest Wanted { get; }

    /// <summary>What is shown: the same, or a cohort of phantoms.</summary>
    public DatasetManifest Shown { get; }

    /// <summary>The raw files, or what <c>screener import</c> wrote.</summary>
    public string Folder { get; }

    /// <summary>True if the folder is known to hold some patients of the dataset only.</summary>
    public bool IsPart { get; }

    /// <summary>True for patients, false for phantoms.</summary>
    public bool IsReal => Shown.Role != DatasetRole.Phantom;

    /// <summary>True if the folder was imported already: its raw files are somewhere else.</summary>
    public bool IsImported => HuCache.IsAt(Folder);

    /// <summary>What it is, a sentence or two.</summary>
    public string About => (IsReal, IsPart) switch
    {
        (true, false) => $"Real data: {Wanted.Name}, {(IsImported ? "imported" : "raw files")}.",
        (true, true) => $"Real data, but only a part of {Wanted.Name}: {Path.GetFileName(Folder)}.",
        _ => $"Phantoms, not patients: computed CTs with {Shown.Pathology ?? "mostly nothing to find"}. {Wanted.Name} itself is not here; "
            + $"SCREENER_DATASETS names a folder that holds it as '{Wanted.Id}'.",
    };

    /// <summary>Compares the raw files with the manifest.</summary>
    /// <param name="cancellation">Stops the comparison.</param>
    /// <returns>Null if the folder was imported already.</returns>
    /// <exception cref="ScreenerException">A file that all cases need is missing or damaged.</exception>
    public DatasetCheck? Check(CancellationToken cancellation = default) => IsImported
        ? null
        : DatasetCheck.Of(Shown, Folder, null, cancellation);

    /// <summary>
    /// Imports the raw files in the lessons' folder, where it goes on with what is there; what was imported already is opened.
    /// </summary>
    /// <param name="options">What the paper leaves open; null means our answers.</param>
    /// <param name="progress">Told after each case.</param>
    /// <param name="cancellation">Stops within a case; finished ones stay.</param>
    /// <exception cref="ScreenerException">The raw files are not there, or the folder cannot be written.</exception>
    public HuCache Import(
        DatasetImportOptions? options = null, IProgress<DatasetProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (IsImported)
            return HuCache.Open(Folder);
        options ??= DatasetImportOptions.Default;
        string hash = Convert.ToHexStringLower(XxHash64.Hash(Encoding.UTF8.GetBytes($"{Folder}|{StoredJson.Write(options)}")));
        return DatasetImport.Import(
            Shown, Folder, Path.Combine(_workspace, $"data-{Shown.Id}-{hash}"), options, _threads, progress: progress,
            cancellation: cancellation).Cache;
    }
}
