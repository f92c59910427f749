using System.Collections.Immutable;
using Screener.Errors;

namespace Screener.Datasets;

/// <summary>Opens what can be evaluated.</summary>
public static class AnnotatedCohort
{
    private static ImmutableArray<ICohortSource> _sources = [];

    /// <summary>Lets a kind of cohort be opened that is not part of this library. A second one of the same type changes nothing.</summary>
    public static void Register(ICohortSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        ImmutableInterlocked.Update(ref _sources, s => s.Any(o => o.GetType() == source.GetType()) ? s : s.Add(source));
    }

    /// <summary>Opens an imported dataset or a cohort of a registered kind.</summary>
    /// <param name="path">A folder with <c>cache.json</c> or such a cohort's list, or one of these files.</param>
    /// <param name="dataset">What it must be, as a name or alias of <see cref="DatasetCatalogue"/>; null takes anything.</param>
    /// <exception cref="MissingInputException">It is neither.</exception>
    /// <exception cref="OptionException">It is of another dataset, or there is no such dataset.</exception>
    /// <exception cref="ManifestException">Its list is damaged.</exception>
    public static IAnnotatedCohort Open(string path, string? dataset = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var source = SourceAt(path);
        if (source is null && !HuCache.IsAt(path) && !Directory.Exists(Path.Combine(path, HuCache.Records)))
        {
            string lists = string.Join(" nor ", _sources.Select(s => s.FileName).Prepend(HuCache.FileName));
            throw new MissingInputException(
                path, Path.Exists(path) ? $"neither {lists}" : "nothing there", "an imported dataset or a cohort of phantoms",
                "Import it with 'screener import', or make it with 'screener phantom'.");
        }

        var cohort = source is null ? HuCache.Open(path) : source.Open(path);
        if (dataset is not null && DatasetCatalogue.Find(dataset) is { } wanted && wanted.Id != cohort.Manifest.Id)
        {
            throw new OptionException(
                "dataset", $"{path}, which holds {cohort.Manifest.Id}", wanted.Id,
                "Name that dataset's folder, or the dataset of this one.");
        }

        return cohort;
    }

    /// <summary>The registered kind of the cohort at a path; null if there is none of them.</summary>
    internal static ICohortSource? SourceAt(string path) =>
        _sources.FirstOrDefault(s => Path.GetFileName(path) == s.FileName || File.Exists(Path.Combine(path, s.FileName)));

    /// <summary>The registered kind whose raw folders lie like this; null if there is none.</summary>
    internal static ICohortSource? SourceOf(DatasetLayoutKind layout) => _sources.FirstOrDefault(s => s.Kind == layout);
}
