using System.Reflection;
using TorchSharp;

namespace Screener.Runtime;

/// <summary>
/// Where TorchSharp's native library and libtorch lie on Linux: beside a program in one folder, but in a notebook each in its
/// own package.
/// </summary>
/// <param name="TorchSharp">TorchSharp's native library.</param>
/// <param name="Torch">libtorch.so; the libraries that it needs lie beside it.</param>
internal sealed record TorchNatives(string TorchSharp, string Torch)
{
    internal const string TorchSharpFile = "libLibTorchSharp.so", TorchFile = "libtorch.so";

    private static readonly string Native = Path.Combine("runtimes", "linux-x64", "native");

    /// <summary>True if both lie in one folder, where the dynamic linker finds one from the other.</summary>
    internal bool AreTogether => Path.GetDirectoryName(TorchSharp) == Path.GetDirectoryName(Torch);

    /// <summary>The libraries of the TorchSharp that is loaded.</summary>
    /// <returns>Null if one of them is nowhere.</returns>
    internal static TorchNatives? Find()
    {
        string search = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return Find(
            Path.GetDirectoryName(typeof(torch).Assembly.Location) ?? "",
            [AppContext.BaseDirectory, .. search.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)],
            LibTorchVersion(),
            Backend());
    }

    /// <summary>The libraries of a TorchSharp.</summary>
    /// <param name="torchSharpFolder">The folder of TorchSharp.dll.</param>
    /// <param name="programFolders">Further folders of this program.</param>
    /// <param name="version">The version of libtorch that fits, as its package is named.</param>
    /// <param name="backend">"cpu" or "cuda-linux": which of libtorch's packages, where there are several.</param>
    internal static TorchNatives? Find(string torchSharpFolder, IReadOnlyList<string> programFolders, string version, string backend)
    {
        var folders = new List<string>();
        foreach (string folder in torchSharpFolder.Length == 0 ? programFolders : [torchSharpFolder, .. programFolders])
            folders.AddRange([Path.Combine(folder, Native), folder]);

        // PACKAGES/torchsharp/VERSION/lib/FRAMEWORK/TorchSharp.dll
        string? package = Up(torchSharpFolder, 2), packages = Up(torchSharpFolder, 4);
        string? torchSharp = First(package is null ? folders : [Path.Combine(package, Native), .. folders], TorchSharpFile);
        if (torchSharp is null)
            return null;

        // The pair that was built together goes first; a notebook's program may have libraries of its own.
        var places = new List<string> { Path.GetDirectoryName(torchSharp)! };
        if (packages is not null && Directory.Exists(packages))
        {
            string kind = backend == "cpu" ? "libtorch-cpu-linux-x64" : "libtorch-cuda-*-linux-x64*";
            places.AddRange(
                Directory.EnumerateDirectories(packages, kind).Order(StringComparer.Ordinal).Select(p => Path.Combine(p, version, Native)));
        }

        return First([.. places, .. folders], TorchFile) is { } torch ? new TorchNatives(torchSharp, torch) : null;
    }

    private static string? First(IEnumerable<string> folders, string file) =>
        folders.Select(f => Path.GetFullPath(Path.Combine(f, file))).FirstOrDefault(File.Exists);

    private static string? Up(string folder, int levels)
    {
        string? up = folder.Length == 0 ? null : folder;
        for (; up is not null && levels > 0; levels--)
            up = Path.GetDirectoryName(up);
        return up;
    }

    // TorchSharp's constant, such as 2.10.0.0, read without starting torch. NuGet leaves out a fourth number of zero.
    private static string LibTorchVersion()
    {
        var field = typeof(torch).GetField("libtorchPackageVersion", BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Static);
        string version = field is { IsLiteral: true } ? field.GetRawConstantValue() as string ?? "" : "";
        return version.Count(c => c == '.') == 3 && version.EndsWith(".0", StringComparison.Ordinal) ? version[..^2] : version;
    }

    private static string Backend() =>
        typeof(TorchNatives).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "TorchBackend").Value!;
}
