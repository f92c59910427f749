using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
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

    // Where training, screening, evaluation and ablation are.
    private static readonly string[] TakesLong =
    [
        "Screener.Ablations", "Screener.Baselines", "Screener.Distillation", "Screener.Evaluation", "Screener.FineTuning",
        "Screener.HuBaselines", "Screener.Inference", "Screener.Training",
    ];

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Append(typeof(CSharpKernel).Assembly.Location).Distinct().Select(f => MetadataReference.CreateFromFile(f)),
    ];

    public static TheoryData<string> Names => LessonFiles.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryCellCompilesAndWhatTakesLongTakesItsToken(string name)
    {
        var before = Start();
        foreach (var cell in LessonFiles.Cells(LessonFiles.Read(name)).Where(c => c["cell_type"]!.GetValue<string>() == "code"))
        {
            if (LessonFiles.Source(cell) is var code && code != LessonFiles.PackageCell)
            {
                before = Compile(before, code, $"{name}, cell '{cell["id"]}'");
                Assert.Equal([], WithoutToken(before).Select(call => $"{name}, cell '{cell["id"]}': {call}"));
            }
        }
    }

    [Fact]
    public void ACallWithoutATokenIsSeen()
    {
        var cell = Compile(
            Start(),
            """
            var lesson = new LessonWorkspace(LessonSettings.Quick);
            var scan = PatientScan.Of(null, null);
            var map = lesson.ShippedModel().Methods(["ensemble"])[0].Map(scan, cancellation: lesson.Stop);
            _ = PatientScan.Of(null, null, lesson.Stop);
            """,
            "a cell");
        Assert.Equal(["PatientScan.Of(null, null)"], WithoutToken(cell));
    }

    private static CSharpCompilation Start()
    {
        string extension = File.ReadAllText(
            Path.Combine(LessonFiles.Folder, "..", "src", "Screener.Interactive", "extension.dib"));
        var helpers = Compile(null, "using static Microsoft.DotNet.Interactive.Kernel;", "the engine's helpers");
        return Compile(helpers, extension.Replace("#!csharp", "", StringComparison.Ordinal), "extension.dib");
    }

    // Calls of what takes long that could be given a token and are not.
    private static IEnumerable<string> WithoutToken(CSharpCompilation cell)
    {
        var tree = cell.SyntaxTrees.Single();
        var model = cell.GetSemanticModel(tree);
        return tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>()
            .Where(call => model.GetOperation(call) is IInvocationOperation operation
                && TakesLong.Contains(operation.TargetMethod.ContainingNamespace.ToDisplayString())
                && operation.Arguments.Any(
                    a => a.ArgumentKind == ArgumentKind.DefaultValue && a.Parameter?.Type.Name == nameof(CancellationToken)))
            .Select(call => call.ToString());
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
