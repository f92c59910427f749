using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Screener.Runtime;
using Screener.Storage;

namespace Screener.Tests.Storage;

public sealed class StrictJsonTests
{
    private static readonly JsonSerializerOptions Strict = StrictJson.Of(new());
    private static readonly JsonSerializerOptions Named =
        StrictJson.Of(new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals });

    [Fact]
    public void NothingInAListIsRefusedWhateverTheList()
    {
        Refused<List<string>>("[\"a\",null]");
        Refused<string[]>("[null]");
        Refused<IReadOnlyList<int[]>>("[[1],null]");
        Refused<ImmutableArray<string>>("[null]");
        Refused<IReadOnlyDictionary<string, string>>("{\"a\":null}");
        Refused<Holder>("{\"Names\":[\"a\",null],\"Number\":1}");
        Assert.Equal([1, null], JsonSerializer.Deserialize<int?[]>("[1,null]", Strict)!);
    }

    [Theory]
    [InlineData("{\"Names\":[],\"Number\":1,\"Number\":2}")]
    [InlineData("{\"Names\":null,\"Number\":1}")]
    [InlineData("{\"Names\":[]}")]
    [InlineData("{\"Names\":[],\"Number\":1e999}")]
    [InlineData("{\"Names\":[],\"Number\":-1e999}")]
    [InlineData("{\"Names\":[],\"Number\":\"NaN\"}")]
    [InlineData("{\"Names\":[],\"Number\":1,\"Single\":1e39}")]
    public void WhatTypesDoNotSayIsRefused(string json) => Refused<Holder>(json);

    [Fact]
    public void NumbersComeBackToTheLastBit()
    {
        foreach (double value in (double[])[0.1, -1 / 3.0, double.Epsilon, double.MaxValue])
            Assert.Equal(value, JsonSerializer.Deserialize<double>(JsonSerializer.Serialize(value, Strict), Strict));
        foreach (float value in (float[])[0.1f, -1 / 3f, float.Epsilon, float.MaxValue])
        {
            Assert.Equal(JsonSerializer.Serialize(value), JsonSerializer.Serialize(value, Strict));
            Assert.Equal(value, JsonSerializer.Deserialize<float>(JsonSerializer.Serialize(value, Strict), Strict));
        }
    }

    [Fact]
    public void InfinityIsReadOnlyWhereItIsWrittenByName()
    {
        string infinite = JsonSerializer.Serialize(double.NegativeInfinity, Named);
        Assert.Equal(double.NegativeInfinity, JsonSerializer.Deserialize<double>(infinite, Named));
        Assert.Equal(float.PositiveInfinity, JsonSerializer.Deserialize<float>("\"Infinity\"", Named));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<double>("1e999", Named));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<double>("\"NaN\"", Named));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<double>("\"1\"", Named));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<double>("\"Infinity\"", Strict));
    }

    private static void Refused<T>(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<T>(json, Strict));

    private sealed record Holder(IReadOnlyList<string> Names, double Number, float Single = 0);
}
