using System.IO.Compression;
using System.Security;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Screener.Kernel.Tests.Language;
using Screener.Tests;

namespace Screener.Kernel.Tests.Packages;

/// <summary>A folder to run notebooks in, with a feed and a package cache of its own, so that no network takes part.</summary>
public sealed class PackageFeed : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string before = Directory.GetCurrentDirectory();

    public PackageFeed()
    {
        Directory.CreateDirectory(folder["feed"]);
        Directory.CreateDirectory(folder["notebooks"]);
        File.WriteAllText(
            Path.Combine(folder["notebooks"], "nuget.config"),
            $"""
            <configuration>
              <packageSources><clear /><add key="local" value="../feed" /></packageSources>
              <config><add key="globalPackagesFolder" value="{SecurityElement.Escape(folder["cache"])}" /></config>
            </configuration>
            """);
        Directory.SetCurrentDirectory(folder["notebooks"]);
    }

    /// <summary>A session in this folder.</summary>
    public Notebook NewNotebook() => new();

    public string Folder => folder.FullName;

    /// <summary>Compiles a library.</summary>
    public static byte[] Compile(string assemblyName, string source, string version = "1.0.0.0", params byte[][] references)
    {
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var compilation = CSharpCompilation.Create(
            assemblyName,
            [CSharpSyntaxTree.ParseText(source),
                CSharpSyntaxTree.ParseText($"[assembly: System.Reflection.AssemblyVersion(\"{version}\")]")],
            [
                .. Directory.GetFiles(framework, "*.dll").Where(IsManaged).Select(
                    path => MetadataReference.CreateFromFile(path)),
                MetadataReference.CreateFromFile(typeof(Microsoft.DotNet.Interactive.Formatting.Formatter).Assembly.Location),
                .. references.Select(image => MetadataReference.CreateFromImage(image)),
            ],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return image.ToArray();
    }

    /// <summary>Writes a package.</summary>
    /// <param name="dependencies">Names and versions of other packages.</param>
    /// <param name="files">Paths inside the package, and what is there.</param>
    public void Pack(string id, string version, (string Id, string Version)[] dependencies, params (string Path, byte[] Content)[] files)
    {
        using var package = ZipFile.Open(Path.Combine(folder["feed"], $"{id}.{version}.nupkg"), ZipArchiveMode.Create);
        string needed = string.Concat(dependencies.Select(d => $"<dependency id=\"{d.Id}\" version=\"{d.Version}\" />"));
        var specification = $"""
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>
              <id>{id}</id><version>{version}</version><authors>test</authors><description>test</description>
              <dependencies><group targetFramework="net8.0">{needed}</group></dependencies>
            </metadata></package>
            """;
        foreach (var (path, content) in files.Prepend(($"{id}.nuspec", System.Text.Encoding.UTF8.GetBytes(specification))))
        {
            using var entry = package.CreateEntry(path).Open();
            entry.Write(content);
        }
    }

    private static bool IsManaged(string path)
    {
        try
        {
            System.Reflection.AssemblyName.GetAssemblyName(path);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        Directory.SetCurrentDirectory(before);
        folder.Dispose();
    }
}
