using System.Text.Json.Nodes;
using Screener.Kernel.Notebooks;
using Screener.Tests;

namespace Screener.Kernel.Tests.Notebooks;

public sealed class NotebookTests
{
    [Fact]
    public void WhatWasThereStaysAndWhatNbformat45AsksForIsAdded()
    {
        var json = NotebookFiles.Json("# Title", "1 + 1");
        json["metadata"]!["authors"] = new JsonArray("A");
        json["cells"]![0]!["metadata"]!["tags"] = new JsonArray("intro");
        json["cells"]![1]!["id"] = "kept";
        var written = JsonNode.Parse(Notebook.Parse(json.ToJsonString()).ToJson())!;
        Assert.Equal((4, 5), (written["nbformat"]!.GetValue<int>(), written["nbformat_minor"]!.GetValue<int>()));
        Assert.Equal("A", written["metadata"]!["authors"]![0]!.GetValue<string>());
        Assert.Equal("intro", written["cells"]![0]!["metadata"]!["tags"]![0]!.GetValue<string>());
        Assert.Matches("^[a-z0-9]{8}$", written["cells"]![0]!["id"]!.GetValue<string>());
        Assert.Equal("kept", written["cells"]![1]!["id"]!.GetValue<string>());
        Assert.Equal((".net-csharp", ".NET (C#)", "C#"), (Spec("name"), Spec("display_name"), Spec("language")));
        Assert.Equal("csharp", written["metadata"]!["language_info"]!["pygments_lexer"]!.GetValue<string>());

        string Spec(string name) => written["metadata"]!["kernelspec"]![name]!.GetValue<string>();
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("[]", "no JSON object")]
    [InlineData("{}", "no notebook of nbformat 4")]
    [InlineData("""{"nbformat": 3, "worksheets": []}""", "no notebook of nbformat 4")]
    [InlineData("""{"nbformat": 4, "cells": [7]}""", "cell 1 is no object")]
    [InlineData("""{"nbformat": 4, "cells": [{"source": []}]}""", "cell 1 has no cell_type")]
    [InlineData("""{"nbformat": 4, "nbformat": 4, "cells": []}""", "no JSON")]
    [InlineData("""{"nbformat": 4, "cells": [], "metadata": {"kernelspec": {"language": "python"}}}""", "a notebook in python")]
    public void WhatIsNoNotebookIsRefused(string text, string mention) =>
        Assert.Contains(mention, Assert.Throws<NotebookException>(() => Notebook.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task WhatIsNoFileIsRefused()
    {
        using var folder = new TemporaryFolder();
        await NamedPipe.MakeAsync(folder["pipe.ipynb"]);
        foreach (var (path, mention) in ((string, string)[])[
            (folder["absent"], "nothing there"), (folder.FullName, "a folder"), (folder["pipe.ipynb"], "a named pipe")])
        {
            var error = await NamedPipe.InTime(() => Assert.Throws<NotebookException>(() => Notebook.Read(path)));
            Assert.Contains(mention, error.Message, StringComparison.Ordinal);
        }
    }
}
