using Screener.Errors;
using Screener.Reporting;
using Spectre.Console;
using Spectre.Console.Rendering;
using TablePart = Screener.Reporting.TablePart;
using static System.FormattableString;

namespace Screener.Cli;

/// <summary>
/// Writes a <see cref="Document"/> as text. In a window long cells are wrapped in their column; in a pipe a row is a line.
/// </summary>
internal static class TerminalText
{
    private const int Unlimited = 100_000;

    /// <summary>The text; no line break at its end.</summary>
    /// <param name="document">What to write.</param>
    /// <param name="width">The window's, in letters; null where there is none.</param>
    internal static string Render(Document document, int? width)
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = width ?? Unlimited;
        string title = document.Title + (document.Title.Length > 0 && document.Subtitle.Length > 0 ? ": " : "") + document.Subtitle;
        if (title.Length > 0)
            output.WriteLine(PrintableText.Line(title));
        WriteAll(console, output, document.Parts);
        return string.Join(Environment.NewLine, output.ToString().Split(["\r\n", "\n"], StringSplitOptions.None).Select(l => l.TrimEnd()))
            .TrimEnd();
    }

    private static void Write(IAnsiConsole console, TextWriter output, DocumentPart part)
    {
        switch (part)
        {
            case SectionPart section:
                Write(console, output, section.Folded());
                break;
            case FoldedPart fold:
                output.WriteLine(Environment.NewLine + PrintableText.Line(fold.Summary));
                WriteAll(console, output, fold.Parts);
                break;
            case FactsPart facts:
                console.Write(Facts(facts));
                break;
            case TablePart table:
                console.Write(Table(table));
                break;
            case PicturesPart pictures:
                foreach (var picture in pictures.Pictures)
                    output.WriteLine(PrintableText.Line(picture.Caption));
                break;
            case ProgressPart progress:
                output.WriteLine(Invariant($"{progress.Fraction * 100:0} % {PrintableText.Line(progress.Text)}"));
                break;
            case NotePart note:
                console.Write(new Text(PrintableText.Line(note.Text) + Environment.NewLine));
                break;
            case CodePart code:
                output.WriteLine(PrintableText.Lines(code.Text));
                break;
        }
    }

    private static void WriteAll(IAnsiConsole console, TextWriter output, IReadOnlyList<DocumentPart> parts)
    {
        for (int i = 0; i < parts.Count; i++)
        {
            if (i > 0 && parts[i] is TablePart)
                output.WriteLine();
            Write(console, output, parts[i]);
        }
    }

    private static Table Facts(FactsPart facts)
    {
        var grid = new Table().NoBorder().HideHeaders().AddColumn(Column("", Justify.Left)).AddColumn(Column("", Justify.Left));
        foreach (var (name, value) in facts.Facts)
            grid.AddRow(Line(name), Line(value));
        return grid;
    }

    private static Table Table(TablePart part)
    {
        var table = new Table().NoBorder();
        for (int i = 0; i < part.Columns.Count; i++)
            table.AddColumn(Column(part.Columns[i], part.IsNumeric(i) ? Justify.Right : Justify.Left));
        for (int row = 0; row < part.Rows.Count; row++)
        {
            if (part.Headings.TryGetValue(row, out string? heading))
                table.AddRow(Cell(heading));
            table.AddRow(part.Rows[row].Select(Cell));
        }

        return table;
    }

    private static TableColumn Column(string name, Justify alignment) =>
        new(Cell(name)) { Alignment = alignment, Padding = new Padding(0, 0, 2, 0) };

    // An interval stands behind its value.
    private static IRenderable Cell(string text)
    {
        string[] lines = text.Split('\n', 2);
        return Line(lines.Length == 1 ? text : $"{lines[0]} [{lines[1]}]");
    }

    private static Text Line(string text) => new(PrintableText.Line(text));
}
