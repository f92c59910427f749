using System.Security;
using System.Text.Json;
using Screener.Tests;

namespace Screener.Interactive.Tests.Packaging;

/// <summary>
/// The two packages, packed from the build's output into a feed of their own and restored from it, away from the user's cache.
/// </summary>
public sealed class RestoredPackage : IDisposable
{
    public const string Version = "0.0.1-test";

    private readonly TemporaryFolder _folder = new();

    public RestoredPackage()
    {
        PackedScreener.Pack(Feed, Version, _folder["nuget.config"]);
        File.WriteAllText(_folder["notebook.csproj"], $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <RestorePackagesPath>{SecurityElement.Escape(_folder["packages"])}</RestorePackagesPath>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="Screener.Interactive" Version="{Version}" /></ItemGroup>
            </Project>
            """);
        PackedScreener.Run(["dotnet", "restore", "notebook.csproj", "-v", "q"], start => start.WorkingDirectory = _folder.FullName);
    }

    public string Feed => _folder["feed"];

    public string PackagePath(string id) => Path.Combine(Feed, $"{id}.{Version}.nupkg");

    /// <summary>
    /// Runs cells in a process that knows nothing of Screener but this package; one answer per cell that has a value or fails.
    /// </summary>
    public IReadOnlyList<Dictionary<string, string>> RunCells(params string[] cells) =>
        RunHost([Path.Combine(_folder.FullName, "obj", "project.assets.json"), "Screener.Interactive", .. cells]);

    /// <summary>Runs cells in a process to which a DLL was named by its path.</summary>
    public static IReadOnlyList<Dictionary<string, string>> RunCellsByPath(string dll, params string[] cells) => RunHost(
        ["--path", dll, .. cells]);

    private static IReadOnlyList<Dictionary<string, string>> RunHost(params string[] arguments)
    {
        string host = AppContext.BaseDirectory.Replace(
            "Screener.Interactive.Tests", "Screener.Interactive.PackageHost", StringComparison.Ordinal);
        string output = PackedScreener.Run(["dotnet", Path.Combine(host, "Screener.Interactive.PackageHost.dll"), .. arguments]);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(
            l => JsonSerializer.Deserialize<Dictionary<string, string>>(l)!)];
    }

    public void Dispose() => _folder.Dispose();
}
