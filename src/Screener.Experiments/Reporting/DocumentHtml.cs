using System.Net;
using System.Text;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>Writes the parts of a document as HTML: what a page and a notebook's cell have in common.</summary>
internal abstract class DocumentHtml
{
    // A caption under a small picture still reads as a line.
    private const int LeastCaptionWidth = 140;

    /// <summary>What is written so far.</summary>
    protected StringBuilder Html { get; } = new(4096);

    /// <summary>The element of the document's title.</summary>
    protected abstract string TitleTag { get; }

    /// <summary>The element of a section's title.</summary>
    protected abstract string SectionTag { get; }

    /// <summary>The most rows of a table that are written.</summary>
    protected virtual int MostRows => int.MaxValue;

    /// <summary>Escapes a text for readers.</summary>
    internal string Text(string text) => Escape(Words.Signs(text));

    /// <summary>Escapes a text, every sign as it is.</summary>
    internal virtual string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Writes the title and all parts.</summary>
    protected void Write(Document document)
    {
        if (document.Title.Length + document.Subtitle.Length > 0)
        {
            Html.Append($"<{TitleTag}>").Append(Text(document.Title));
            if (document.Subtitle.Length > 0)
                Html.Append(" <small>").Append(Text(document.Subtitle)).Append("</small>");
            Html.Append($"</{TitleTag}>");
        }

        WriteAll(document.Parts);
    }

    /// <summary>Writes a part.</summary>
    protected virtual void Write(DocumentPart part)
    {
        switch (part)
        {
            case SectionPart section:
                Html.Append($"\n<section><{SectionTag}>").Append(Text(section.Title)).Append($"</{SectionTag}>");
                if (section.Note.Length > 0)
                    Write(new NotePart(section.Note));
                WriteAll(section.Parts);
                Html.Append("</section>");
                break;
            case FoldedPart folded:
                Html.Append("<details><summary>").Append(Text(folded.Summary)).Append("</summary>");
                WriteAll(folded.Parts);
                Html.Append("</details>");
                break;
            case FactsPart facts:
                Html.Append("<div class=\"facts\">");
                foreach (var (name, value) in facts.Facts)
                    Html.Append("<div><span>").Append(Text(name)).Append("</span> <b>").Append(Text(value)).Append("</b></div>");
                Html.Append("</div>");
                break;
            case TablePart table:
                new TableHtml(Html, table, Text).Write(MostRows);
                break;
            case PicturesPart pictures:
                Html.Append("<div class=\"row\">");
                foreach (var picture in pictures.Pictures)
                    WritePicture(picture);
                Html.Append("</div>");
                break;
            case ChartsPart charts:
                Html.Append("<div class=\"row\">");
                WriteCharts(charts);
                Html.Append("</div>");
                break;
            case ProgressPart progress:
                double percent = Math.Clamp(progress.Fraction, 0, 1) * 100;
                Html.Append(Invariant($"<div class=\"bar\"><i style=\"width:{percent:0.#}%\"></i></div>"));
                Write(new NotePart(progress.Text));
                break;
            case NotePart note:
                Html.Append("<p>").Append(Text(note.Text)).Append("</p>");
                break;
            case CodePart code:
                Html.Append("<pre>").Append(Escape(code.Text)).Append("</pre>");
                break;
            case MarkupPart markup:
                Html.Append(markup.Html);
                break;
            default:
                throw new ArgumentException($"A part of type {part.GetType().Name} cannot be written.", nameof(part));
        }
    }

    /// <summary>Writes charts side by side.</summary>
    protected abstract void WriteCharts(ChartsPart charts);

    private void WriteAll(IReadOnlyList<DocumentPart> parts)
    {
        foreach (var part in parts)
            Write(part);
    }

    private void WritePicture(Picture picture)
    {
        var (width, height) = PngImage.SizeOf(picture.Png, picture.Caption);
        string text = Text(picture.Caption);
        Html.Append(Invariant($"<figure style=\"width:{Math.Max(width, LeastCaptionWidth)}px\">"))
            .Append(Invariant($"<img width=\"{width}\" height=\"{height}\" alt=\"{text}\" "))
            .Append(Invariant($"src=\"data:image/png;base64,{Convert.ToBase64String(picture.Png)}\"/>"));
        if (text.Length > 0)
            Html.Append("<figcaption>").Append(text).Append("</figcaption>");
        Html.Append("</figure>");
    }
}
