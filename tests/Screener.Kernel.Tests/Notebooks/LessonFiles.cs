using System.Reflection;
using System.Text.Json.Nodes;
using Screener.Tests;

namespace Screener.Kernel.Tests.Notebooks;

/// <summary>The lessons as they are committed.</summary>
internal static class LessonFiles
{
    /// <summary>The folder of the lessons; skips the running test where the repository is not around it.</summary>
    internal static string Folder => Path.Combine(RepositoryFolder.Find(), "notebooks");

    /// <summary>The package cell of every lesson; its version is the one that Directory.Build.props gives to all that is built.</summary>
    internal static string PackageCell
    {
        get
        {
            string version = typeof(LessonFiles).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            return $"#r \"nuget: Screener.Interactive, {version.Split('+')[0]}\"";
        }
    }

    /// <summary>Their file names, in order.</summary>
    public static TheoryData<string> Names
    {
        get
        {
            // A theory's data cannot skip: without a repository there is one case, which does.
            string? root = Root();
            return root is null
                ? [""]
                : [.. Directory.EnumerateFiles(Path.Combine(root, "notebooks"), "*.ipynb").Select(f => Path.GetFileName(f)).Order(
                    StringComparer.Ordinal)];
        }
    }

    /// <summary>A lesson as JSON.</summary>
    internal static JsonObject Read(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, name)))!.AsObject();

    /// <summary>A cell's text.</summary>
    internal static string Source(JsonNode? cell) => string.Concat(cell!["source"]!.AsArray().Select(l => l!.GetValue<string>()));

    /// <summary>The cells of a lesson.</summary>
    internal static IReadOnlyList<JsonObject> Cells(JsonObject notebook) => [.. notebook["cells"]!.AsArray().Select(c => c!.AsObject())];

    private static string? Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Screener.slnx")))
                return folder.FullName;
        }

        return null;
    }
}
