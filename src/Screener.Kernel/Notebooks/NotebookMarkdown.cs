using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Markdig;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Screener.Kernel.Language;
using Screener.Storage;

namespace Screener.Kernel.Notebooks;

/// <summary>
/// Markdown cells as HTML whose pictures are in the page, and in which nothing runs: HTML in them is shown as text, but for folds
/// (<c>&lt;details&gt;&lt;summary&gt;...&lt;/summary&gt;</c> and <c>&lt;/details&gt;</c>, each on a line of its own). Links to
/// notebooks and texts beside them lead to their pages.
/// </summary>
/// <param name="folder">Where pictures lie that are named without a scheme.</param>
internal sealed partial class NotebookMarkdown(string folder)
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().DisableHtml()
        .UsePipeTables().UseMathematics().UseAutoIdentifiers().UseEmphasisExtras().UseFootnotes().UseTaskLists().UseAutoLinks().Build();

    private const string FoldEnd = "</details>";

    private static readonly Dictionary<string, string> PictureTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".gif"] = "image/gif",
        [".svg"] = "image/svg+xml",
        [".webp"] = "image/webp",
    };

    /// <summary>A markdown cell.</summary>
    internal string ToHtml(NotebookCell cell) => ToHtml(cell.Source, cell.Attachments);

    /// <summary>Markdown text.</summary>
    internal string ToHtml(string text, JsonObject? attachments)
    {
        try
        {
            return Folded(text, attachments) ?? Html(Markdown.Parse(text, Pipeline), attachments);
        }
        catch (ArgumentException)
        {
            // It is nested deeper than its library follows: shown as the text it is.
            return $"<pre>{WebUtility.HtmlEncode(text)}</pre>\n";
        }
    }

    // What lies between the lines of folds is markdown of its own; null where there is none, or one is not closed.
    private string? Folded(string text, JsonObject? attachments)
    {
        var html = new StringBuilder();
        var lines = new StringBuilder();
        bool isOpen = false, isCode = false, any = false;
        foreach (string line in text.Split('\n'))
        {
            isCode ^= line.StartsWith("```", StringComparison.Ordinal);
            var opening = FoldStart().Match(line);
            if (isCode || (!opening.Success && line.TrimEnd() != FoldEnd))
            {
                lines.Append(line).Append('\n');
                continue;
            }

            if (opening.Success == isOpen)
                return null;
            html.Append(Html(Markdown.Parse(lines.ToString(), Pipeline), attachments));
            lines.Clear();
            html.Append(isOpen
                ? FoldEnd + "\n"
                : $"<details><summary>{WebUtility.HtmlEncode(opening.Groups[1].Value)}</summary>\n");
            (isOpen, any) = (!isOpen, true);
        }

        return any && !isOpen ? html.Append(Html(Markdown.Parse(lines.ToString(), Pipeline), attachments)).ToString() : null;
    }

    private string Html(MarkdownDocument document, JsonObject? attachments)
    {
        foreach (var picture in document.Descendants<LinkInline>().Where(l => l.IsImage && l.Url is not null))
        {
            picture.Url = Attached(picture.Url!, attachments) ?? Beside(picture.Url!) ?? picture.Url;
            if (picture.FirstChild is null)
                picture.GetAttributes().AddPropertyIfNotExist("alt", "");
        }

        foreach (var link in document.Descendants<LinkInline>().Where(l => !l.IsImage && l.Url is not null))
            link.Url = PageBeside().Replace(link.Url!, "$1.html$2");
        foreach (var link in document.Descendants<LinkInline>().Where(l => !l.IsImage && !IsHarmless(l.GetDynamicUrl?.Invoke() ?? l.Url)))
            (link.GetDynamicUrl, link.Url) = (null, "#");
        foreach (var link in document.Descendants<AutolinkInline>().Where(l => !l.IsEmail && !IsHarmless(l.Url)).ToList())
            link.ReplaceBy(new LiteralInline(link.Url));

        // Nothing in the page sets formulas, so their source is shown as it was written, without the marks for what would.
        return FormulaMarks().Replace(document.ToHtml(Pipeline), "");
    }

    // Whatever else has a scheme may be a script, and browsers see one behind spaces and line breaks, too.
    private static bool IsHarmless(string? url) => url is null || !url.Contains(':', StringComparison.Ordinal)
        || ((string[])["https://", "http://", "mailto:"]).Any(scheme => url.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));

    private static string? Attached(string url, JsonObject? attachments)
    {
        const string Scheme = "attachment:";
        if (!url.StartsWith(Scheme, StringComparison.Ordinal)
            || attachments?[Uri.UnescapeDataString(url[Scheme.Length..])] is not JsonObject formats)
            return null;
        var (type, data) = formats.FirstOrDefault();
        return type is null ? null : $"data:{type};base64,{MultilineText.Join(data)}";
    }

    private string? Beside(string url)
    {
        if (url.Contains(':', StringComparison.Ordinal) || !PictureTypes.TryGetValue(Path.GetExtension(url), out string? type))
            return null;
        try
        {
            byte[] picture = RegularFile.ReadAllBytes(Path.Combine(folder, Uri.UnescapeDataString(url)));
            return $"data:{type};base64,{Convert.ToBase64String(picture)}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Not there, or no picture: the page shows what stands in its place.
            return null;
        }
    }

    [GeneratedRegex(@"^<details><summary>([^<>]*)</summary>\s*$")]
    private static partial Regex FoldStart();

    [GeneratedRegex(@"^([\w.-]+)\.(?:ipynb|md)(#[\w-]*)?$")]
    private static partial Regex PageBeside();

    [GeneratedRegex(@"(?<=<(span|div) class=""math"">)\s*\\[(\[]\n?|\n?\\[)\]](?=</(span|div)>)")]
    private static partial Regex FormulaMarks();
}
