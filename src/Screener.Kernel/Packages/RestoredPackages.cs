using System.Runtime.InteropServices;
using System.Text.Json;

namespace Screener.Kernel.Packages;

/// <summary>What NuGet has chosen and put onto the disk, as its assets file says.</summary>
/// <param name="Packages">The packages; what others depend on comes first.</param>
/// <param name="SharedFrameworks">Parts of .NET beside its base that they need, such as Microsoft.AspNetCore.App.</param>
internal sealed record RestoredPackages(IReadOnlyList<RestoredPackage> Packages, IReadOnlyList<string> SharedFrameworks)
{
    // NuGet's sign for "nothing here, and that is meant".
    private const string Nothing = "_._";

    /// <summary>Reads an assets file.</summary>
    /// <param name="assetsFile">Its path.</param>
    /// <param name="target">The framework and the runtime identifier, with a slash between them.</param>
    public static RestoredPackages Read(string assetsFile, string target)
    {
        using var assets = JsonDocument.Parse(File.ReadAllBytes(assetsFile));
        var root = assets.RootElement;
        string[] folders = [.. root.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name)];
        var libraries = root.GetProperty("libraries");
        var packages = new Dictionary<string, (RestoredPackage Package, string[] DependsOn)>(StringComparer.OrdinalIgnoreCase);
        var frameworks = new HashSet<string>();
        foreach (var library in root.GetProperty("targets").GetProperty(target).EnumerateObject())
        {
            if (library.Value.GetProperty("type").GetString() != "package")
                continue;
            var slash = library.Name.IndexOf('/', StringComparison.Ordinal);
            var relative = libraries.GetProperty(library.Name).GetProperty("path").GetString()!;
            var folder = folders.Select(parent => Path.Combine(parent, relative)).FirstOrDefault(Directory.Exists)
                ?? Path.Combine(folders[0], relative);
            var package = new RestoredPackage(
                library.Name[..slash],
                library.Name[(slash + 1)..],
                folder,
                Files(library.Value, "runtime", folder),
                Files(library.Value, "native", folder));
            packages[package.Id] = (package, [.. Names(library.Value, "dependencies")]);
            if (library.Value.TryGetProperty("frameworkReferences", out var references))
                frameworks.UnionWith(references.EnumerateArray().Select(reference => reference.GetString()!));
        }

        return new RestoredPackages(Sorted(packages), [.. frameworks]);
    }

    /// <summary>Whether everything is still where the assets file says.</summary>
    public bool Exist() => Packages.All(
        package => Directory.Exists(package.Folder) && package.Assemblies.Concat(package.NativeFiles).All(File.Exists));

    /// <summary>The assemblies of a shared framework that fits the running .NET, or null if it is not installed.</summary>
    public static IReadOnlyList<string>? FrameworkFiles(string name)
    {
        // ROOT/shared/Microsoft.NETCore.App/VERSION/
        var running = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
        var folder = Path.GetFullPath(Path.Combine(running, "..", "..", name));
        var version = Environment.Version;
        return Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder, $"{version.Major}.{version.Minor}.*")
                .OrderByDescending(path => Version.TryParse(Path.GetFileName(path).Split('-')[0], out var patch) ? patch : new Version())
                .Select(path => Directory.GetFiles(path, "*.dll"))
                .FirstOrDefault()
            : null;
    }

    private static IReadOnlyList<string> Files(JsonElement library, string kind, string folder) =>
        [.. Names(library, kind).Where(file => Path.GetFileName(file) != Nothing).Select(
            file => Path.GetFullPath(Path.Combine(folder, file)))];

    private static IEnumerable<string> Names(JsonElement library, string kind) =>
        library.TryGetProperty(kind, out var names) ? names.EnumerateObject().Select(name => name.Name) : [];

    private static List<RestoredPackage> Sorted(Dictionary<string, (RestoredPackage Package, string[] DependsOn)> packages)
    {
        var sorted = new List<RestoredPackage>();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var id in packages.Keys)
            Add(id);
        return sorted;

        void Add(string id)
        {
            if (!packages.TryGetValue(id, out var entry) || !seen.Add(id))
                return;
            foreach (var dependency in entry.DependsOn)
                Add(dependency);
            sorted.Add(entry.Package);
        }
    }
}
