using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Screener.Kernel.Language;

/// <summary>A cell's code is not C#, or does not fit what the session holds.</summary>
internal sealed class CompileException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">The cell's text, to which the positions refer.</param>
    /// <param name="errors">What the compiler says.</param>
    public CompileException(SourceText code, ImmutableArray<Diagnostic> errors)
        : base(Line(errors[0]))
    {
        Trace = [.. errors.OrderBy(error => error.Location.SourceSpan.Start).SelectMany(error => Lines(code, error))];
    }

    /// <summary>Each error with the line it is in and a caret below the place.</summary>
    public IReadOnlyList<string> Trace { get; }

    // As .NET Interactive writes it; lines and columns count from 1.
    private static string Line(Diagnostic error)
    {
        var start = error.Location.GetLineSpan().StartLinePosition;
        var message = $"error {error.Id}: {error.GetMessage()}";
        return error.Location.IsInSource ? $"({start.Line + 1},{start.Character + 1}): {message}" : message;
    }

    private static IEnumerable<string> Lines(SourceText code, Diagnostic error)
    {
        yield return Line(error);
        var span = error.Location.GetLineSpan();
        if (!error.Location.IsInSource || span.StartLinePosition.Line >= code.Lines.Count)
            yield break;
        var line = code.Lines[span.StartLinePosition.Line].ToString();
        var start = Math.Min(span.StartLinePosition.Character, line.Length);
        var end = span.EndLinePosition.Line == span.StartLinePosition.Line
            ? Math.Min(span.EndLinePosition.Character, line.Length)
            : line.Length;
        yield return "    " + line;
        // Tabs stay tabs, so that the caret stands where it should.
        yield return "    " + new string([.. line[..start].Select(c => c == '\t' ? '\t' : ' ')])
            + new string('^', Math.Max(1, end - start));
    }
}
