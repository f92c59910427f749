using System.Collections;
using System.Globalization;
using Screener.Runtime;

namespace Screener.Interactive.Lessons;

/// <summary>
/// A small table of what a lesson measured: a name and some numbers a row. Written as <c>new Measurements("title", "row", "column") { {
/// "name", 0.5 } }</c>.
/// </summary>
/// <param name="title">What was measured.</param>
/// <param name="columns">What the rows are, then what each number is.</param>
public sealed class Measurements(string title, params IReadOnlyList<string> columns) : IEnumerable<IReadOnlyList<string>>
{
    private readonly List<IReadOnlyList<string>> _rows = [];

    /// <summary>What was measured.</summary>
    public string Title { get; } = title;

    /// <summary>What the rows are, then what each number is.</summary>
    public IReadOnlyList<string> Columns { get; } = columns;

    /// <summary>How to read it; may be empty.</summary>
    public string Note { get; init; } = "";

    /// <summary>Adds a row.</summary>
    /// <param name="name">What was measured here.</param>
    /// <param name="values">One number per column after the first, shown to three digits; NaN is a dash.</param>
    /// <exception cref="ArgumentException">There are not as many numbers as columns.</exception>
    public void Add(string name, params IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Add(name, [.. values.Select(Show)]);
    }

    /// <summary>Adds a row of texts.</summary>
    /// <param name="name">What was measured here.</param>
    /// <param name="values">One text per column after the first.</param>
    /// <exception cref="ArgumentException">There are not as many texts as columns.</exception>
    public void Add(string name, params IReadOnlyList<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count != Columns.Count - 1)
            throw new ArgumentException(
                $"{values.Count} values for {Columns.Count - 1} columns: {string.Join(", ", Columns.Skip(1))}.", nameof(values));
        _rows.Add([name, .. values]);
    }

    /// <inheritdoc/>
    public IEnumerator<IReadOnlyList<string>> GetEnumerator() => _rows.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static string Show(double value) => value switch
    {
        double.NaN => "–",
        _ when value == Math.Round(value) && Math.Abs(value) < 1e6 => value.ToString("#,0", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) is >= 1e-3 and < 1e6 => Math.Round(
            value, Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 4)).ToString("#,0.####", CultureInfo.InvariantCulture),
        _ => value.ToString("G3", CultureInfo.InvariantCulture),
    };
}
