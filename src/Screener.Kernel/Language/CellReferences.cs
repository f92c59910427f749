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

    private static readonly Assembly[] SharedAssemblies = [typeof(Formatter).Assembly, typeof(IHtmlContent).Assembly, typeof(CellReferences).Assembly];

    // One copy for all sessions and all their cells: metadata is by far the largest part of a compilation.
    private static readonly Lazy<ImmutableDictionary<string, MetadataReference>> Framework = new(() =>
        Directory.EnumerateFiles(FrameworkFolder, "*.dll")
            .Where(IsManaged)
            .Concat(SharedAssemblies.Select(assembly => assembly.Location))
            .ToImmutableDictionary(
                path => Path.GetFileNameWithoutExtension(path),
                path => (MetadataReference)MetadataReference.CreateFromFile(path),
                StringComparer.OrdinalIgnoreCase));

    private static readonly HashSet<string> SharedNames =
        new(SharedAssemblies.Select(assembly => assembly.GetName().Name!), StringComparer.OrdinalIgnoreCase);

    private ImmutableDictionary<string, MetadataReference> byName = Framework.Value;

    /// <summary>All references, one for each assembly name.</summary>
    public IEnumerable<MetadataReference> All => byName.Values;

    /// <summary>Whether the kernel's own copy of an assembly is the only one that a session can have.</summary>
    public static bool IsShared(string simpleName) => SharedNames.Contains(simpleName);

    /// <summary>Whether an assembly belongs to .NET itself or is shared.</summary>
    public static bool IsFramework(string simpleName) => Framework.Value.ContainsKey(simpleName);

    /// <summary>The version of an assembly of .NET, or null if it has none of the name.</summary>
    public static Version? FrameworkVersion(string simpleName)
    {
        var path = Path.Combine(FrameworkFolder, simpleName + ".dll");
        return File.Exists(path) ? AssemblyName.GetAssemblyName(path).Version : null;
    }

    /// <summary>Adds an assembly file, in the place of one of the same name.</summary>
    public void Add(string path) =>
        byName = byName.SetItem(Path.GetFileNameWithoutExtension(path), MetadataReference.CreateFromFile(path));

    private static bool IsManaged(string path)
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
