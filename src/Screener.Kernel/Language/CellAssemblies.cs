using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Screener.Kernel.Language;

/// <summary>
/// Where a session's cells, packages and referenced files are loaded: apart from the kernel's own libraries, so that a
/// notebook may use other versions of them, but sharing .NET, the formatters and what cells call of the kernel.
/// </summary>
internal sealed class CellAssemblies() : AssemblyLoadContext("cells")
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, string> pathByName = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Folder, AssemblyDependencyResolver Known)> referencedFiles = [];
    private readonly List<string> nativeFiles = [];

    /// <summary>Makes an assembly file known under its simple name. The first one of a name stays.</summary>
    /// <returns>False if the name is taken by another file.</returns>
    public bool Add(string path)
    {
        lock (gate)
            return pathByName.TryAdd(Path.GetFileNameWithoutExtension(path), path);
    }

    /// <summary>As <see cref="Add"/>, and also what lies beside the file, native libraries included.</summary>
    /// <returns>False if the name is taken by another file.</returns>
    public bool AddWithNeighbours(string path)
    {
        if (!Add(path))
            return false;
        var resolver = new AssemblyDependencyResolver(path);
        lock (gate)
            referencedFiles.Add((Path.GetDirectoryName(path)!, resolver));
        return true;
    }

    /// <summary>The file that is known under a simple name, or null.</summary>
    public string? Find(string simpleName)
    {
        lock (gate)
            return pathByName.GetValueOrDefault(simpleName);
    }

    /// <summary>Makes native libraries known under their file names.</summary>
    public void AddNative(IEnumerable<string> paths)
    {
        lock (gate)
            nativeFiles.AddRange(paths);
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName name)
    {
        if (name.Name is not { } simpleName || CellReferences.IsShared(simpleName))
            return null;
        var path = PathOf(name, simpleName);
        return path is null ? null : LoadFromAssemblyPath(path);
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string name)
    {
        var path = NativePathOf(name);
        // A library that cannot be loaded as it is may still be mended by whoever answers the runtime's last question.
        return path is not null && NativeLibrary.TryLoad(path, out var library) ? library : 0;
    }

    private string? PathOf(AssemblyName name, string simpleName)
    {
        lock (gate)
        {
            if (pathByName.TryGetValue(simpleName, out var path))
                return path;
            return CellReferences.IsFramework(simpleName)
                ? null
                : referencedFiles.Select(
                    file => file.Known.ResolveAssemblyToPath(name) ?? Existing(Path.Combine(file.Folder, simpleName + ".dll")))
                    .FirstOrDefault(neighbour => neighbour is not null);
        }
    }

    private static string? Existing(string path) => File.Exists(path) ? path : null;

    private string? NativePathOf(string name)
    {
        string[] spellings = OperatingSystem.IsWindows() ? [name, $"{name}.dll"]
            : OperatingSystem.IsMacOS() ? [name, $"{name}.dylib", $"lib{name}", $"lib{name}.dylib"]
            : [name, $"{name}.so", $"lib{name}", $"lib{name}.so"];
        lock (gate)
        {
            return referencedFiles.Select(file => file.Known.ResolveUnmanagedDllToPath(name)).FirstOrDefault(
                neighbour => neighbour is not null)
                ?? nativeFiles.Find(file => spellings.Contains(Path.GetFileName(file), StringComparer.OrdinalIgnoreCase));
        }
    }
}
