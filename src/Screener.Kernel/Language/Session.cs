using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Text;

namespace Screener.Kernel.Language;

/// <summary>The chain of submissions that have run, and their variables.</summary>
/// <remarks>
/// Roslyn's <see cref="Script"/> composes the submissions; they are run from here, because <see cref="ScriptState"/> is
/// lost where a cell is stopped, and with it what the cell had assigned by then.
/// </remarks>
internal sealed class Session
{
    /// <summary>
    /// The namespaces that are in scope from the start: those of .NET Interactive, and the members of its class <c>Kernel</c>.
    /// </summary>
    public static readonly IReadOnlyList<string> Imports =
    [
        "System", "System.Text", "System.Collections", "System.Collections.Generic", "System.Threading.Tasks", "System.Linq",
        typeof(Microsoft.DotNet.Interactive.Kernel).FullName!,
    ];

    private static readonly ScriptOptions CommonOptions = ScriptOptions.Default
        .WithImports(Imports)
        .WithLanguageVersion(LanguageVersion.Latest)
        // Loops over voxels are what cells are made of; line numbers survive optimisation well enough.
        .WithOptimizationLevel(OptimizationLevel.Release)
        .WithEmitDebugInformation(true)
        .WithFileEncoding(Encoding.UTF8)
        .WithWarningLevel(0);

    private static readonly EmitOptions EmitOptions = new(debugInformationFormat: DebugInformationFormat.PortablePdb);

    private readonly CellAssemblies assemblies;
    private readonly CellReferences references;
    private Script<object>? last;

    // What the last kept submission refers to, and with it every following one: given again, references would pile up with each cell.
    private HashSet<MetadataReference> inherited = [];
    private MetadataReference[] composed = [];

    // What Roslyn's factories fill: slot 0 is for a host object, which cells do not have, and each submission with code has one.
    private object?[] states = new object?[16];
    private int slots;

    public Session(CellAssemblies assemblies, CellReferences references)
    {
        this.assemblies = assemblies;
        this.references = references;
    }

    /// <summary>The last submission that was kept, or null.</summary>
    public Script? Last => Volatile.Read(ref last);

    /// <summary>Compiles a submission.</summary>
    /// <param name="code">The text; positions in it are those of the cell.</param>
    /// <param name="name">What traces call it.</param>
    /// <param name="stop">Ends the compilation.</param>
    /// <exception cref="CompileException">The text has errors.</exception>
    public Submission Compile(string code, string name, CancellationToken stop)
    {
        var script = Compose(code, name);
        var compilation = script.GetCompilation();
        // Others are those of scripts that it loads.
        var tree = compilation.SyntaxTrees.Single(tree => tree.FilePath == name);
        var root = (CompilationUnitSyntax)tree.GetRoot(stop);
        if (compilation.SyntaxTrees.All(tree => ((CompilationUnitSyntax)tree.GetRoot(stop)).Members.Count == 0))
        {
            // Nothing but usings: there is nothing to run, and nothing that could be emitted.
            ThrowIfErrors(code, compilation.GetDiagnostics(stop));
            return new Submission(script, Factory: null, HasValue: false);
        }

        var hasValue = HasValue(compilation, root);
        var stoppable = SafePoints.AddTo(compilation, tree, code);
        if (!ReferenceEquals(stoppable, code))
        {
            var altered = Compose(stoppable, name);
            if (Emit(altered.GetCompilation(), stop, out var factory).IsEmpty)
                return new Submission(altered, factory, hasValue);
        }

        // The text as it was written: its errors have the places that the user sees.
        ThrowIfErrors(code, Emit(compilation, stop, out var plain));
        return new Submission(script, plain, hasValue);
    }

    /// <summary>Starts a submission. What it has assigned stays only if it is kept.</summary>
    /// <returns>The value of its last expression, null if it has none.</returns>
    public Task<object?> StartAsync(Submission submission)
    {
        if (states.Length < slots + 2)
            Array.Resize(ref states, states.Length * 2);
        return submission.Factory is null ? Task.FromResult<object?>(null) : submission.Factory(states);
    }

    /// <summary>Makes what a submission has declared and assigned so far visible to the following ones, however it ended.</summary>
    public void Keep(Submission submission)
    {
        if (submission.Factory is not null)
        {
            // Stopped before it could begin: its variables do not exist.
            if (states[slots + 1] is null)
                return;
            slots++;
        }

        Volatile.Write(ref last, submission.Script);
        inherited = [.. composed];
    }

    private ImmutableArray<Diagnostic> Emit(Compilation compilation, CancellationToken stop, out Func<object?[], Task<object?>>? factory)
    {
        using var image = new MemoryStream();
        using var symbols = new MemoryStream();
        var result = compilation.Emit(image, symbols, options: EmitOptions, cancellationToken: stop);
        factory = null;
        if (!result.Success)
            return [.. result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)];

        image.Position = symbols.Position = 0;
        var entryPoint = compilation.GetEntryPoint(stop)!;
        factory = assemblies.LoadFromStream(image, symbols)
            .GetType(entryPoint.ContainingType.MetadataName, throwOnError: true)!
            .GetMethod(entryPoint.MetadataName)!
            .CreateDelegate<Func<object?[], Task<object?>>>();
        return [];
    }

    private static void ThrowIfErrors(string code, ImmutableArray<Diagnostic> diagnostics)
    {
        if (diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error))
            throw new CompileException(
                SourceText.From(code), [.. diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)]);
    }

    private Script<object> Compose(string code, string name)
    {
        var folder = Directory.GetCurrentDirectory();
        composed = [.. references.All];
        var options = CommonOptions
            .WithReferences(composed.Where(reference => !inherited.Contains(reference)))
            .WithMetadataResolver(new CellReferenceResolver(references, folder))
            .WithSourceResolver(new SourceFileResolver([], folder))
            .WithFilePath(name);
        return last is null ? CSharpScript.Create<object>(code, options) : last.ContinueWith<object>(code, options);
    }

    // As Compilation.HasSubmissionResult, which is not public: null, too, is a value to show, but no value is not.
    private static bool HasValue(Compilation compilation, CompilationUnitSyntax root)
    {
        if (root.DescendantNodes(node => node is CompilationUnitSyntax or GlobalStatementSyntax or StatementSyntax).Any(
            node => node is ReturnStatementSyntax))
            return true;
        return root.Members.OfType<GlobalStatementSyntax>()
            .LastOrDefault()?.Statement is ExpressionStatementSyntax { SemicolonToken.IsMissing: true } last
            && compilation.GetSemanticModel(root.SyntaxTree).GetTypeInfo(
                last.Expression).ConvertedType is { SpecialType: not SpecialType.System_Void };
    }
}
