using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.DotNet.Interactive.CSharp;
using Screener.Kernel.Tests.Notebooks;

namespace Screener.Interactive.Tests.Lessons;

/// <summary>The lessons keep up with the library: their cells are compiled one upon the other, as the engine does, and not run.</summary>
public sealed class LessonCellsTests
{
    // What .NET Interactive prints under a cell as if something were wrong: nested lambdas of many overloads, and methods of TorchSharp
    // with an overload for complex numbers.
    private static readonly string[] Printed = ["CS9236", "CS1701"];

    private static readonly CSharpParseOptions Script = new(LanguageVersion.Latest, kind: SourceCodeKind.Script);

    // What the engine imports by itself.
    private static readonly CSharpCompilationOptions Options = new(
        OutputKind.DynamicallyLinkedLibrary,
        usings: ["System", "System.Text", "System.Collections", "System.Collections.Generic", "System.Threading.Tasks", "System.Linq"]);

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Append(typeof(CSharpKernel).Assembly.Location).Distinct().Select(f => MetadataReference.CreateFromFile(f)),
    ];

    public static TheoryData<string> Names => LessonFiles.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryCellCompiles(string name)
    {
        string extension = File.ReadAllText(
            Path.Combine(LessonFiles.Folder, "..", "src", "Screener.Interactive", "extension.dib"));
        var before = Compile(null, "using static Microsoft.DotNet.Interactive.Kernel;", "the engine's helpers");
        before = Compile(before, extension.Replace("#!csharp", "", StringComparison.Ordinal), "extension.dib");
        foreach (var cell in LessonFiles.Cells(LessonFiles.Read(name)).Where(c => c["cell_type"]!.GetValue<string>() == "code"))
        {
            if (LessonFiles.Source(cell) is var code && code != LessonFiles.PackageCell)
                before = Compile(before, code, $"{name}, cell '{cell["id"]}'");
        }
    }

    private static CSharpCompilation Compile(CSharpCompilation? before, string code, string what)
    {
        var cell = CSharpCompilation.CreateScriptCompilation(
            "cell", CSharpSyntaxTree.ParseText(code, Script), References, Options, before, typeof(object));
        var errors = cell.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error || Printed.Contains(d.Id)).ToList();
        Assert.True(errors.Count == 0, $"{what}:\n{string.Join('\n', errors)}");
        return cell;
    }
}
