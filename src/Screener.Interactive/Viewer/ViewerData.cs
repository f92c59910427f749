using System.Text;
using System.Text.Json;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Reporting;

namespace Screener.Interactive.Viewer;

/// <summary>What the script reads, as JSON. All indices are canonical, axes in the order D, H, W.</summary>
internal static class ViewerData
{
    private static readonly WindowPreset[] Presets = [WindowPreset.Lung, WindowPreset.SoftTissue, WindowPreset.Bone, WindowPreset.Liver];

    /// <summary>The JSON. No text in it can end the script element that holds it: the writer escapes angle brackets.</summary>
    internal static string Json(ShownVolume shown, ShownLayer ct, LevelTable table, string about)
    {
        var (grid, options) = (ct.Grid.Canonical, shown.View.Options);
        var a = grid.Affine;
        using var stream = new MemoryStream(ct.TextLength + 100_000);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("name", ViewerCaption.Name(shown.View));
            json.WriteString("about", about);
            Numbers(json, "mm", [grid.Spacing.Depth, grid.Spacing.Height, grid.Spacing.Width]);

            // Three rows of four: (w, h, d, 1) to x, y, z.
            Numbers(json, "affine", [a.M00, a.M01, a.M02, a.M03, a.M10, a.M11, a.M12, a.M13, a.M20, a.M21, a.M22, a.M23]);
            var at = ct.Grid.BlockOf(shown.At);
            Numbers(json, "start", [at.Depth, at.Height, at.Width]);
            Numbers(json, "window", [shown.Window.Level, shown.Window.Width]);
            json.WriteStartObject("windows");
            foreach (var preset in Presets)
                Numbers(json, char.ToUpperInvariant(preset.Name[0]) + preset.Name[1..], [preset.Level, preset.Width]);
            json.WriteEndObject();

            json.WriteStartObject("ct");
            Layer(json, ct, table);
            json.WriteEndObject();
            if (shown.Scores is { } scores)
            {
                json.WriteStartObject("map");
                Numbers(json, "range", [scores.Range.Low, scores.Range.High]);
                json.WriteBoolean("calibrated", scores.IsCalibrated);
                json.WriteNumber("threshold", shown.Threshold);
                json.WriteNumber("opacity", options.Opacity);
                json.WriteBase64String("colors", Palette(options.Colors));
                Layer(json, scores.Layer, scores.Table);
                json.WriteEndObject();
            }

            if (shown.Mask is { } mask)
            {
                json.WriteStartObject("mask");
                json.WriteString(
                    "color", FormattableString.Invariant($"#{options.Outline.R:x2}{options.Outline.G:x2}{options.Outline.B:x2}"));
                Layer(json, mask.Layer, null);
                json.WriteEndObject();
            }

            if (shown.Labels is { } labels)
            {
                json.WriteStartObject("labels");
                json.WriteString("title", shown.View.LabelsTitle);
                json.WriteStartObject("names");
                foreach (var (label, name) in shown.View.Labels!.Names)
                    json.WriteString($"{label}", name);
                json.WriteEndObject();
                Layer(json, labels.Layer, null);
                json.WriteEndObject();
            }

            shown.Sweep?.Write(json);
            if (shown.View.Findings is { List.Count: > 0 } findings)
                Rows(json, findings);
            if (shown.View.HiddenUntilMarked)
                json.WriteBoolean("reader", true);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void Rows(Utf8JsonWriter json, Findings findings)
    {
        json.WriteStartObject("findings");
        Texts("columns", FindingCells.Columns);
        json.WriteStartArray("rows");
        foreach (var (i, finding) in findings.List.Index())
        {
            json.WriteStartObject();
            Numbers(json, "at", [finding.Z, finding.Y, finding.X]);
            Texts("cells", FindingCells.Of(finding, i));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();

        void Texts(string name, IReadOnlyList<string> texts)
        {
            json.WriteStartArray(name);
            foreach (string text in texts)
                json.WriteStringValue(text);
            json.WriteEndArray();
        }
    }

    private static void Layer(Utf8JsonWriter json, ShownLayer layer, LevelTable? table)
    {
        var shape = layer.Grid.Canonical.Shape;
        Numbers(json, "shape", [shape.Depth, shape.Height, shape.Width]);
        if (table is not null)
        {
            json.WriteStartArray("segments");
            foreach (var (start, step, count) in table.Segments)
                Numbers(json, null, [start, step, count]);
            json.WriteEndArray();
        }

        json.WriteStartArray("data");
        foreach (byte[] packed in layer.Streams)
            json.WriteBase64StringValue(packed);
        json.WriteEndArray();
    }

    private static void Numbers(Utf8JsonWriter json, string? name, ReadOnlySpan<double> numbers)
    {
        if (name is null)
            json.WriteStartArray();
        else
            json.WriteStartArray(name);
        foreach (double number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    // 256 times red, green and blue.
    private static byte[] Palette(ColorMap colors)
    {
        var palette = new byte[256 * 3];
        for (int i = 0; i < 256; i++)
            (palette[3 * i], palette[(3 * i) + 1], palette[(3 * i) + 2]) = colors[i / 255.0];
        return palette;
    }
}
