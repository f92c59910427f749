using System.Text.Json;
using System.Text.Json.Serialization;
using Screener.Errors;
using Screener.Imaging;
using Screener.Runtime;
using Screener.Storage;

namespace Screener.Annotations;

/// <summary>A label of an MD.ai project.</summary>
/// <param name="Id">What annotations refer to.</param>
/// <param name="Name">Its name.</param>
/// <param name="Scope">INSTANCE for what is drawn in an image, SERIES or EXAM for the rest.</param>
public sealed record MdaiLabel(string Id, string Name, string Scope);

/// <summary>One drawn annotation.</summary>
/// <param name="Label">Its label.</param>
/// <param name="SeriesUid">The image's series.</param>
/// <param name="SopInstanceUid">The image.</param>
/// <param name="Vertices">Columns X and rows Y of the closed polygon, in pixels; null where the file has no polygon.</param>
public sealed record MdaiAnnotation(
    MdaiLabel Label, string SeriesUid, string SopInstanceUid, IReadOnlyList<(double X, double Y)>? Vertices);

/// <summary>An MD.ai export, as MIDRC-RICORD-1a has it: what was drawn in images, with labels of scope INSTANCE.</summary>
/// <param name="Labels">All labels, of every scope.</param>
/// <param name="Drawn">The drawn annotations, in the file's order.</param>
/// <param name="Nowhere">How many annotations are of a label that the file does not define, or drawn in no series.</param>
/// <param name="Source">The file, for messages.</param>
public sealed record MdaiAnnotations(IReadOnlyList<MdaiLabel> Labels, IReadOnlyList<MdaiAnnotation> Drawn, int Nowhere, string Source)
{
    private const string DrawnScope = "INSTANCE";

    private const int MaxCoordinate = 1 << 16;

    /// <summary>Reads a file.</summary>
    /// <exception cref="MissingInputException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="AnnotationException">It is damaged, or JSON of another kind.</exception>
    public static MdaiAnnotations Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new MissingInputException(path, "nothing there", "an MD.ai annotation file", "Check the path.");
        return InputFile.Reading(path, "a file that can be read", "Check its permissions.", () =>
        {
            using var stream = InputFile.Open(path);
            return Read(stream, path);
        });
    }

    /// <summary>Reads a stream.</summary>
    /// <param name="stream">The JSON; stays open.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <exception cref="AnnotationException">It is damaged, or JSON of another kind.</exception>
    public static MdaiAnnotations Read(Stream stream, string source)
    {
        ArgumentNullException.ThrowIfNull(stream);
        MdaiExport? export;
        try
        {
            export = JsonSerializer.Deserialize<MdaiExport>(stream, StoredJson.Foreign);
        }
        catch (JsonException e)
        {
            throw new AnnotationException(
                source, $"damaged JSON, or JSON of another kind ({e.Message.TrimEnd('.')})", "an MD.ai export",
                "Fetch the file again, or name the right one.", e);
        }

        if (export is not { LabelGroups: { Count: > 0 } groups, Datasets: { } datasets })
            throw new AnnotationException(
                source, "JSON without labelGroups and datasets", "an MD.ai export", "Name the annotation file of the collection.");
        var labels = groups.SelectMany(g => g.Labels ?? []).Select(
            l => new MdaiLabel(Text(l.Id, "label without id"), Text(l.Name, "label without name"), l.Scope ?? "")).ToList();
        if (labels.DistinctBy(l => l.Id).Count() != labels.Count)
            throw new AnnotationException(
                source, "two labels of one id", "an id of its own for each label", "The file is damaged: fetch it again.");
        var byId = labels.ToDictionary(l => l.Id);
        var drawn = new List<MdaiAnnotation>();
        int nowhere = 0;
        foreach (var annotation in datasets.SelectMany(d => d.Annotations ?? []))
        {
            var label = byId.GetValueOrDefault(annotation.LabelId ?? "");
            if (label is null || (label.Scope == DrawnScope && string.IsNullOrEmpty(annotation.SeriesInstanceUID)))
                nowhere++;
            else if (label.Scope == DrawnScope)
                drawn.Add(
                    new MdaiAnnotation(
                        label, annotation.SeriesInstanceUID!, annotation.SOPInstanceUID ?? "", Vertices(annotation, source)));
        }

        return new MdaiAnnotations(labels, drawn, nowhere, source);

        string Text(string? text, string what) =>
            string.IsNullOrEmpty(text)
                ? throw new AnnotationException(source, $"a {what}", "an MD.ai export", "The file is damaged: fetch it again.")
                : text;
    }

    private static List<(double X, double Y)>? Vertices(MdaiDrawing annotation, string source)
    {
        if (annotation.Data?.Vertices is not { } vertices)
            return null;
        if (vertices.FirstOrDefault(v => v is not [var a, var b] || Math.Abs(a) > MaxCoordinate || Math.Abs(b) > MaxCoordinate) is { } bad)
        {
            throw new AnnotationException(
                source, $"a vertex ({string.Join(", ", bad.Take(3))}{(bad.Length > 3 ? ", ..." : "")})",
                $"column and row, at most {MaxCoordinate}",
                "The file is damaged: fetch it again.");
        }

        return [.. vertices.Select(v => (v[0], v[1]))];
    }
}

// Any member may be missing; the reader says what that means.
internal sealed record MdaiExport(IReadOnlyList<MdaiLabelGroup>? LabelGroups = null, IReadOnlyList<MdaiDataset>? Datasets = null);

internal sealed record MdaiLabelGroup(IReadOnlyList<MdaiLabelEntry>? Labels = null);

internal sealed record MdaiLabelEntry(string? Id = null, string? Name = null, string? Scope = null);

internal sealed record MdaiDataset(IReadOnlyList<MdaiDrawing>? Annotations = null);

internal sealed record MdaiDrawing(
    string? LabelId = null,
    [property: JsonPropertyName("SeriesInstanceUID")] string? SeriesInstanceUID = null,
    [property: JsonPropertyName("SOPInstanceUID")] string? SOPInstanceUID = null,
    MdaiShape? Data = null);

internal sealed record MdaiShape(IReadOnlyList<double[]>? Vertices = null);
