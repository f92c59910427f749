using System.IO.Enumeration;
using Screener.Errors;

namespace Screener.Datasets.Layouts;

/// <summary>The layouts.</summary>
public static class DatasetLayouts
{
    /// <summary>The layout of a dataset.</summary>
    public static IDatasetLayout Of(DatasetManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return manifest.Layout switch
        {
            DatasetLayoutKind.Lidc => new LidcLayout(),
            DatasetLayoutKind.Midrc => new MidrcLayout(),
            DatasetLayoutKind.Nifti => new NiftiLayout(),
            DatasetLayoutKind.Nlst => new NlstLayout(),
            DatasetLayoutKind.Luna => new LunaLayout(),
            DatasetLayoutKind.Pairs => new PairsLayout(),
            var other => AnnotatedCohort.SourceOf(other)?.Layout
                ?? throw new OptionException(
                    "layout", $"{other}", "a layout that this program knows", "Register the library that reads it."),
        };
    }

    /// <summary>Files that no case uses, apart from those the manifest knows.</summary>
    internal static IEnumerable<DatasetOddity> Surplus(DatasetManifest manifest, IEnumerable<RawFile> unused) => unused
        .Where(f => !manifest.Companions.Any(p => FileSystemName.MatchesSimpleExpression(p, f.Name)))
        .Select(f => new DatasetOddity(OddityKind.Surplus, f.Name, "belongs to no case"));
}
