using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using static System.FormattableString;

namespace Screener.Kernel.Language;

/// <summary>
/// Finds C# that is nested deeper than its compiler follows: that needs stack for each level, and a stack that is gone ends the process
/// with everybody's variables.
/// </summary>
internal static class CellNesting
{
    private const int MostLevels = 256, MostTokens = 2000;

    // Cells of these are no C#, however many brackets they have.
    private static readonly HashSet<string> Texts = ["#!html", "#!javascript", "#!js", "#!markdown", "#!md", "#!mermaid", "#!value"];

    /// <summary>What is too deep, in words; null if nothing is.</summary>
    internal static string? Fault(string code, CSharpParseOptions options)
    {
        var part = new List<string>();
        bool isText = false;
        foreach (string line in code.Split('\n').Append("#!csharp"))
        {
            if (line.StartsWith("#!", StringComparison.Ordinal))
            {
                if (!isText && FaultOfPart(string.Join('\n', part), options) is { } fault)
                    return fault;
                part.Clear();
                isText = Texts.Contains(line.Split(' ', 2)[0].TrimEnd());
            }
            else
            {
                part.Add(line);
            }
        }

        return null;
    }

    private static string? FaultOfPart(string code, CSharpParseOptions options)
    {
        string tooDeep = Invariant($"Brackets are nested deeper than {MostLevels}, which is more than C# can read.");

        // Already the scanner goes into interpolated strings, each of which is one token.
        int braces = 0;
        foreach (char c in code.Contains('$', StringComparison.Ordinal) ? code : "")
        {
            braces = c == '{' ? braces + 1 : c == '}' ? Math.Max(0, braces - 1) : braces;
            if (braces > MostLevels)
                return tooDeep;
        }

        int brackets = 0, angles = 0, tokens = 0;
        foreach (var token in SyntaxFactory.ParseTokens(code, options: options))
        {
            tokens++;
            switch (token.Kind())
            {
                case SyntaxKind.OpenParenToken or SyntaxKind.OpenBracketToken or SyntaxKind.OpenBraceToken:
                    brackets++;
                    break;
                case SyntaxKind.CloseParenToken or SyntaxKind.CloseBracketToken or SyntaxKind.CloseBraceToken:
                    brackets = Math.Max(0, brackets - 1);
                    break;
                case SyntaxKind.LessThanToken:
                    angles++;
                    break;
                case SyntaxKind.GreaterThanToken:
                    angles = Math.Max(0, angles - 1);
                    break;
                case SyntaxKind.SemicolonToken:
                    (angles, tokens) = (0, 0);
                    break;
                case SyntaxKind.CommaToken:
                    tokens = 0;
                    break;
            }

            if (brackets > MostLevels || angles > MostLevels)
                return tooDeep;
            if (tokens > MostTokens)
                return Invariant($"There are more than {MostTokens} words and signs without a comma or semicolon, which C# may not read.");
        }

        return null;
    }
}
