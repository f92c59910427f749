using Screener.Reporting;

namespace Screener.Interactive.Cards;

/// <summary>What a notebook shows of a value. All texts are plain text: <see cref="CardHtml"/> escapes them.</summary>
/// <param name="Title">What it is.</param>
/// <param name="Subtitle">Which one it is; may be empty.</param>
/// <param name="Parts">What there is to see, in reading order.</param>
internal sealed record Card(string Title, string Subtitle, params IReadOnlyList<CardPart> Parts);

/// <summary>A part of a card.</summary>
internal abstract record CardPart;

/// <summary>Names and values.</summary>
internal sealed record FactsPart(params IReadOnlyList<(string Name, string Value)> Facts) : CardPart;

/// <summary>A table. Columns whose cells all read as numbers are aligned to the right.</summary>
/// <param name="Columns">Column names.</param>
/// <param name="Rows">One text per column. What follows a line break is written small under the rest.</param>
internal sealed record TablePart(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows) : CardPart
{
    /// <summary>The most rows that are written; a line says how many were left out.</summary>
    public const int MostRows = 200;

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
}

/// <summary>Pictures with captions, side by side where there is room.</summary>
internal sealed record PicturesPart(params IReadOnlyList<Picture> Pictures) : CardPart;

/// <summary>Charts of curves, side by side where there is room.</summary>
internal sealed record ChartsPart(params IReadOnlyList<LinePlot> Plots) : CardPart
{
    /// <summary>True for charts that will be replaced soon: pictures only.</summary>
    public bool IsStill { get; init; }
}

/// <summary>Parts that open on demand, without a script.</summary>
/// <param name="Summary">What is there.</param>
/// <param name="Parts">The parts.</param>
internal sealed record FoldedPart(string Summary, params IReadOnlyList<CardPart> Parts) : CardPart;

/// <summary>A bar and a line that says how far work has come.</summary>
/// <param name="Fraction">0 to 1.</param>
/// <param name="Text">The line.</param>
internal sealed record ProgressPart(double Fraction, string Text) : CardPart;

/// <summary>A heading below the card's own.</summary>
internal sealed record HeadingPart(string Text) : CardPart;

/// <summary>A sentence or two.</summary>
internal sealed record NotePart(string Text) : CardPart;

/// <summary>A file's text, line by line as it is.</summary>
internal sealed record CodePart(string Text) : CardPart;

/// <summary>Markup from a part of this library that escapes for itself.</summary>
/// <param name="Html">The markup.</param>
/// <param name="Text">The same as plain text; may be empty.</param>
internal sealed record MarkupPart(string Html, string Text = "") : CardPart;
