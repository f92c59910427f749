using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Screener.Errors;

namespace Screener.Tests;

/// <summary>A JSON text with each of its values, one after the other, replaced by what a reader may not expect.</summary>
internal static class HostileJson
{
    private const string Mark = "@@here@@";

    // Longest message: four parts of 3000 letters each.
    private const int MostLetters = 13_000;

    private static readonly string[] Replacements =
    [
        "null", "[null]", "{}", "[]", "5", "-1", "0", "0.5", "1e308", "1e999", "9223372036854775807",
        "\"\"", "\"x\"", "\"NaN\"", "\"Infinity\"", "\"\\ud800\"", "true", "{\"a\":null}", "[[[]]]",
    ];

    private static readonly string Deep = new('[', 20_000);
    private static readonly string Long = $"\"{new string('x', 131_000)}\"";
    private static readonly string LongName = $"{{\"{new string('x', 131_000)}\":1}}";

    /// <summary>The texts, some thousand for a document of a hundred values.</summary>
    internal static IEnumerable<string> Of(string json)
    {
        string half = json[..(json.Length / 2)];
        string[] wholes = ["", "null", "[]", "{}", "5", "\"x\"", "{", Deep, LongName, new string('{', 20_000), half, json + "}"];
        foreach (string text in wholes)
            yield return text;
        int values = Values(JsonNode.Parse(json)!).Count;
        for (int i = 1; i < values; i++)
        {
            string marked = With(json, i, node => node.ReplaceWith(JsonValue.Create(Mark)));
            foreach (string replacement in i % 7 == 0 ? [.. Replacements, Deep, Long, LongName] : Replacements)
                yield return marked.Replace($"\"{Mark}\"", replacement, StringComparison.Ordinal);
            yield return With(json, i, node =>
            {
                if (node.Parent is JsonObject owner)
                    owner.Remove(node.GetPropertyName());
                else
                    ((JsonArray)node.Parent!).Add(null);
            });
            yield return With(json, i, node =>
            {
                if (node is JsonArray list)
                    list.Add(null);
                else if (node is JsonObject owner)
                    owner["unknown"] = 1;
            });
        }
    }

    /// <summary>Reads every text; each is read, or refused by a typed error of one short line.</summary>
    /// <returns>How many were read and how many were refused.</returns>
    internal static (int Read, int Refused) Check(string json, Action<string> read)
    {
        int good = 0, refused = 0;
        foreach (string text in Of(json))
        {
            try
            {
                read(text);
                good++;
            }
            catch (ScreenerException error)
            {
                Assert.DoesNotContain('\n', error.Message);
                Assert.InRange(error.Message.Length, 10, MostLetters);
                refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"{(text.Length > 3000 ? text[..3000] : text)}: {error}");
            }
        }

        // A reader that refuses everything, or nothing, has not been tried.
        Assert.True(refused > good / 20, $"{good} read, {refused} refused");
        return (good, refused);
    }

    /// <summary>As <see cref="Check"/>, for what is read from a file.</summary>
    internal static (int Read, int Refused) CheckFile(string file, Action<string> read)
    {
        string whole = File.ReadAllText(file);
        read(file);
        return Check(whole, text =>
        {
            File.WriteAllText(file, text, new UTF8Encoding(false));
            read(file);
        });
    }

    /// <summary>As <see cref="Check"/>, for an entry of a zip; one text of some.</summary>
    internal static void CheckEntry(string file, string entry, Action<string> read, int every)
    {
        byte[] whole = File.ReadAllBytes(file);
        string json = "";
        Rewrite(file, entry, text => json = text);
        read(file);
        int n = 0;
        Check(json, text =>
        {
            if (n++ % every != 0)
                throw new OptionException("text", "left out", "one of many");
            File.WriteAllBytes(file, whole);
            Rewrite(file, entry, _ => text);
            read(file);
        });
        File.WriteAllBytes(file, whole);
    }

    /// <summary>Changes an entry of a zip, which comes to be its last.</summary>
    internal static void Rewrite(string file, string entry, Func<string, string> change)
    {
        using var zip = ZipFile.Open(file, ZipArchiveMode.Update);
        string text;
        using (var reader = new StreamReader(zip.GetEntry(entry)!.Open()))
            text = reader.ReadToEnd();
        var parts = zip.Entries.Where(e => e.FullName != entry).Select(e =>
        {
            using var stream = e.Open();
            var content = new MemoryStream();
            stream.CopyTo(content);
            return (e.FullName, content.ToArray());
        }).ToList();
        foreach (var old in zip.Entries.ToList())
            old.Delete();
        foreach (var (name, content) in (IEnumerable<(string, byte[])>)[.. parts, (entry, Encoding.UTF8.GetBytes(change(text)))])
        {
            using var stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
            stream.Write(content);
        }
    }

    private static string With(string json, int index, Action<JsonNode> change)
    {
        var root = JsonNode.Parse(json)!;
        change(Values(root)[index]);
        return root.ToJsonString();
    }

    // Every value that is not null, the root first.
    private static List<JsonNode> Values(JsonNode root)
    {
        var all = new List<JsonNode> { root };
        for (int i = 0; i < all.Count; i++)
        {
            var inner = all[i] switch { JsonObject owner => owner.Select(m => m.Value), JsonArray list => list, _ => [] };
            all.AddRange(inner.OfType<JsonNode>());
        }

        return all;
    }
}
