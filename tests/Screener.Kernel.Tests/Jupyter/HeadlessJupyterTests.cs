using System.Text.Json.Nodes;

namespace Screener.Kernel.Tests.Jupyter;

/// <summary>Jupyter's own tools run a notebook on the kernel.</summary>
public sealed class HeadlessJupyterTests
{
    private const string Notebook = """
        {
         "cells": [
          {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# Title"]},
          {"cell_type": "code", "id": "b", "execution_count": null, "metadata": {}, "outputs": [],
           "source": ["var words = new[] { \"one\", \"two\" };\n", "Console.WriteLine(\"printed\");"]},
          {"cell_type": "code", "id": "c", "execution_count": null, "metadata": {}, "outputs": [], "source": ["string.Join('+', words)"]},
          {"cell_type": "code", "id": "d", "execution_count": null, "metadata": {"tags": ["raises-exception"]}, "outputs": [],
           "source": ["throw new InvalidOperationException(\"on purpose\");"]},
          {"cell_type": "code", "id": "e", "execution_count": null, "metadata": {}, "outputs": [],
           "source": ["display(HTML(\"<b id='shown'>bold</b>\"));"]}
         ],
         "metadata": {
          "kernelspec": {"display_name": "C# (Screener)", "language": "C#", "name": "screener-csharp"},
          "language_info": {"file_extension": ".cs", "mimetype": "text/x-csharp", "name": "C#",
           "pygments_lexer": "csharp", "version": "14.0"}
         },
         "nbformat": 4,
         "nbformat_minor": 5
        }
        """;

    private const string NbClient = """
        import nbformat
        from nbclient import NotebookClient
        notebook = nbformat.read("in.ipynb", as_version=4)
        NotebookClient(notebook, timeout=300, startup_timeout=300).execute()
        nbformat.validate(notebook)
        nbformat.write(notebook, "out.ipynb")
        """;

    [Fact]
    public async Task NbClientRunsANotebook()
    {
        using var jupyter = new JupyterFolder("nbclient", "nbformat");
        File.WriteAllText(jupyter["in.ipynb"], Notebook);
        await jupyter.RunAsync("-c", NbClient);
        var notebook = JsonNode.Parse(File.ReadAllText(jupyter["out.ipynb"]))!;
        var cells = notebook["cells"]!.AsArray();
        Assert.Equal([1, 2, 3, 4], cells.Skip(1).Select(c => c!["execution_count"]!.GetValue<int>()));
        Assert.Equal("printed\n", Output(1)["text"]![0]!.GetValue<string>());
        Assert.Equal("one+two", Output(2)["data"]!["text/plain"]![0]!.GetValue<string>());
        Assert.Equal(("error", "on purpose"), (Output(3)["output_type"]!.GetValue<string>(), Output(3)["evalue"]!.GetValue<string>()));
        Assert.Contains("bold", Output(4)["data"]!["text/html"]![0]!.GetValue<string>(), StringComparison.Ordinal);

        // Running it has not changed what it says about its language.
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Notebook)!["metadata"]!["kernelspec"], notebook["metadata"]!["kernelspec"]));
        Assert.Equal(("C#", "csharp", ".cs"), (Info("name"), Info("pygments_lexer"), Info("file_extension")));

        JsonObject Output(int cell) => Assert.Single(cells[cell]!["outputs"]!.AsArray())!.AsObject();
        string Info(string name) => notebook["metadata"]!["language_info"]![name]!.GetValue<string>();
    }

    [Fact]
    public async Task NbConvertRunsANotebookIntoAPage()
    {
        using var jupyter = new JupyterFolder("nbconvert");
        File.WriteAllText(jupyter["in.ipynb"], Notebook);
        await jupyter.RunAsync(
            "-m", "nbconvert", "--to", "html", "--execute", "--ExecutePreprocessor.timeout=300",
            "--ExecutePreprocessor.startup_timeout=300", "in.ipynb");
        string page = File.ReadAllText(jupyter["in.html"]);
        Assert.Contains("<b id='shown'>bold</b>", page, StringComparison.Ordinal);
        Assert.Contains("one+two", page, StringComparison.Ordinal);
    }
}
