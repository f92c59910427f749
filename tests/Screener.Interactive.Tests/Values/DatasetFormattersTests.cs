using System.Globalization;
using System.Xml.Linq;
using Screener.Datasets;
using Screener.Tests;

namespace Screener.Interactive.Tests.Values;

public sealed class DatasetFormattersTests
{
    [Theory]
    [InlineData("nlst", 8, "Volume,Voxels")]
    [InlineData("lits", 12, "Volume,Voxels,Lesion voxels,Organ labelled")]
    public void ALongCacheIsFoldedAndTellsOfLesionsOnlyWhereTheyAreLabelled(string dataset, int count, string columns)
    {
        using var folder = new TemporaryFolder();
        string cases = string.Join(
            ",", Enumerable.Range(0, count).Select(
                i => string.Create(
                    CultureInfo.InvariantCulture,
                    $$"""{"id":"c{{i:00}}","file":"volumes/c{{i:00}}.hu","shape":[3,4,5],"lesionVoxels":{{i}},"hasOrgan":true}""")));
        File.WriteAllText(
            folder[HuCache.FileName],
            $$"""
            {"version":1,"dataset":"{{dataset}}","options":{},"optionsFingerprint":"a","published":1,"paper":1,"countNote":null,
            "cases":[{{cases}}],"rejected":[]}
            """);
        string html = NotebookFormatters.All.Single(f => f.Type == typeof(HuCache)).Html(HuCache.Open(folder.FullName));
        var page = FormatterOutputTests.Parse(html);
        var tables = page.Descendants("table").ToList();
        Assert.Equal(count > 8 ? [8, count - 8] : [count], tables.Select(t => t.Element("tbody")!.Elements("tr").Count()));
        Assert.All(tables, t => Assert.Equal(columns, string.Join(",", t.Descendants("th").Select(h => h.Value))));
        Assert.Equal(
            Enumerable.Range(0, count).Select(i => $"c{i:00}"),
            tables.SelectMany(t => t.Element("tbody")!.Elements("tr")).Select(r => ((XElement)r.FirstNode!).Value));
        Assert.Equal(count > 8, page.Descendants("summary").Any(s => s.Value.Contains($"{count - 8} more", StringComparison.Ordinal)));
        Assert.Equal(dataset == "lits", html.Contains("with lesions", StringComparison.Ordinal));
    }
}
