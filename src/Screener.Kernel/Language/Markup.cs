using System.Net;
using Markdig;
using Microsoft.DotNet.Interactive.Formatting;

namespace Screener.Kernel.Language;

/// <summary>Shows text of the languages that are only markup.</summary>
internal static class Markup
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UseAdvancedExtensions().Build();

    /// <summary>What a front end is sent for a piece of markup.</summary>
    public static MimeBundle Of(MarkupStep step) => step.Language switch
    {
        "html" => MimeBundle.Of(HtmlFormatter.MimeType, step.Text),
        "javascript" => MimeBundle.Of(HtmlFormatter.MimeType, $"<script type=\"text/javascript\">{step.Text}</script>"),
        "markdown" => MimeBundle.Of(HtmlFormatter.MimeType, OrPlain(step.Text, () => Markdown.ToHtml(step.Text, Pipeline))),
        "mermaid" => new MimeBundle(new Dictionary<string, string>
        {
            // JupyterLab draws this one; whoever cannot shows the text: the library that draws it comes from a network.
            ["text/vnd.mermaid"] = step.Text,
            [HtmlFormatter.MimeType] = $"<pre class=\"mermaid\"><code>{WebUtility.HtmlEncode(step.Text)}</code></pre>",
            [PlainTextFormatter.MimeType] = step.Text,
        }),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step.Language, "Not a language of markup."),
    };

    /// <summary>Markdown as HTML, or as the text it is where it is nested deeper than its library follows.</summary>
    internal static string OrPlain(string markdown, Func<string> toHtml)
    {
        try
        {
            return toHtml();
        }
        catch (ArgumentException)
        {
            return $"<pre>{WebUtility.HtmlEncode(markdown)}</pre>\n";
        }
    }
}
