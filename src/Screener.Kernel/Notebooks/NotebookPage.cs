using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Screener.Kernel.Notebooks;

/// <summary>A notebook as one HTML page that needs nothing else: no network, no server, no font of its own.</summary>
public static partial class NotebookPage
{
    // Nothing is fetched, and no form is sent, whatever a cell's output asks for. Scripts inside of outputs run, as in a notebook,
    // and no policy of a page keeps them from opening another address.
    private const string Policy = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob: data:; style-src 'unsafe-inline'; "
        + "img-src data: blob:; font-src data:; media-src data: blob:; worker-src blob: data:; connect-src data: blob:; "
        + "frame-src data: blob:; form-action 'none'; base-uri 'none'";

    /// <summary>What a page shows of a value, best first.</summary>
    private static readonly string[] Formats =
        ["text/html", "application/javascript", "image/svg+xml", "image/png", "image/jpeg", "image/gif", "text/markdown", "text/latex",
            "application/json", "text/plain"];

    /// <summary>The page's text.</summary>
    /// <param name="notebook">The notebook, with the outputs that it has.</param>
    /// <param name="title">The page's title where the notebook has no heading.</param>
    /// <param name="folder">The notebook's folder, from which the pictures of its markdown are taken.</param>
    public static string Of(Notebook notebook, string title, string folder)
    {
        ArgumentNullException.ThrowIfNull(notebook);
        var markdown = new NotebookMarkdown(folder);
        var body = new StringBuilder();
        foreach (var cell in notebook.Cells)
            body.Append(Cell(cell, markdown));
        string heading = notebook.Cells.Where(c => c.Type == "markdown").SelectMany(c => c.Source.Split('\n'))
            .Where(l => l.StartsWith("# ", StringComparison.Ordinal)).Select(l => l[2..].Trim()).FirstOrDefault() ?? title;
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="{Policy}">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{WebUtility.HtmlEncode(heading)}</title>
            <style>{NotebookStyle.Css}</style>
            </head>
            <body>
            <main>
            {RepeatedData.Once(body.ToString())}</main>
            </body>
            </html>

            """;
    }

    private static string Cell(NotebookCell cell, NotebookMarkdown markdown) => cell.Type switch
    {
        "markdown" => $"<section class=\"text\">{markdown.ToHtml(cell)}</section>\n",
        "code" => Code(cell, markdown),
        _ => $"<pre class=\"raw\">{WebUtility.HtmlEncode(cell.Source)}</pre>\n",
    };

    private static string Code(NotebookCell cell, NotebookMarkdown markdown)
    {
        var html = new StringBuilder("<section class=\"code\">\n");
        if (cell.Source.Length > 0)
        {
            string count = cell.ExecutionCount > 0 ? cell.ExecutionCount.ToString(CultureInfo.InvariantCulture) : "&nbsp;";
            string source = $"<pre class=\"source\">{CSharpColours.ToHtml(cell.Source)}</pre>";
            if (cell.IsSourceHidden)
                source = $"<details class=\"source\"><summary>Code, {cell.Source.Split('\n').Length} lines</summary>{source}</details>";
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"count\">[{count}]</div>{source}\n");
        }

        foreach (var output in cell.Outputs)
            html.Append(Output(output, markdown));
        return html.Append("</section>\n").ToString();
    }

    private static string Output(JsonObject output, NotebookMarkdown markdown)
    {
        string type = MultilineText.Join(output["output_type"]);
        if (type == "stream")
            return $"<pre class=\"{(MultilineText.Join(output["name"]) == "stderr" ? "stderr" : "stdout")}\">{
                Plain(MultilineText.Join(output["text"]))}</pre>\n";
        if (type == "error")
        {
            string trace = string.Join('\n', (output["traceback"] as JsonArray ?? []).Select(MultilineText.Join));
            return $"<pre class=\"error\">{Plain(trace.Length > 0 ? trace : $"{output["ename"]}: {output["evalue"]}")}</pre>\n";
        }

        var data = output["data"] as JsonObject ?? [];
        string? format = Formats.FirstOrDefault(data.ContainsKey) ?? data.Select(d => d.Key).FirstOrDefault();
        return format is null ? "" : $"<div class=\"output\">{Value(format, data[format], markdown)}</div>\n";
    }

    private static string Value(string format, JsonNode? value, NotebookMarkdown markdown)
    {
        string text = MultilineText.Join(value);
        return format switch
        {
            "text/html" or "image/svg+xml" => text,
            "application/javascript" => $"<script>{text}</script>",
            "image/png" or "image/jpeg" or "image/gif" =>
                $"<img alt=\"\" src=\"data:{format};base64,{WebUtility.HtmlEncode(string.Concat(text.Split('\n', '\r')))}\">",
            "text/markdown" => markdown.ToHtml(text, null),
            _ => $"<pre>{Plain(text.Length > 0 ? text
                : value?.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) ?? "")}</pre>",
        };
    }

    // A carriage return starts the line again, as on a terminal: only the last state of a progress line remains.
    private static string Plain(string text)
    {
        string shown = Escapes().Replace(text, "").Replace("\r\n", "\n", StringComparison.Ordinal);
        return WebUtility.HtmlEncode(string.Join('\n', shown.Split('\n').Select(l => l.TrimEnd('\r').Split('\r')[^1])));
    }

    // The colours of a terminal.
    [GeneratedRegex(@"\x1b\[[0-9;]*[A-Za-z]")]
    private static partial Regex Escapes();
}
