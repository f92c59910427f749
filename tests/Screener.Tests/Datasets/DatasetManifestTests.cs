using System.Text;
using System.Text.Json.Nodes;
using NJsonSchema;
using Screener.Datasets;
using Screener.Errors;

namespace Screener.Tests.Datasets;

public sealed class DatasetManifestTests
{
    private static readonly string Folder = Path.Combine(RepositoryFolder.Find(), "data-manifests");

    public static TheoryData<string> Files() =>
        [.. Directory.EnumerateFiles(Folder, "*.json").Select(f => Path.GetFileName(f)!).Where(
            f => !f.EndsWith(".schema.json", StringComparison.Ordinal)).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task EveryManifestFollowsTheSchemaAndIsPartOfTheLibrary(string file)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Folder, file));
        Assert.Empty((await Schema()).Validate(Encoding.UTF8.GetString(bytes)));
        var manifest = DatasetManifest.Parse(bytes, file);
        Assert.Equal(file, manifest.Id + ".json");
        var shipped = DatasetCatalogue.Find(manifest.Id);
        Assert.Equal(manifest.Summary, shipped.Summary);
        Assert.All(manifest.Aliases, a => Assert.Equal(manifest.Id, DatasetCatalogue.Find(a).Id));
        if (manifest.StandsFor is { } other)
            Assert.Equal(DatasetRole.Benchmark, DatasetCatalogue.Find(other).Role);
    }

    [Fact]
    public void TheCatalogueHoldsTheFilesAndNoTwoShareAName()
    {
        Assert.Equal(Files().Count, DatasetCatalogue.All.Count);
        var names = DatasetCatalogue.All.SelectMany(m => m.Aliases.Append(m.Id)).ToList();
        Assert.Equal(names.Distinct(), names);
        Assert.Contains("lidc-idri", Assert.Throws<OptionException>(() => DatasetCatalogue.Find("lidcc")).Message);
    }

    [Fact]
    public void ThePapersNumbersAreThoseOfItsTablesAndDoNotAddUp()
    {
        Assert.Equal(
            [1017, 115, 298, 117], new[] { "lidc", "midrc", "kits21", "lits" }.Select(n => DatasetCatalogue.Find(n).Paper!.Volumes));
        Assert.Equal([25652, 2123, 4607], new[] { "nlst", "amos", "abdomenatlas" }.Select(n => DatasetCatalogue.Find(n).Paper!.Volumes));
        Assert.Contains("1,547", DatasetCatalogue.CountDiscrepancy);
        Assert.Contains("1,820", DatasetCatalogue.CountDiscrepancy);
        var screener = DatasetCatalogue.PaperRows(DatasetCatalogue.Find("phantom-kidney-tumours")).Single(
            r => r is { Condition: "masking-invariant", Density: "flow" });
        Assert.Equal((0.90, 0.68, 0.67), (screener.Auroc, screener.AurocLowFpr, screener.AuproLowFpr));
        Assert.All(
            DatasetCatalogue.All.Where(m => m.Role == DatasetRole.Benchmark), m => Assert.Equal(16, DatasetCatalogue.PaperRows(m).Count));
        Assert.Equal(17, DatasetCatalogue.Find("amos").Exclusions.Sum(e => e.Ids?.Count ?? 0));
        Assert.Equal(1010, DatasetCatalogue.Find("lidc").Ids!.All().Count());
        Assert.Equal("case_00299", DatasetCatalogue.Find("kits21").Ids!.All().Last());
        Assert.Equal("130", DatasetCatalogue.Find("lits").Ids!.All().Last());
    }

    /// <summary>What the schema refuses, reading refuses.</summary>
    [Theory]
    [InlineData("remove", "licence", null)]
    [InlineData("remove", "licence.verified", null)]
    [InlineData("remove", "paper.results.0.auroc", null)]
    [InlineData("set", "surprise", "1")]
    [InlineData("set", "counts.surprise", "1")]
    [InlineData("set", "role", "\"test\"")]
    [InlineData("set", "role", "0")]
    [InlineData("set", "layout", "\"zip\"")]
    [InlineData("set", "name", "null")]
    [InlineData("set", "name", "\"\"")]
    [InlineData("set", "id", "\"LiTS!\"")]
    [InlineData("set", "schemaVersion", "2")]
    [InlineData("set", "counts.published", "\"131\"")]
    [InlineData("set", "counts.published", "0")]
    [InlineData("set", "labels.0.value", "256")]
    [InlineData("set", "labels.0.role", "\"liver\"")]
    [InlineData("set", "files.images.0", "\"volume.nii\"")]
    [InlineData("set", "paper.results.0.auroc", "68")]
    [InlineData("set", "paper.results.5.condition", "\"somewhere\"")]
    [InlineData("set", "exclusions.0.range", "[1]")]
    [InlineData("set", "corrections.0.kind", "\"turn\"")]
    public async Task WhatBreaksTheSchemaIsRefused(string change, string where, string? value)
    {
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "lits.json")))!;
        string[] steps = where.Split('.');
        var parent = steps[..^1].Aggregate(manifest, (node, step) => int.TryParse(step, out int index) ? node[index]! : node[step]!);
        if (change == "remove")
            Assert.True(parent.AsObject().Remove(steps[^1]));
        else if (parent is JsonArray array)
            array[int.Parse(steps[^1], System.Globalization.CultureInfo.InvariantCulture)] = JsonNode.Parse(value!);
        else
            parent[steps[^1]] = JsonNode.Parse(value!);
        string text = manifest.ToJsonString();
        Assert.NotEmpty((await Schema()).Validate(text));
        var error = Assert.Throws<ManifestException>(() => DatasetManifest.Parse(Encoding.UTF8.GetBytes(text), "changed.json"));
        Assert.Contains("changed.json", error.Message);
    }

    [Theory]
    [InlineData("{\"$schema\":\"a\",\"$schema\":\"b\"")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    public void WhatIsNoManifestIsRefused(string text) => Assert.Throws<ManifestException>(
        () => DatasetManifest.Parse(Encoding.UTF8.GetBytes(text), "x.json"));

    private static Task<JsonSchema> Schema() => JsonSchema.FromFileAsync(
        Path.Combine(Folder, "manifest.schema.json"), TestContext.Current.CancellationToken);
}
