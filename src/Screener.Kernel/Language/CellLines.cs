using Microsoft.CodeAnalysis.Text;

namespace Screener.Kernel.Language;

/// <summary>A cell's text by lines, counted from 0.</summary>
internal sealed class CellLines(string cell)
{
    private readonly TextLineCollection lines = SourceText.From(cell).Lines;

    public int Count => lines.Count;

    public int Start(int line) => lines[line].Start;

    public int At(int position) => lines.IndexOf(position);

    /// <summary>The line's first word, if it begins with a number sign; otherwise an empty text.</summary>
    public string FirstWord(int line)
    {
        var text = cell.AsSpan()[lines[line].Start..lines[line].End].Trim();
        if (!text.StartsWith('#'))
            return "";
        var end = text.IndexOfAny(" \t\"");
        return new string(end < 0 ? text : text[..end]);
    }

    /// <summary>What follows the first word, without the quotes around it.</summary>
    public string Argument(int line)
    {
        var text = cell[lines[line].Start..lines[line].End].Trim();
        var rest = text[FirstWord(line).Length..].Trim();
        var quoted = rest.StartsWith('"') ? rest.IndexOf('"', 1) : -1;
        return quoted > 0 ? rest[1..quoted].Trim() : rest;
    }

    /// <summary>The text of the lines from <paramref name="first"/> up to <paramref name="end"/>, which is not part of it.</summary>
    public string Text(int first, int end) => cell[lines[first].Start..(end < Count ? lines[end].Start : cell.Length)];

    /// <summary>As many characters as the cell has: its line ends, and blanks.</summary>
    public char[] Blank() => [.. cell.Select(c => c is '\r' or '\n' or '\u0085' or '\u2028' or '\u2029' ? c : ' ')];

    /// <summary>Copies the lines from <paramref name="first"/> up to <paramref name="end"/> to their own place.</summary>
    public void Copy(int first, int end, char[] target)
    {
        if (first < end)
            cell.CopyTo(
                lines[first].Start, target, lines[first].Start, (end < Count ? lines[end].Start : cell.Length) - lines[first].Start);
    }
}
