using System.Text.Json;

namespace Screener.Kernel.Language;

/// <summary>A file of cells that a cell runs by <c>#!import</c>, or that a package brings as its extension.</summary>
/// <param name="Cells">Its cells, in their order.</param>
internal sealed record CellDocument(IReadOnlyList<CellDocument.Cell> Cells)
{
    /// <summary>One cell of the file.</summary>
    /// <param name="Name">What traces call it.</param>
    /// <param name="Text">Its text.</param>
    /// <param name="Language">The language in which it begins, as its directive is written.</param>
    public sealed record Cell(string Name, string Text, string Language = "#!csharp");

    /// <summary>Reads a file by its extension.</summary>
    /// <param name="path">A notebook (.ipynb, .dib) or C# file (.cs, .csx).</param>
    /// <exception cref="DirectiveException">It cannot be read, or is of another kind.</exception>
    public static CellDocument Read(string path)
    {
        try
        {
            var name = Path.GetFileName(path);
            return Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".ipynb" => ReadNotebook(path, name),
                ".dib" or ".cs" or ".csx" => new CellDocument([new Cell(name, File.ReadAllText(path))]),
                _ => throw new DirectiveException(0, $"#!import {path}: expected a file that ends in .ipynb, .dib, .cs or .csx."),
            };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException
            or InvalidOperationException)
        {
            throw new DirectiveException(0, $"#!import {path}: {failure.Message.Split('\n')[0]}", failure);
        }
    }

    private static CellDocument ReadNotebook(string path, string name)
    {
        using var notebook = JsonDocument.Parse(File.ReadAllBytes(path));
        var cells = new List<Cell>();
        foreach (var cell in notebook.RootElement.GetProperty("cells").EnumerateArray())
        {
            var source = cell.GetProperty("source");
            var text = source.ValueKind == JsonValueKind.Array
                ? string.Concat(source.EnumerateArray().Select(line => line.GetString()))
                : source.GetString() ?? throw new JsonException("A cell has no source.");
            var title = $"{name} [{cells.Count + 1}]";
            switch (cell.GetProperty("cell_type").GetString())
            {
                case "code":
                    cells.Add(new Cell(title, text, "#!" + (LanguageOf(cell) ?? "csharp")));
                    break;
                case "markdown":
                    cells.Add(new Cell(title, text, "#!markdown"));
                    break;
            }
        }

        return new CellDocument(cells);
    }

    private static string? LanguageOf(JsonElement cell) =>
        cell.TryGetProperty("metadata", out var metadata)
            ? Text(metadata, "polyglot_notebook", "kernelName") ?? Text(metadata, "dotnet_interactive", "language")
            : null;

    private static string? Text(JsonElement metadata, string group, string name) =>
        metadata.TryGetProperty(group, out var values) && values.ValueKind == JsonValueKind.Object
            && values.TryGetProperty(name, out var value)
            ? value.GetString()
            : null;
}
