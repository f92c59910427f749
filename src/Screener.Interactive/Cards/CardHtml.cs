using System.Net;
using System.Text;
using Screener.Interactive.Charts;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Cards;

/// <summary>Writes a <see cref="Card"/> as HTML that needs nothing else.</summary>
internal static class CardHtml
{
    // A caption under a small picture still reads as a line.
    private const int LeastCaptionWidth = 140;

    internal static string Render(Card card)
    {
        ArgumentNullException.ThrowIfNull(card);
        if (card is { Title: "", Parts: [MarkupPart alone] })
            return alone.Html;
        var html = new StringBuilder(4096);
        html.Append("<div class=\"screener tex2jax_ignore mathjax_ignore\"><style>").Append(CardStyle.Css).Append("</style>");
        if (card.Title.Length + card.Subtitle.Length > 0)
        {
            html.Append("<h4>").Append(Escape(card.Title));
            if (card.Subtitle.Length > 0)
                html.Append(" <small>").Append(Escape(card.Subtitle)).Append("</small>");
            html.Append("</h4>");
        }

        foreach (var part in card.Parts)
            WriteSafely(html, part);
        return html.Append("</div>").ToString();
    }

    internal static string Escape(string text) => WebUtility.HtmlEncode(text);

    // A part that cannot be drawn becomes a sentence; the others stay.
    private static void WriteSafely(StringBuilder html, CardPart part)
    {
        int start = html.Length;
        try
        {
            Write(html, part);
        }
        catch (Exception e)
        {
            html.Length = start;
            html.Append("<p>This part cannot be drawn: ").Append(Escape(e.Message)).Append("</p>");
        }
    }

    private static void Write(StringBuilder html, CardPart part)
    {
        switch (part)
        {
            case FactsPart facts:
                html.Append("<div class=\"facts\">");
                foreach (var (name, value) in facts.Facts)
                    html.Append("<div><span>").Append(Escape(name)).Append("</span> <b>").Append(Escape(value)).Append("</b></div>");
                html.Append("</div>");
                break;
            case TablePart table:
                TableHtml.Write(html, table);
                break;
            case PicturesPart pictures:
                html.Append("<div class=\"row\">");
                foreach (var picture in pictures.Pictures)
                    WritePicture(html, picture);
                html.Append("</div>");
                break;
            case ChartsPart charts:
                html.Append("<div class=\"row\">");
                foreach (var plot in charts.Plots)
                    html.Append(charts.IsStill ? StillChart.Image(plot, out _) : InteractiveChart.Element(plot));
                html.Append("</div>").Append(charts.IsStill || charts.Plots.Count == 0 ? "" : InteractiveChart.Script);
                break;
            case FoldedPart folded:
                html.Append("<details><summary>").Append(Escape(folded.Summary)).Append("</summary>");
                foreach (var inner in folded.Parts)
                    WriteSafely(html, inner);
                html.Append("</details>");
                break;
            case ProgressPart progress:
                html.Append(
                    Invariant(
                        $"<div class=\"bar\"><i ")
                        + Invariant(
                            $"style=\"width:{Math.Clamp(progress.Fraction, 0, 1) * 100:0.#}%\"></i></div><p>{Escape(progress.Text)}</p>"));
                break;
            case HeadingPart heading:
                html.Append("<h5>").Append(Escape(heading.Text)).Append("</h5>");
                break;
            case NotePart note:
                html.Append("<p>").Append(Escape(note.Text)).Append("</p>");
                break;
            case CodePart code:
                html.Append("<pre>").Append(Escape(code.Text)).Append("</pre>");
                break;
            case MarkupPart markup:
                html.Append(markup.Html);
                break;
            default:
                throw new ArgumentException($"A part of type {part.GetType().Name} cannot be written.", nameof(part));
        }
    }

    private static void WritePicture(StringBuilder html, Picture picture)
    {
        var (width, height) = PngImage.SizeOf(picture.Png, picture.Caption);
        string text = Escape(picture.Caption);
        html.Append(
            Invariant(
                $"<figure style=\"width:{Math.Max(width, LeastCaptionWidth)}px\"><img width=\"{width}\" height=\"{height}\" ")
                + Invariant($"alt=\"{text}\" src=\"data:image/png;base64,"))
            .Append(Convert.ToBase64String(picture.Png)).Append("\"/>");
        if (text.Length > 0)
            html.Append("<figcaption>").Append(text).Append("</figcaption>");
        html.Append("</figure>");
    }
}
