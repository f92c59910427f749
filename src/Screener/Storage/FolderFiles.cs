using System.IO.Enumeration;

namespace Screener.Storage;

/// <summary>The files of a folder.</summary>
internal static class FolderFiles
{
    /// <summary>
    /// Enumerates them. Links to files are followed (data sets are often linked together), links to folders are not: they may be loops.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="nested">True for those in folders below it, too.</param>
    /// <param name="take">Makes what is wanted of a file.</param>
    internal static IEnumerable<T> Of<T>(string folder, bool nested, FileSystemEnumerable<T>.FindTransform take) =>
        new FileSystemEnumerable<T>(
            folder, take, new EnumerationOptions { RecurseSubdirectories = nested, IgnoreInaccessible = false, AttributesToSkip = 0 })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
}
