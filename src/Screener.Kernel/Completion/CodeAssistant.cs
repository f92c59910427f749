using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Completion;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Host.Mef;
using Microsoft.CodeAnalysis.QuickInfo;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Text;
using Microsoft.DotNet.Interactive.Formatting;
using Screener.Kernel.Language;

namespace Screener.Kernel.Completion;

/// <summary>Answers what could stand at a place of a cell, and what does.</summary>
/// <remarks>
/// The session is one document, its outline, and the cell is a second one that follows it. Both are apart from the
/// compilations that run, so that questions and cells do not wait for each other.
/// </remarks>
internal sealed class CodeAssistant : IDisposable
{
    private const int MostMatches = 500;

    private static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.Latest, kind: SourceCodeKind.Script);
    private static readonly Lazy<MefHostServices> Services = new(() => MefHostServices.Create(MefHostServices.DefaultAssemblies));

    private readonly AdhocWorkspace workspace = new(Services.Value);
    private readonly Dictionary<string, MetadataReference> references = [];
    private readonly SemaphoreSlim turn = new(1, 1);
    private (Script? Last, int References, Document Cell)? known;

    /// <summary>What could stand at the cursor.</summary>
    public async Task<Completions> CompleteAsync(
        Script? last, IReadOnlyCollection<string> files, string code, int cursor, CancellationToken stop)
    {
        var document = await DocumentAsync(last, files, code, stop).ConfigureAwait(false);
        var service = CompletionService.GetService(document)!;
        var list = await service.GetCompletionsAsync(document, cursor, cancellationToken: stop).ConfigureAwait(false);
        var start = Math.Min(list.Span.Start, cursor);
        var typed = code[start..cursor];
        var matches = list.ItemsList
            .Where(item => item.FilterText.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .OrderByDescending(item => item.FilterText.StartsWith(typed, StringComparison.Ordinal))
            .ThenBy(item => item.SortText, StringComparer.OrdinalIgnoreCase)
            .Select(item => item.Properties.GetValueOrDefault("InsertionText") ?? item.DisplayText)
            .Distinct()
            .Take(MostMatches);
        return new Completions([.. matches], start, cursor);
    }

    /// <summary>Signature and documentation of what stands at the cursor, or null.</summary>
    public async Task<MimeBundle?> InspectAsync(
        Script? last, IReadOnlyCollection<string> files, string code, int cursor, CancellationToken stop)
    {
        var document = await DocumentAsync(last, files, code, stop).ConfigureAwait(false);
        var service = QuickInfoService.GetService(document)!;
        // Behind the last letter of a name, or behind the parenthesis that follows it, the name is still meant.
        var info = await service.GetQuickInfoAsync(document, cursor, stop).ConfigureAwait(false);
        for (var back = 1; info is null && back <= 2 && cursor - back >= 0; back++)
            info = await service.GetQuickInfoAsync(document, cursor - back, stop).ConfigureAwait(false);
        if (info is null)
            return null;

        var plain = new StringBuilder();
        var markdown = new StringBuilder();
        foreach (var section in info.Sections.Where(section => section.Text.Length > 0))
        {
            plain.Append(section.Text).Append("\n\n");
            markdown.Append(section.Kind == QuickInfoSectionKinds.Description ? $"```csharp\n{section.Text}\n```" : section.Text).Append(
                "\n\n");
        }

        var text = plain.ToString().TrimEnd();
        return new MimeBundle(new Dictionary<string, string>
        {
            [PlainTextFormatter.MimeType] = text,
            [HtmlFormatter.MimeType] = $"<pre>{System.Net.WebUtility.HtmlEncode(text)}</pre>",
            ["text/markdown"] = markdown.ToString().TrimEnd(),
        });
    }

    public void Dispose()
    {
        workspace.Dispose();
        turn.Dispose();
    }

    private async Task<Document> DocumentAsync(Script? last, IReadOnlyCollection<string> files, string code, CancellationToken stop)
    {
        await turn.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            if (known is not { } session || !ReferenceEquals(session.Last, last) || session.References != files.Count)
                known = session = (last, files.Count, Open(SessionOutline.Of(last), files));
            return session.Cell.WithText(SourceText.From(code));
        }
        finally
        {
            turn.Release();
        }
    }

    private Document Open(string outline, IReadOnlyCollection<string> files)
    {
        MetadataReference[] metadata = [.. files.Select(Reference)];
        var (session, cell) = (ProjectId.CreateNewId(), ProjectId.CreateNewId());
        var document = DocumentId.CreateNewId(cell);
        return workspace.CurrentSolution
            .AddProject(Submission(session, "session", metadata))
            .AddDocument(DocumentId.CreateNewId(session), "session", outline)
            .AddProject(Submission(cell, "cell", metadata).WithProjectReferences([new ProjectReference(session)]))
            .AddDocument(document, "cell", "")
            .WithDocumentSourceCodeKind(document, SourceCodeKind.Script)
            .GetDocument(document)!;
    }

    private static ProjectInfo Submission(ProjectId id, string name, MetadataReference[] metadata) => ProjectInfo.Create(
        id,
        VersionStamp.Default,
        name,
        name,
        LanguageNames.CSharp,
        compilationOptions: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, usings: Session.Imports, allowUnsafe: true),
        parseOptions: ParseOptions,
        metadataReferences: metadata,
        isSubmission: true);

    private MetadataReference Reference(string path)
    {
        if (references.TryGetValue(path, out var reference))
            return reference;
        var documentation = Path.ChangeExtension(path, ".xml");
        return references[path] = MetadataReference.CreateFromFile(
            path,
            documentation: File.Exists(documentation) ? XmlDocumentationProvider.CreateFromFile(documentation)
                : CellReferences.IsFramework(Path.GetFileNameWithoutExtension(path)) ? FrameworkDocumentation.Instance : null);
    }
}
