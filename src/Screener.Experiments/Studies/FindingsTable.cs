using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Reporting;
using Screener.Storage;

namespace Screener.Studies;

/// <summary>The tables of a folder of results, in the order of the CTs' names; records are read one by one.</summary>
/// <param name="folder">The results.</param>
/// <param name="method">What made the maps.</param>
/// <param name="recipe">Equal for equal models and options.</param>
/// <param name="passedOver">Files and series that are no CT to screen.</param>
/// <param name="rows">The CTs' names, and the records of those that have none on the disk.</param>
internal sealed class FindingsTable(
    string folder, string method, string recipe, int passedOver, IReadOnlyDictionary<string, CtRecord?> rows)
{
    /// <summary>The table's names.</summary>
    internal const string CsvFile = "findings.csv", PageFile = "index.html", SchemaFile = "findings.schema.json";

    private const int MostShown = 10;

    private const string Columns = "ct,status,finding,peak,x_mm,y_mm,z_mm,volume_ml,mean_hu,highest,percentile_99_9,median,reason";

    private readonly string[] _names = [.. rows.Keys.Order(StringComparer.Ordinal)];
    private readonly List<(string Name, double Score)> _screened = [];
    private readonly List<(string Name, string Reason)> _refused = [];

    private IEnumerable<CtRecord> Highest =>
        _screened.OrderByDescending(h => h.Score).ThenBy(h => h.Name, StringComparer.Ordinal).Select(h => Record(h.Name));

    /// <summary>Reads all records.</summary>
    /// <param name="kept">How many stood before.</param>
    /// <param name="sources">Who is who.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="OutputException">One is gone.</exception>
    internal StudyScreeningResult Sum(int kept, SourceTable sources, CancellationToken cancellation)
    {
        foreach (string name in _names)
        {
            cancellation.ThrowIfCancellationRequested();
            var record = Record(name);
            if (record.Refused is { } reason)
                _refused.Add((name, reason));
            else
                _screened.Add((name, record.Scores!.Highest));
        }

        var known = sources.ByName;
        return new StudyScreeningResult(
            method, _screened.Count, kept, passedOver,
            [.. _refused.Select(r => new RefusedCt(
                r.Name, known[r.Name].FirstOrDefault()?.Source ?? "", known[r.Name].FirstOrDefault()?.Reason ?? r.Reason))],
            [.. Highest.Take(MostShown)]);
    }

    /// <summary>Writes the tables of what was summed up.</summary>
    /// <exception cref="OutputException">One cannot be written.</exception>
    internal void Write(CancellationToken cancellation)
    {
        AtomicFile.Write(Path.Combine(folder, CsvFile), stream => WriteCsv(stream, cancellation));
        AtomicFile.Write(Path.Combine(folder, CtRecord.FileName), stream => WriteJson(stream, cancellation));
        using (var schema = Assembly.GetExecutingAssembly().GetManifestResourceStream("studies/" + SchemaFile)!)
            AtomicFile.Write(Path.Combine(folder, SchemaFile), schema.CopyTo);
        DocumentPage.Save(StudyIndex.Of(method, recipe, Highest, _screened.Count, _refused, passedOver), Path.Combine(folder, PageFile));
    }

    private CtRecord Record(string name) => rows[name] ?? CtRecord.Standing(Path.Combine(folder, name, CtRecord.FileName))
        ?? throw new OutputException(
            Path.Combine(folder, name), "a record that was there a moment ago and is not", "results that nobody else changes",
            "Screen the folder again.");

    private void WriteCsv(Stream stream, CancellationToken cancellation)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine(Columns);
        foreach (string name in _names)
        {
            cancellation.ThrowIfCancellationRequested();
            var record = Record(name);
            if (record.Refused is { } reason)
            {
                writer.WriteLine($"{name},refused,,,,,,,,,,,{Quoted(reason)}");
                continue;
            }

            var scores = record.Scores!;
            string all = string.Join(',', Number(scores.Highest), Number(scores.Percentile999), Number(scores.Median), "");
            var list = record.Findings!.List;
            if (list.Count == 0)
                writer.WriteLine($"{name},screened,,,,,,,,{all}");
            for (int i = 0; i < list.Count; i++)
                writer.WriteLine($"{name},screened,{i + 1},{Row(list[i])},{all}");
        }
    }

    private static string Row(Finding f) => string.Join(
        ',', Number(f.Peak), Number(f.X), Number(f.Y), Number(f.Z), Number(f.VolumeMl), f.MeanHu is { } hu ? Number(hu) : "");

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private void WriteJson(Stream stream, CancellationToken cancellation)
    {
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        writer.WriteStartObject();
        writer.WriteString("$schema", SchemaFile);
        writer.WriteNumber("schemaVersion", CtRecord.CurrentSchema);
        writer.WriteString("method", method);
        writer.WriteString("recipe", recipe);
        writer.WriteNumber("screened", _screened.Count);
        writer.WriteNumber("refused", _refused.Count);
        writer.WriteNumber("passedOver", passedOver);
        writer.WriteStartArray("cts");
        foreach (string name in _names)
        {
            cancellation.ThrowIfCancellationRequested();
            JsonSerializer.Serialize(writer, Record(name), StoredJson.Settings);
            writer.Flush();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        stream.Write("\n"u8);
    }
}
