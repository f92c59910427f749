using Screener.Interactive.Values;
using Screener.Reporting;
using Screener.Tests;
using TorchSharp;

namespace Screener.Interactive.Tests.Values;

[Collection(TorchCollection.Name)]
public sealed class TensorFormatterTests
{
    [Fact]
    public void ItTellsShapeTypeRangeAndTheFirstValues()
    {
        using var tensor = torch.tensor(new[] { 1f, 2, 3, 4, 5, 9 }, 2, 3);
        var card = TensorFormatter.Document(tensor);
        var facts = Facts(card);
        Assert.Equal("[2, 3]", facts["shape"]);
        Assert.Equal("Float32", facts["type"]);
        Assert.Equal("cpu", facts["device"]);
        Assert.Equal(("1", "4", "9"), (facts["least"], facts["mean"], facts["greatest"]));
        Assert.Equal("2.8284", facts["standard deviation"]);
        var table = card.Parts.OfType<TablePart>().Single();
        Assert.Equal([["0", "1", "2", "3"], ["1", "4", "5", "9"]], table.Rows);
    }

    [Fact]
    public void ItNeverDumpsALargeTensor()
    {
        using var tensor = torch.zeros(3, 200, 300, 400);
        var formatter = NotebookFormatters.All.Single(f => f.Type == typeof(torch.Tensor));
        Assert.InRange(formatter.Html(tensor).Length, 100, 12_000);
        Assert.InRange(formatter.PlainText(tensor).Length, 50, 1_500);
        Assert.Equal("72,000,000", Facts(TensorFormatter.Document(tensor))["elements"]);
    }

    [Fact]
    public void WhatIsNotFiniteIsCounted()
    {
        using var tensor = torch.tensor(new[] { 1f, float.NaN, float.PositiveInfinity, 3 });
        var facts = Facts(TensorFormatter.Document(tensor));
        Assert.Equal("2: 1 NaN", facts["not finite"]);
        Assert.Equal(("1", "3"), (facts["least"], facts["greatest"]));
        using var nothing = torch.full(4, float.NaN);
        Assert.False(Facts(TensorFormatter.Document(nothing)).ContainsKey("mean"));
    }

    [Theory]
    [InlineData(torch.ScalarType.Bool)]
    [InlineData(torch.ScalarType.Int64)]
    [InlineData(torch.ScalarType.BFloat16)]
    [InlineData(torch.ScalarType.Float64)]
    [InlineData(torch.ScalarType.ComplexFloat32)]
    public void EveryTypeIsShown(torch.ScalarType type)
    {
        using var tensor = torch.ones(2, 2, 2, type);
        Assert.Equal("[2, 2, 2]", Facts(TensorFormatter.Document(tensor))["shape"]);
    }

    [Theory]
    [InlineData]
    [InlineData(0L)]
    [InlineData(2L, 0L, 3L)]
    public void EmptyTensorsAndScalarsAreShown(params long[] shape)
    {
        using var tensor = torch.zeros(shape);
        Assert.Equal($"[{string.Join(", ", shape)}]", Facts(TensorFormatter.Document(tensor))["shape"]);
    }

    [Fact]
    public void ADisposedTensorSaysSo()
    {
        var tensor = torch.zeros(2);
        tensor.Dispose();
        Assert.Equal("disposed of", TensorFormatter.Document(tensor).Subtitle);
    }

    [Fact]
    public void NothingLeaks()
    {
        using var tensor = torch.rand(3, 4, 5);
        using var parameter = torch.rand([3], requires_grad: true);
        TensorLeaks.Check(() =>
        {
            TensorFormatter.Document(tensor);
            Assert.Equal("yes", Facts(TensorFormatter.Document(parameter))["requires gradient"]);
        });
    }

    private static Dictionary<string, string> Facts(Document card) => card.Parts.OfType<FactsPart>().Single().Facts.ToDictionary(
        f => f.Name, f => f.Value);
}
