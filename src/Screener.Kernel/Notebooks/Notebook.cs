using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Screener.Kernel.Server;
using Screener.Storage;

namespace Screener.Kernel.Notebooks;

/// <summary>A notebook file (nbformat 4): cells, and whatever else is in it, kept as it is.</summary>
public sealed class Notebook
{
    // As Jupyter itself writes them, so that a notebook that is saved by both shows only real differences.
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        IndentSize = 1,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly JsonObject _root;

    private Notebook(JsonObject root, IReadOnlyList<NotebookCell> cells) => (_root, Cells) = (root, cells);

    /// <summary>The cells, in order.</summary>
    public IReadOnlyList<NotebookCell> Cells { get; }

    /// <summary>Reads a notebook, or a text in Markdown (.md) as one of a single cell.</summary>
    /// <exception cref="NotebookException">It is none, is of another format, or is in another language.</exception>
    public static Notebook Read(string file)
    {
        string text;
        try
        {
            text = RegularFile.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException(
                File.Exists(file) ? e.Message.TrimEnd('.') : Directory.Exists(file) ? "a folder" : "nothing there", e);
        }

        return Path.GetExtension(file) == ".md"
            ? Parse(new JsonObject
            {
                ["nbformat"] = 4, ["nbformat_minor"] = 5, ["metadata"] = new JsonObject(), ["cells"] = new JsonArray(
                    new JsonObject { ["cell_type"] = "markdown", ["id"] = "text", ["metadata"] = new JsonObject(), ["source"] = text }),
            }.ToJsonString())
            : Parse(text);
    }

    /// <summary>Reads a notebook's text.</summary>
    /// <exception cref="NotebookException">It is none, is of another format, or is in another language.</exception>
    public static Notebook Parse(string text)
    {
        try
        {
            // Duplicate names show only when an object is first looked into, so all of it is looked at here.
            if (JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) is not JsonObject root)
                throw new NotebookException("no JSON object");
            if (root["nbformat"] is not JsonValue format || !format.TryGetValue(out int version) || version != 4
                || root["cells"] is not JsonArray cells)
                throw new NotebookException("no notebook of nbformat 4");
            var metadata = root["metadata"] as JsonObject ?? [];
            string? language = (Name(metadata["kernelspec"], "language") ?? Name(metadata["language_info"], "name"));
            if (language is not null && !language.Equals("C#", StringComparison.OrdinalIgnoreCase) && language != "polyglot-notebook")
                throw new NotebookException($"a notebook in {language}");
            var notebook = new Notebook(
                root, [.. cells.Select(
                    (c, i) => new NotebookCell(c as JsonObject ?? throw new NotebookException($"cell {i + 1} is no object"), i + 1))]);

            // What cannot be written back shows now, and not when its cells have run.
            root.ToJsonString(Format);
            return notebook;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new NotebookException($"no JSON ({e.Message.TrimEnd('.')})", e);
        }

        static string? Name(JsonNode? node, string name) =>
            (node as JsonObject)?[name] is JsonValue value && value.TryGetValue(out string? text)
            ? text
            : null;
    }

    /// <summary>The notebook as a file holds it, in nbformat 4.5 and with the metadata that .NET Interactive writes.</summary>
    public string ToJson()
    {
        var metadata = _root["metadata"] as JsonObject;
        if (metadata is null)
            _root["metadata"] = metadata = [];
        metadata["kernelspec"] ??= new JsonObject { ["display_name"] = ".NET (C#)", ["language"] = "C#", ["name"] = ".net-csharp" };
        if (metadata["language_info"] is null)
        {
            var language = KernelInfo.LanguageInfo();
            language.Remove("codemirror_mode");
            metadata["language_info"] = language;
        }

        if (_root["nbformat_minor"] is not JsonValue minor || !minor.TryGetValue(out int number) || number < 5)
            _root["nbformat_minor"] = 5;
        foreach (var cell in Cells)
            cell.EnsureId();
        return _root.ToJsonString(Format) + "\n";
    }
}
