using System.Reflection;
using TorchSharp;

namespace Screener.Storage;

/// <summary>What wrote a file.</summary>
internal static class LibraryVersions
{
    /// <summary>Versions by name: screener, torchSharp and runtime.</summary>
    internal static IReadOnlyDictionary<string, string> All() => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["screener"] = VersionOf(typeof(LibraryVersions).Assembly),
        ["torchSharp"] = VersionOf(typeof(torch).Assembly),
        ["runtime"] = Environment.Version.ToString(),
    };

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "unknown";
}
