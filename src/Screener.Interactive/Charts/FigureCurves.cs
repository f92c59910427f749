using System.Text.Json;
using Screener.Reporting;

namespace Screener.Interactive.Charts;

/// <summary>Reads the curves back from a Plotly figure that someone else made, to draw its picture.</summary>
internal static class FigureCurves
{
    /// <summary>The curves, or null if the figure is not made of them alone.</summary>
    internal static LinePlot? Read(string figure)
    {
        using var document = JsonDocument.Parse(figure);
        if (!document.RootElement.TryGetProperty("data", out var data) || data.GetArrayLength() == 0)
            return null;
        var series = new List<LineSeries>();
        foreach (var trace in data.EnumerateArray())
        {
            if ((trace.TryGetProperty("type", out var type) && type.GetString() is not ("scatter" or "scattergl"))
                || !trace.TryGetProperty("y", out var y) || Numbers(y) is not { } values)
                return null;
            var places = trace.TryGetProperty("x", out var x) ? Numbers(x) : [.. Enumerable.Range(0, values.Count).Select(i => (double)i)];
            if (places is null)
                return null;
            series.Add(new LineSeries(Text(trace, "name"), places, values));
        }

        var layout = document.RootElement.TryGetProperty("layout", out var l) ? l : default;
        return new LinePlot(Title(layout), Title(layout, "xaxis"), Title(layout, "yaxis"), series);
    }

    private static List<double>? Numbers(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array)
            return null;
        var numbers = new List<double>();
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind is JsonValueKind.Number or JsonValueKind.Null)
                numbers.Add(item.ValueKind == JsonValueKind.Null ? double.NaN : item.GetDouble());
            else if (item.ValueKind == JsonValueKind.String && item.GetString() is "NaN" or "Infinity" or "-Infinity")
                numbers.Add(double.NaN);
            else
                return null; // Dates, categories.
        }

        return numbers;
    }

    private static string Title(JsonElement layout, string? axis = null)
    {
        if (axis is not null)
            layout = layout.ValueKind == JsonValueKind.Object && layout.TryGetProperty(axis, out var a) ? a : default;
        return layout.ValueKind == JsonValueKind.Object && layout.TryGetProperty("title", out var title)
            ? title.ValueKind == JsonValueKind.Object
                ? Text(title, "text")
                : title.ValueKind == JsonValueKind.String ? title.GetString()! : ""
            : "";
    }

    private static string Text(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
}
