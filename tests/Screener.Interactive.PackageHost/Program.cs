using System.Text.Json;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Scripting.Hosting;
using Microsoft.DotNet.Interactive.Formatting;

// Loads a restored package as .NET Interactive documents it for `#r "nuget: ..."`: the assemblies of the package and of all
// that it depends on become references of a C# script, the package's extension.dib is run, and then the cells.
//   PackageHost project.assets.json PACKAGE CELL...
//   PackageHost --path DLL CELL...      as `#r "path"`: no extension, and siblings are found when they are needed
// Prints one JSON object per cell: {"text/html": ..., "text/plain": ...}, or {"error": ...}.
var package = args[0] == "--path" ? new RestoredPackage([args[1]], []) : RestoredPackage.Read(args[0], args[1]);

// A kernel's own assemblies go before a package's copies of them.
var own = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(Path.GetFileName).ToHashSet();
string[] references = [.. package.Assemblies.Where(a => !own.Contains(Path.GetFileName(a)))];
using var loader = new InteractiveAssemblyLoader();
var options = ScriptOptions.Default.WithImports("System").WithReferences(
    AppDomain.CurrentDomain.GetAssemblies().Where(a => a.Location.Length > 0)).AddReferences(references);
var state = await CSharpScript.Create("", options, assemblyLoader: loader).RunAsync();
foreach (string cell in (string[])[.. package.ExtensionCells, .. args[2..]])
{
    try
    {
        state = await state.ContinueWithAsync(cell);
        if (state.ReturnValue is { } value)
        {
            string mimeType = Formatter.GetPreferredMimeTypesFor(value.GetType()).First();
            Console.WriteLine(
                JsonSerializer.Serialize(
                    new Dictionary<string, string>
                    {
                        ["preferred"] = mimeType, [mimeType] = value.ToDisplayString(mimeType),
                        [PlainTextFormatter.MimeType] = value.ToDisplayString(PlainTextFormatter.MimeType),
                    }));
        }
    }
    catch (Exception e)
    {
        Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, string> { ["error"] = e.ToString() }));
    }
}

/// <summary>A package after restore.</summary>
/// <param name="Assemblies">The DLLs of it and of its dependencies.</param>
/// <param name="ExtensionCells">The C# cells of its extension.dib.</param>
internal sealed record RestoredPackage(IReadOnlyList<string> Assemblies, IReadOnlyList<string> ExtensionCells)
{
    internal static RestoredPackage Read(string file, string package)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        var assets = document.RootElement;
        string[] folders = [.. assets.GetProperty("packageFolders").EnumerateObject().Select(f => f.Name)];
        var assemblies = new List<string>();
        string extension = "";
        foreach (var library in assets.GetProperty("targets").EnumerateObject().Single().Value.EnumerateObject())
        {
            string relative = assets.GetProperty("libraries").GetProperty(library.Name).GetProperty("path").GetString()!;
            string root = folders.Select(f => Path.Combine(f, relative)).First(Directory.Exists);
            if (library.Value.TryGetProperty("runtime", out var runtime))
                assemblies.AddRange(
                    runtime.EnumerateObject().Select(f => Path.Combine(root, f.Name)).Where(
                        f => f.EndsWith(".dll", StringComparison.Ordinal)));
            if (library.Name.Split('/')[0] == package)
                extension = File.ReadAllText(Path.Combine(root, "interactive-extensions", "dotnet", "extension.dib"));
        }

        return new RestoredPackage(
            assemblies, [.. extension.Split("#!csharp", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)]);
    }
}
