using System.Text.Json.Nodes;
using Screener.Interactive.Tests;
using Screener.Kernel.Notebooks;
using Screener.Tests;

namespace Screener.Kernel.Tests.Notebooks;

public sealed class NotebookPageTests(ChromiumBrowser browser)
{
    // The smallest PNG: one pixel.
    private const string Pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    [Fact]
    public void OutputsAreShownByTheirKindAndTextIsEscaped()
    {
        string page = Page(
            new JsonObject { ["output_type"] = "stream", ["name"] = "stdout", ["text"] = new JsonArray("10 %\r20 %\rdone\n", "<i>a</i>") },
            new JsonObject
            {
                ["output_type"] = "error", ["ename"] = "E", ["evalue"] = "v", ["traceback"] = new JsonArray("\u001b[31m<b>at</b>\u001b[0m"),
            },
            Value("text/html", "<b id='html'>x</b>"),
            Value("text/plain", "List<int>"),
            Value("image/png", Pixel),
            Value("application/json", new JsonObject { ["a"] = "<" }),
            new JsonObject
            {
                ["output_type"] = "display_data", ["data"] = new JsonObject { ["text/plain"] = "plain", ["text/html"] = "<u>rich</u>" },
            });
        Assert.Contains(">done\n&lt;i&gt;a&lt;/i&gt;</pre>", page, StringComparison.Ordinal);
        Assert.Contains("<pre class=\"error\">&lt;b&gt;at&lt;/b&gt;</pre>", page, StringComparison.Ordinal);
        Assert.Contains("<b id='html'>x</b>", page, StringComparison.Ordinal);
        Assert.Contains("<pre>List&lt;int&gt;</pre>", page, StringComparison.Ordinal);
        Assert.Contains($"src=\"data:image/png;base64,{Pixel}\"", page, StringComparison.Ordinal);
        Assert.Contains("<u>rich</u>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("plain</pre>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DataThatSeveralOutputsCarryStandInThePageOnce()
    {
        string ct = new('A', 30_000), map = new('B', 25_000);
        string Viewer(string data) => $"<p><script type=\"application/json\">{data}</script></p><script>(window.read ??= []).push("
            + "JSON.parse(document.currentScript.previousElementSibling.firstElementChild.textContent))</script>";
        string text = Page(
            Value("text/html", Viewer($"[\"short\", \"{ct}\", \"{ct}\"]")), Value("text/html", Viewer($"[\"{map}\", \"{ct}\"]")),
            Value("text/html", Viewer($"[\"{ct}\", \"{map}\"]")));
        Assert.InRange(text.Length, 85_000, 100_000);
        await using var page = await browser.OpenAsync(text);
        string[][] read = await page.Page.EvaluateAsync<string[][]>("window.read");
        Assert.Equal([["short", ct, ct], [map, ct], [ct, map]], read);
        page.AssertQuiet();
    }

    [Fact]
    public void CodeThatIsHiddenInJupyterIsFoldedAway()
    {
        var json = NotebookFiles.Json("# Title");
        json["cells"]!.AsArray().Add(new JsonObject
        {
            ["cell_type"] = "code", ["source"] = "int a = 1;\na", ["outputs"] = new JsonArray(), ["execution_count"] = null,
            ["metadata"] = new JsonObject { ["jupyter"] = new JsonObject { ["source_hidden"] = true } },
        });
        string page = NotebookPage.Of(Notebook.Parse(json.ToJsonString()), "title", ".");
        Assert.Contains("<details class=\"source\"><summary>Code, 2 lines</summary><pre class=\"source\">", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(">")]
    [InlineData("- ")]
    [InlineData("[")]
    [InlineData("![")]
    public void MarkdownThatIsNestedTooDeepIsShownAsItIs(string part)
    {
        using var folder = new TemporaryFolder();
        string text = string.Concat(Enumerable.Repeat(part, 5000)) + "<b>end";
        string page = NotebookPage.Of(Notebook.Parse(NotebookFiles.Json("# Title\n\n" + text).ToJsonString()), "file", folder.FullName);
        Assert.Contains("&lt;b&gt;end</pre>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void PicturesOfTheMarkdownAreInThePage()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a b.png"], Convert.FromBase64String(Pixel));
        var json = NotebookFiles.Json(
            "# Title <x>\n\n![one](a%20b.png) ![two](attachment:t.png) ![three](https://example.org/x.png)\n\n|a|b|\n|-|-|\n|1|2|");
        json["cells"]![0]!["attachments"] = new JsonObject { ["t.png"] = new JsonObject { ["image/png"] = "AAAA" } };
        string page = NotebookPage.Of(Notebook.Parse(json.ToJsonString()), "file", folder.FullName);
        Assert.Contains($"<img src=\"data:image/png;base64,{Pixel}\" alt=\"one\"", page, StringComparison.Ordinal);
        Assert.Contains("<img src=\"data:image/png;base64,AAAA\" alt=\"two\"", page, StringComparison.Ordinal);
        Assert.Contains("<td>1</td>", page, StringComparison.Ordinal);
        Assert.Contains("<title>Title &lt;x&gt;</title>", page, StringComparison.Ordinal);

        // Nothing is fetched, whatever is asked for.
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http:", page.Replace("https://example.org/x.png", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task APictureThatIsNoFileIsLeftOut()
    {
        using var folder = new TemporaryFolder();
        await NamedPipe.MakeAsync(folder["pipe.png"]);
        File.CreateSymbolicLink(folder["zero.png"], "/dev/zero");
        Directory.CreateDirectory(folder["folder.png"]);
        var notebook = NotebookFiles.Of("# T\n\n![a](pipe.png) ![b](zero.png) ![c](folder.png) ![d](absent.png) ![e](nul%00.png)");
        string page = await NamedPipe.InTime(() => NotebookPage.Of(notebook, "title", folder.FullName));
        foreach (string name in (string[])["pipe", "zero", "folder", "absent"])
            Assert.Contains($"<img src=\"{name}.png\"", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<script>window.owned = 1</script>")]
    [InlineData("<img src=x onerror='window.owned = 1'>")]
    [InlineData("a <svg onload='window.owned = 1'></svg>")]
    [InlineData("<meta http-equiv='refresh' content='0; url=https://example.org/'>")]
    [InlineData("<form action='https://example.org/'><button>send</button></form><script>document.forms[0].submit()</script>")]
    [InlineData("<base href='https://example.org/'>\n\n[x](page.html)")]
    [InlineData("[click](javascript:window.owned=1)")]
    [InlineData("[click](JavaScript&colon;window.owned=1 'title')")]
    [InlineData("[click](<&#1;java&#9;script:window.owned=1>)")]
    [InlineData("[click][later]\n\n[later]: data:text/html,<script>window.opener.owned=1</script>")]
    [InlineData("<javascript:window.owned=1>")]
    [InlineData("|a|\n|-|\n|<b onclick='window.owned = 1'>click</b>|")]
    [InlineData("$<img src=x onerror='window.owned = 1'>$")]
    public async Task NothingInTheMarkdownRunsOrLeaves(string text)
    {
        await using var page = await browser.OpenAsync(NotebookPage.Of(NotebookFiles.Of("# Title\n\n" + text), "title", "."));
        foreach (var link in await page.Page.Locator("section a, section b, section button").AllAsync())
            await link.ClickAsync();
        await page.Page.WaitForTimeoutAsync(200);
        Assert.Null(await page.Page.EvaluateAsync<object?>("window.owned ?? null"));
        Assert.EndsWith("/page.html", page.Page.Url.Split('#')[0], StringComparison.Ordinal);
        Assert.DoesNotContain(page.Troubles, t =>
            t.StartsWith("request", StringComparison.Ordinal) && !t.Contains("/page.html", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FoldsOpenWithoutScriptsAndHoldMarkdownInWhichNothingRuns()
    {
        const string Text = "# T\n\nbefore\n\n<details><summary>Answer & more</summary>\n\nAn **answer** <img src=x onerror='x()'>\n\n"
            + "```\n</details>\n```\n\n</details>\n\nafter";
        await using var page = await browser.OpenAsync(NotebookPage.Of(NotebookFiles.Of(Text), "title", "."), scripts: false);
        var answer = page.Page.Locator("details strong");
        Assert.False(await answer.IsVisibleAsync());
        await page.Page.GetByText("Answer & more").ClickAsync();
        Assert.True(await answer.IsVisibleAsync());
        Assert.Equal(0, await page.Page.Locator("section img").CountAsync());
        Assert.Contains("</details>", await page.Page.Locator("details pre").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await page.Page.Locator("details").GetByText("after").CountAsync());
    }

    [Theory]
    [InlineData("<details><summary>a</summary>\n\nnever closed")]
    [InlineData("</details>\n\n<details><summary>a</summary>")]
    [InlineData("<details open><summary>a</summary>\n\nx\n\n</details>")]
    [InlineData("<details><summary><b onclick=x>a</b></summary>\n\nx\n\n</details>")]
    public void WhatIsNoWholeFoldIsShownAsText(string text)
    {
        string page = NotebookPage.Of(NotebookFiles.Of("# T\n\n" + text), "title", ".");
        Assert.DoesNotContain("<details", page, StringComparison.Ordinal);
        Assert.Contains("&lt;", page, StringComparison.Ordinal);
    }

    [Fact]
    public void LinksBesideTheNotebookLeadToPages()
    {
        string page = NotebookPage.Of(
            NotebookFiles.Of("# T\n\n[a](02-next.ipynb) [b](GLOSSARY.md#auroc) [c](https://example.org/x.md) [d](../x.md)"), "title", ".");
        foreach (string link in (string[])["02-next.html", "GLOSSARY.html#auroc", "https://example.org/x.md", "../x.md"])
            Assert.Contains($"href=\"{link}\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public void ATextInMarkdownIsANotebookOfOneCell()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["TEXT.md"], "# Words\n\n## AUROC\n\n\"An area\"");
        var cell = Assert.Single(Notebook.Read(folder["TEXT.md"]).Cells);
        Assert.Equal(("markdown", "# Words\n\n## AUROC\n\n\"An area\""), (cell.Type, cell.Source));
        Assert.Contains("id=\"auroc\"", NotebookPage.Of(Notebook.Read(folder["TEXT.md"]), "t", "."), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnOutputSendsNoFormAndMovesNoLinks()
    {
        await using var page = await browser.OpenAsync(Page(Value(
            "text/html",
            "<base href='https://example.org/'><a id='link' href='x'>x</a><form action='https://example.org/' method='post'></form>")));
        Assert.StartsWith("file:", await page.Page.EvaluateAsync<string>("document.getElementById('link').href"), StringComparison.Ordinal);
        await page.Page.EvaluateAsync("document.forms[0].submit()");
        await ChromiumPage.WaitForAsync(
            () => Task.FromResult(page.Troubles.Any(t => t.Contains("form-action", StringComparison.Ordinal))));
        Assert.EndsWith("/page.html", page.Page.Url, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("> ")]
    [InlineData("[")]
    [InlineData("![")]
    [InlineData("*a ")]
    [InlineData("1. ")]
    [InlineData("(")]
    public void TextThatIsNestedTooDeepIsShownAsItWasWritten(string part)
    {
        string text = string.Concat(Enumerable.Repeat(part, 20_000));
        string page = Page(Value("text/markdown", text), Value("text/html", "after"));
        Assert.Contains(System.Net.WebUtility.HtmlEncode(text.Trim()), page, StringComparison.Ordinal);
        Assert.Contains("after", page, StringComparison.Ordinal);
    }

    [Fact]
    public void FormulasAreShownAsTheyWereWritten()
    {
        string page = NotebookPage.Of(NotebookFiles.Of("# T\n\nWith $a<b$ and\n\n$$\nc^2\n$$\n"), "title", ".");
        Assert.Contains("<span class=\"math\">a&lt;b</span>", page, StringComparison.Ordinal);
        Assert.Matches("<div class=\"math\">\\s*c\\^2\\s*</div>", page);
    }

    [Theory]
    [InlineData("var s = \"a // b\"; // c", "<span class=\"k\">var</span> s = <span class=\"s\">&quot;a // b&quot;</span>; <span "
        + "class=\"c\">// c</span>")]
    [InlineData("x < 0x1F /* y", "x &lt; <span class=\"n\">0x1F</span> <span class=\"c\">/* y</span>")]
    [InlineData("$@\"a\"\"b\" + 'c' + \"\"\"d\"e\"\"\"", "<span class=\"s\">$@&quot;a&quot;&quot;b&quot;</span> + <span "
        + "class=\"s\">&#39;c&#39;</span> + <span class=\"s\">&quot;&quot;&quot;d&quot;e&quot;&quot;&quot;</span>")]
    [InlineData("#r \"nuget: X\"\nclass1", "<span class=\"c\">#r &quot;nuget: X&quot;</span>\nclass1")]
    [InlineData("\"unfinished\nvar", "<span class=\"s\">&quot;unfinished</span>\n<span class=\"k\">var</span>")]
    public void CodeIsColouredAndEscaped(string code, string html) => Assert.Equal(html, CSharpColours.ToHtml(code));

    private static JsonObject Value(string type, JsonNode value) => new()
    {
        ["output_type"] = "display_data", ["metadata"] = new JsonObject(), ["data"] = new JsonObject { [type] = value },
    };

    private static string Page(params JsonNode[] outputs)
    {
        var json = NotebookFiles.Json("var x = 1;");
        json["cells"]![0]!["outputs"] = new JsonArray(outputs);
        return NotebookPage.Of(Notebook.Parse(json.ToJsonString()), "title", ".");
    }
}
