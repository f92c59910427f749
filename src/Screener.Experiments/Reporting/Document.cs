namespace Screener.Reporting;

/// <summary>
/// What there is to see of a value, a comparison, a screened CT: as a page (<see cref="DocumentPage"/>), in a notebook's cell or in a
/// terminal. All texts are plain text; whoever writes them escapes them.
/// </summary>
/// <param name="Title">What it is.</param>
/// <param name="Subtitle">Which one it is; may be empty.</param>
/// <param name="Parts">What there is to see, in reading order.</param>
public sealed record Document(string Title, string Subtitle, params IReadOnlyList<DocumentPart> Parts)
{
    /// <summary>True if its markup shows pictures that lie beside the page, as files of their own.</summary>
    internal bool HasFilesBeside { get; init; }
}

/// <summary>A part of a document.</summary>
public abstract record DocumentPart;

/// <summary>Parts under a heading.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Note">How to read them; may be empty.</param>
/// <param name="Parts">The parts.</param>
public sealed record SectionPart(string Title, string Note, params IReadOnlyList<DocumentPart> Parts) : DocumentPart
{
    /// <summary>The same, opened on demand.</summary>
    public FoldedPart Folded() => new(Title, [.. Note.Length > 0 ? [new NotePart(Note)] : Array.Empty<DocumentPart>(), .. Parts]);
}

/// <summary>Parts that open on demand, without a script.</summary>
/// <param name="Summary">What is there.</param>
/// <param name="Parts">The parts.</param>
public sealed record FoldedPart(string Summary, params IReadOnlyList<DocumentPart> Parts) : DocumentPart;

/// <summary>Names and values.</summary>
public sealed record FactsPart(params IReadOnlyList<(string Name, string Value)> Facts) : DocumentPart;

/// <summary>Pictures with captions, side by side where there is room.</summary>
public sealed record PicturesPart(params IReadOnlyList<Picture> Pictures) : DocumentPart;

/// <summary>Charts, side by side where there is room.</summary>
public sealed record ChartsPart(params IReadOnlyList<Chart> Charts) : DocumentPart
{
    /// <summary>True for charts that will be replaced soon: pictures only.</summary>
    public bool IsStill { get; init; }
}

/// <summary>A bar and a line that says how far work has come.</summary>
/// <param name="Fraction">0 to 1.</param>
/// <param name="Text">The line.</param>
public sealed record ProgressPart(double Fraction, string Text) : DocumentPart;

/// <summary>A sentence or two.</summary>
public sealed record NotePart(string Text) : DocumentPart;

/// <summary>A file's text, line by line as it is.</summary>
public sealed record CodePart(string Text) : DocumentPart;

/// <summary>Markup from a part of this program that escapes for itself.</summary>
/// <param name="Html">The markup.</param>
/// <param name="Text">The same as plain text; may be empty.</param>
internal sealed record MarkupPart(string Html, string Text = "") : DocumentPart;

/// <summary>A picture and what it shows.</summary>
/// <param name="Png">A PNG file's bytes.</param>
/// <param name="Caption">What it shows; also read out in its place.</param>
public sealed record Picture(byte[] Png, string Caption)
{
    /// <summary>A picture of pixels.</summary>
    public Picture(RgbImage image, string caption)
        : this(PngImage.Encode(image), caption)
    {
    }
}
