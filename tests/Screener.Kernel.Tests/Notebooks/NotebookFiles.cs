using System.Text.Json.Nodes;
using Screener.Kernel.Notebooks;

namespace Screener.Kernel.Tests.Notebooks;

/// <summary>Notebooks of the tests.</summary>
internal static class NotebookFiles
{
    /// <summary>A notebook of code cells; a text that starts with "# " is a markdown cell.</summary>
    internal static Notebook Of(params string[] cells) => Notebook.Parse(Json(cells).ToJsonString());

    internal static JsonObject Json(params string[] cells) => new()
    {
        ["cells"] = new JsonArray([.. cells.Select(Cell)]),
        ["metadata"] = new JsonObject(),
        ["nbformat"] = 4,
        ["nbformat_minor"] = 4,
    };

    /// <summary>The outputs of a cell of an executed notebook.</summary>
    internal static JsonArray Outputs(Notebook notebook, int number) => JsonNode.Parse(
        notebook.ToJson())!["cells"]![number - 1]!["outputs"]!.AsArray();

    private static JsonObject Cell(string source) => source.StartsWith("# ", StringComparison.Ordinal)
        ? new JsonObject { ["cell_type"] = "markdown", ["metadata"] = new JsonObject(), ["source"] = source }
        : new JsonObject
        {
            ["cell_type"] = "code", ["execution_count"] = null, ["metadata"] = new JsonObject(), ["outputs"] = new JsonArray(),
            ["source"] = source,
        };
}
