using Screener.Interactive.Cards;
using Screener.Interactive.Lessons;

namespace Screener.Interactive.Values;

/// <summary>What lessons measure and show.</summary>
internal static class LessonFormatters
{
    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<Measurements>(m => new Card(m.Title, "", [new TablePart(m.Columns, [.. m]), .. Note(m.Note)])),
        new NotebookFormatter<PictureSheet>(s => new Card(s.Title, "", [new PicturesPart(s.Pictures), .. Note(s.Note)])),
        new NotebookFormatter<ChartSheet>(s => new Card(s.Title, "", [new ChartsPart(s.Plots), .. Note(s.Note)])),
    ];

    private static IEnumerable<CardPart> Note(string note) => note.Length > 0 ? [new NotePart(note)] : [];
}
