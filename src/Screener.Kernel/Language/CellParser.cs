using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Screener.Kernel.Language;

/// <summary>Takes a cell apart into C#, markup and directives.</summary>
/// <remarks>
/// C#'s own lexer says what a directive is, so one that stands in a string, a comment or a part that is switched off by
/// <c>#if</c> is none. Markup has no such rules: there a line that names a language ends it.
/// </remarks>
internal static class CellParser
{
    /// <summary>The directives that work here, as they are listed to the user.</summary>
    public static readonly IReadOnlyDictionary<string, string> Directives = new Dictionary<string, string>
    {
        ["#r \"nuget: ID, VERSION\""] = "Adds a package; without a version the newest stable one, with *-* the newest of all.",
        ["#r \"FILE.dll\""] = "Adds an assembly, by its path or by the name of one of .NET's own.",
        ["#i \"nuget: SOURCE\""] = "Adds a folder or feed in which packages are looked for.",
        ["#!import FILE"] = "Runs another notebook (.ipynb, .dib) or C# file (.cs, .csx).",
        ["#!time"] = "Says how long the rest of the cell takes.",
        ["#!csharp"] = "What follows is C#. It is also where a cell begins.",
        ["#!html"] = "What follows is HTML, and is shown.",
        ["#!javascript"] = "What follows is JavaScript, and runs in the page. Also #!js.",
        ["#!markdown"] = "What follows is Markdown, and is shown.",
        ["#!mermaid"] = "What follows is a Mermaid diagram: drawn where the front end can, shown as text elsewhere.",
        ["#!about"] = "Says what this kernel is.",
        ["#!lsmagic"] = "Lists these directives.",
    };

    // The compiler goes one call deeper at each, and a stack that overflows ends the process.
    private const int MostNested = 256;

    private static readonly CSharpParseOptions Options = new(LanguageVersion.Latest, kind: SourceCodeKind.Script);

    private static readonly Dictionary<string, string> Languages = new()
    {
        ["#!csharp"] = "csharp", ["#!c#"] = "csharp", ["#!C#"] = "csharp",
        ["#!html"] = "html", ["#!javascript"] = "javascript", ["#!js"] = "javascript",
        ["#!markdown"] = "markdown", ["#!mermaid"] = "mermaid", ["#!meta"] = "meta",
    };

    // Kernels of .NET Interactive that would end a piece of markup there, and so must not be taken for a part of it here.
    private static readonly HashSet<string> OtherLanguages =
        ["#!fsharp", "#!f#", "#!F#", "#!pwsh", "#!powershell", "#!sql", "#!kql", "#!http", "#!value", "#!python"];

    private static readonly HashSet<string> Actions = ["#!import", "#!time", "#!about", "#!lsmagic"];

    /// <summary>Takes a cell apart.</summary>
    /// <param name="cell">The cell's text.</param>
    /// <param name="first">The language in which it begins, as its directive is written.</param>
    /// <exception cref="DirectiveException">It has a directive that does not work here.</exception>
    public static IReadOnlyList<CellStep> Parse(string cell, string first = "#!csharp")
    {
        var steps = new List<CellStep>();
        var lines = new CellLines(cell);
        if (!Languages.TryGetValue(first, out var language))
            throw Unknown(0, first);
        var line = 0;
        while (line < lines.Count)
        {
            var end = language == "csharp" ? ParseCode(cell, lines, line, steps) : ParseMarkup(lines, line, language, steps);
            if (end < lines.Count)
                language = Languages[lines.FirstWord(end)];
            line = end + 1;
        }

        return steps;
    }

    /// <summary>The C# in which a place of a cell lies, or null if it lies in something else.</summary>
    public static string? CodeAround(string cell, int position)
    {
        try
        {
            var lines = new CellLines(cell);
            if (lines.FirstWord(lines.At(position)).StartsWith("#!", StringComparison.Ordinal))
                return null;
            var steps = Parse(cell);
            var line = lines.At(position) + 1;
            var step = steps.LastOrDefault(step => step is CodeStep or MarkupStep && step.Line <= line)
                ?? steps.OfType<CodeStep>().FirstOrDefault();
            return step is MarkupStep ? null : (step as CodeStep)?.Code ?? cell;
        }
        catch (DirectiveException)
        {
            // It is about to be told so, when the cell is run.
            return null;
        }
    }

    /// <summary>The directives that could stand at the cursor, or null if none can.</summary>
    public static Completions? CompleteDirective(string cell, int cursor)
    {
        var start = cell.LastIndexOf('\n', Math.Max(0, cursor - 1)) is var end && end >= 0 && end < cursor ? end + 1 : 0;
        var typed = cell[start..cursor].TrimStart();
        if (!typed.StartsWith("#!", StringComparison.Ordinal) || typed.Contains(' ', StringComparison.Ordinal))
            return null;
        string[] matches = [
            .. Directives.Keys.Select(directive => directive.Split(' ')[0]).Where(
                name => name.StartsWith(typed, StringComparison.OrdinalIgnoreCase)).Distinct()];
        return new Completions(matches, cursor - typed.Length, cursor);
    }

    /// <summary>Whether a cell can run as it is.</summary>
    public static Completeness IsComplete(string cell)
    {
        try
        {
            foreach (var step in Parse(cell).OfType<CodeStep>())
            {
                var tree = CSharpSyntaxTree.ParseText(step.Code, Options);
                if (!SyntaxFactory.IsCompleteSubmission(tree))
                    return Completeness.Incomplete;
                if (tree.GetDiagnostics().Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error))
                    return Completeness.Invalid;
            }

            return Completeness.Complete;
        }
        catch (DirectiveException)
        {
            return Completeness.Invalid;
        }
    }

    // Both return the line that begins the next language, or the number of lines.
    private static int ParseMarkup(CellLines lines, int first, string language, List<CellStep> steps)
    {
        var end = first;
        while (end < lines.Count && !Languages.ContainsKey(lines.FirstWord(end)))
        {
            if (OtherLanguages.Contains(lines.FirstWord(end)))
                throw Unknown(end, lines.FirstWord(end));
            end++;
        }

        var text = lines.Text(first, end);
        if (language != "meta" && !string.IsNullOrWhiteSpace(text))
            steps.Add(new MarkupStep(first + 1, language, text));
        return end;
    }

    private static int ParseCode(string cell, CellLines lines, int first, List<CellStep> steps)
    {
        var packages = new List<CellStep>();
        var rest = new List<CellStep>();
        var code = lines.Blank();
        var from = first;
        var end = lines.Count;
        foreach (var line in DirectiveLines(cell, lines, first))
        {
            var word = lines.FirstWord(line);
            if (Languages.ContainsKey(word))
            {
                end = line;
                break;
            }

            var step = new DirectiveStep(line + 1, word, lines.Argument(line));
            if (word is "#r" or "#i")
            {
                // Packages are there before the first line of the code that may use them.
                packages.Add(step);
                lines.Copy(from, line, code);
                from = line + 1;
            }
            else if (Actions.Contains(word))
            {
                lines.Copy(from, line, code);
                AddCode(rest, lines, ref code);
                rest.Add(step);
                from = line + 1;
            }
            else if (word.StartsWith("#!", StringComparison.Ordinal))
            {
                throw Unknown(line, word);
            }
        }

        lines.Copy(from, end, code);
        AddCode(rest, lines, ref code);
        steps.AddRange(packages);
        steps.AddRange(rest);
        return end;
    }

    private static void AddCode(List<CellStep> steps, CellLines lines, ref char[] code)
    {
        var text = new string(code);
        code = lines.Blank();
        if (!string.IsNullOrWhiteSpace(text))
            steps.Add(new CodeStep(text[..^text.TrimStart().Length].Count(c => c == '\n') + 1, text));
    }

    private static IEnumerable<int> DirectiveLines(string cell, CellLines lines, int first)
    {
        var start = lines.Start(first);
        if (cell.Contains('$', StringComparison.Ordinal))
            RequireShallow(cell, lines, start);
        var (brackets, angles) = (0, 0);
        foreach (var token in SyntaxFactory.ParseTokens(cell, start, start, Options))
        {
            (brackets, angles) = token.Kind() switch
            {
                SyntaxKind.OpenParenToken or SyntaxKind.OpenBracketToken => (brackets + 1, angles),
                SyntaxKind.CloseParenToken or SyntaxKind.CloseBracketToken => (brackets - 1, angles),
                SyntaxKind.OpenBraceToken => (brackets + 1, 0),
                SyntaxKind.CloseBraceToken => (brackets - 1, 0),
                SyntaxKind.LessThanToken => (brackets, angles + 1),
                SyntaxKind.GreaterThanToken => (brackets, angles - 1),
                SyntaxKind.SemicolonToken => (brackets, 0),
                _ => (brackets, angles),
            };
            if (brackets > MostNested || angles > MostNested)
                throw TooDeep(lines.At(token.SpanStart));

            foreach (var trivia in token.LeadingTrivia)
            {
                if (trivia.GetStructure() is DirectiveTriviaSyntax { IsActive: true })
                    yield return lines.At(trivia.SpanStart);
            }
        }
    }

    // Before the lexer sees a string that is composed: it follows the holes as deep as they go.
    private static void RequireShallow(string cell, CellLines lines, int start)
    {
        var depth = 0;
        for (var i = start; i < cell.Length; i++)
        {
            depth += cell[i] is '(' or '[' or '{' ? 1 : cell[i] is ')' or ']' or '}' && depth > 0 ? -1 : 0;
            if (depth > MostNested)
                throw TooDeep(lines.At(i));
        }
    }

    private static DirectiveException TooDeep(int line) =>
        new(line + 1, $"More than {MostNested} brackets are open at once. Close some, or read data from a file.");

    private static DirectiveException Unknown(int line, string word) =>
        new(line + 1, $"{word} needs .NET Interactive. What works here: {string.Join(", ", Directives.Keys)}.");
}
