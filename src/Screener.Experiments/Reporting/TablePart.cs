using System.Text.RegularExpressions;

namespace Screener.Reporting;

/// <summary>A table. Columns whose cells all read as numbers are aligned to the right.</summary>
/// <param name="Columns">Column names.</param>
/// <param name="Rows">One text per column. What follows a line break is written small under the rest.</param>
public sealed partial record TablePart(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows) : DocumentPart
{
    /// <summary>The most rows that a notebook's cell holds; a line says how many were left out.</summary>
    internal const int MostRowsOfCell = 200;

    /// <summary>What the table holds; may be empty.</summary>
    public string Caption { get; init; } = "";

    /// <summary>Names over several columns and how many those are, from the left; none if empty.</summary>
    public IReadOnlyList<(string Name, int Columns)> Groups { get; init; } = [];

    /// <summary>A heading over the row of that index and those that follow.</summary>
    public IReadOnlyDictionary<int, string> Headings { get; init; } = new Dictionary<int, string>();

    /// <summary>Rows that are set off from the others, by index.</summary>
    public IReadOnlySet<int> Marked { get; init; } = new HashSet<int>();

    /// <summary>Rows that stand back behind the others, by index.</summary>
    public IReadOnlySet<int> Pale { get; init; } = new HashSet<int>();

    /// <summary>Cells in bold, by row and column.</summary>
    public IReadOnlySet<(int Row, int Column)> Best { get; init; } = new HashSet<(int, int)>();

    /// <summary>A colour in front of the row of that index.</summary>
    public IReadOnlyDictionary<int, Rgb> Colors { get; init; } = new Dictionary<int, Rgb>();

    /// <summary>A table of one row for each thing.</summary>
    public static TablePart Of<T>(IReadOnlyList<string> columns, IEnumerable<T> things, Func<T, IReadOnlyList<string>> row) =>
        new(columns, [.. things.Select(row)]);

    /// <summary>True if all cells of a column read as numbers.</summary>
    public bool IsNumeric(int column) => Rows.Any(r => r[column].Any(char.IsAsciiDigit)) && Rows.All(r => IsNumber(r[column]));

    internal static bool IsNumber(string text) => text is "–" or "…" or "" || Number().IsMatch(text.Split('\n')[0]);

    // 1,234.5; 1e-3; 83 %; 0.75 [0.71, 0.78]; nan and infinities.
    [GeneratedRegex(@"^(?:[-+−]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?|NaN|[-−]?(?:∞|Infinity))(?: ?%)?(?: \[[^\]]*\])?$")]
    private static partial Regex Number();
}
