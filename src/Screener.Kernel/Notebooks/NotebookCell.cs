using System.Text.Json.Nodes;

namespace Screener.Kernel.Notebooks;

/// <summary>One cell of a notebook.</summary>
public sealed class NotebookCell
{
    private readonly JsonObject _json;

    internal NotebookCell(JsonObject json, int number)
    {
        (_json, Number) = (json, number);
        Source = MultilineText.Join(json["source"]);
        Type = json["cell_type"] is JsonValue type && type.TryGetValue(out string? text)
            ? text
            : throw new NotebookException($"cell {number} has no cell_type");
    }

    /// <summary>Its place in the notebook, from 1.</summary>
    public int Number { get; }

    /// <summary><c>code</c>, <c>markdown</c> or <c>raw</c>.</summary>
    public string Type { get; }

    /// <summary>Its text.</summary>
    public string Source { get; }

    /// <summary>Its text as a kernel runs it: a language that its metadata name, as VS Code saves it, stands in its first line.</summary>
    public string Code => Language is { } language and not "csharp" ? $"#!{language}\n{Source}" : Source;

    /// <summary>Its execution count; 0 if it did not run.</summary>
    public int ExecutionCount => _json["execution_count"] is JsonValue value && value.TryGetValue(out int count) ? count : 0;

    /// <summary>Whether there is anything to run.</summary>
    public bool IsRunnable => Type == "code" && !string.IsNullOrWhiteSpace(Source) && !HasTag("skip-execution");

    /// <summary>Whether it is meant to fail.</summary>
    public bool MayFail => HasTag("raises-exception");

    /// <summary>Whether its code is folded away until a reader asks for it, as JupyterLab saves it.</summary>
    public bool IsSourceHidden =>
        (_json["metadata"] as JsonObject)?["jupyter"] is JsonObject jupyter && jupyter["source_hidden"] is JsonValue hidden
            && hidden.TryGetValue(out bool isHidden) && isHidden;

    /// <summary>Its first line that says something, shortened.</summary>
    public string Title
    {
        get
        {
            string line = Source.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0) ?? "";
            return line.Length <= 60 ? line : line[..57] + "...";
        }
    }

    /// <summary>Its outputs as the file has them.</summary>
    internal IEnumerable<JsonObject> Outputs => (_json["outputs"] as JsonArray ?? []).OfType<JsonObject>();

    private string? Language => Named("polyglot_notebook", "kernelName") ?? Named("dotnet_interactive", "language");

    /// <summary>Files that its markdown shows, by name: MIME type to base64.</summary>
    internal JsonObject? Attachments => _json["attachments"] as JsonObject;

    /// <summary>Replaces its outputs.</summary>
    internal void Set(int? executionCount, JsonArray outputs)
    {
        _json["execution_count"] = executionCount;
        _json["outputs"] = outputs;
    }

    /// <summary>Gives it the id that nbformat 4.5 asks for.</summary>
    internal void EnsureId()
    {
        if (_json["id"] is null)
            _json["id"] = Guid.NewGuid().ToString("N")[..8];
    }

    private string? Named(string owner, string name) =>
        (_json["metadata"] as JsonObject)?[owner] is JsonObject about && about[name] is JsonValue value
            && value.TryGetValue(out string? text)
            ? text
            : null;

    private bool HasTag(string tag) =>
        (_json["metadata"] as JsonObject)?["tags"] is JsonArray tags
            && tags.Any(t => t is JsonValue value && value.TryGetValue(out string? text) && text == tag);
}
