using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using Microsoft.AspNetCore.Html;
using Microsoft.CodeAnalysis;
using Microsoft.DotNet.Interactive.Formatting;

namespace Screener.Kernel.Language;

/// <summary>What the cells of a session can refer to: .NET, the formatters, and what the session has added by <c>#r</c>.</summary>
internal sealed class CellReferences
{
    private static readonly string FrameworkFolder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    private static readonly Assembly[] SharedAssemblies = [typeof(Formatter).Assembly, typeof(IHtmlContent).Assembly,
        typeof(CellReferences).Assembly];

    private static readonly Lazy<ImmutableArray<string>> FrameworkFiles = new(() =>
        [.. Directory.EnumerateFiles(FrameworkFolder, "*.dll").Where(IsManaged),
            .. SharedAssemblies.Select(assembly => assembly.Location)]);

    private static readonly Lazy<HashSet<string>> FrameworkNames = new(() =>
        new(FrameworkFiles.Value.Select(path => Path.GetFileNameWithoutExtension(path)), StringComparer.OrdinalIgnoreCase));

    private static readonly HashSet<string> SharedNames =
        new(SharedAssemblies.Select(assembly => assembly.GetName().Name!), StringComparer.OrdinalIgnoreCase);

    // A session's own, because the compiler keeps a reference's symbols with it: two chains of submissions that share
    // references, and compile at one time, each come to see types of the other beside their own.
    private readonly ConcurrentDictionary<string, MetadataReference> byPath = new();
    private ImmutableDictionary<string, string> pathByName = FrameworkFiles.Value.ToImmutableDictionary(
        path => Path.GetFileNameWithoutExtension(path),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>All references, one for each assembly name.</summary>
    public IEnumerable<MetadataReference> All => pathByName.Values.Select(At);

    /// <summary>Their files.</summary>
    public IReadOnlyCollection<string> Files => [.. pathByName.Values];

    /// <summary>Whether the kernel's own copy of an assembly is the only one that a session can have.</summary>
    public static bool IsShared(string simpleName) => SharedNames.Contains(simpleName);

    /// <summary>Whether an assembly belongs to .NET itself or is shared.</summary>
    public static bool IsFramework(string simpleName) => FrameworkNames.Value.Contains(simpleName);

    /// <summary>The version of an assembly of .NET, or null if it has none of the name.</summary>
    public static Version? FrameworkVersion(string simpleName)
    {
        var path = Path.Combine(FrameworkFolder, simpleName + ".dll");
        return File.Exists(path) ? AssemblyName.GetAssemblyName(path).Version : null;
    }

    /// <summary>Adds an assembly file, in the place of one of the same name.</summary>
    public void Add(string path) =>
        pathByName = pathByName.SetItem(Path.GetFileNameWithoutExtension(path), path);

    /// <summary>The reference to an assembly file: always the same one, also where only another assembly asks for it.</summary>
    public MetadataReference At(string path) => byPath.GetOrAdd(path, static path => MetadataReference.CreateFromFile(path));

    /// <summary>Whether a file is a .NET assembly.</summary>
    public static bool IsManaged(string path)
    {
        try
        {
            AssemblyName.GetAssemblyName(path);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }
}
