using System.Buffers;
using System.Globalization;
using System.Text;

namespace Screener.Errors;

/// <summary>Text out of files and names, made fit for a terminal, a log and a message of one line.</summary>
/// <remarks>
/// Control characters steer a terminal. Format characters (Unicode class Cf: marks of direction, overrides, zero-width characters, tags)
/// and line separators show the reader another text than is there. Each becomes a space; half a surrogate pair becomes U+FFFD.
/// </remarks>
public static class PrintableText
{
    /// <summary>The text on one line.</summary>
    public static string Line(string text) => Clean(text, keepLines: false);

    /// <summary>The text with its tabs and ends of lines. A carriage return alone, which would overwrite the line, is none.</summary>
    public static string Lines(string text) => Clean(text, keepLines: true);

    /// <summary>JSON with the same characters as escapes: the value stays, the terminal does not see it.</summary>
    public static string Json(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        var escaped = new StringBuilder(json.Length);
        foreach (var rune in json.EnumerateRunes())
        {
            string text = rune.ToString();
            escaped.Append(IsFit(rune) ? text : string.Concat(text.Select(unit => $"\\u{(int)unit:x4}")));
        }

        return escaped.ToString();
    }

    private static string Clean(string text, bool keepLines)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder? clean = null;
        for (int i = 0, length; i < text.Length; i += length)
        {
            bool isWhole = Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out length) == OperationStatus.Done;
            bool isFit = isWhole && (IsFit(rune) || (keepLines && IsLineBreakOrTab(text, i)));
            if (!isFit)
                clean ??= new StringBuilder(text, 0, i, text.Length);
            clean?.Append(isFit ? text.AsSpan(i, length) : isWhole ? " " : "\uFFFD");
        }

        return clean?.ToString() ?? text;
    }

    private static bool IsLineBreakOrTab(string text, int i) =>
        text[i] is '\n' or '\t' || (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n');

    private static bool IsFit(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
