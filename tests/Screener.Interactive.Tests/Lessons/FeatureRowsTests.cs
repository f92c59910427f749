using Screener.Errors;
using Screener.Imaging;
using Screener.Interactive.Lessons;
using Screener.Randomness;
using static TorchSharp.torch;

namespace Screener.Tests.Interactive.Lessons;

[Collection(TorchCollection.Name)]
public sealed class FeatureRowsTests
{
    [Fact]
    public void DistancesSpreadAndMeanAreThoseByHand()
    {
        var rows = new FeatureRows([0, 0, 3, 4, 6, 8], 2);
        var other = new FeatureRows([0, 1, 3, 4, 6, 5], 2);
        Assert.Equal([1, 0, 3], rows.DistancesTo(other));
        Assert.Equal([3, 4], rows.Mean());
        Assert.Equal(Math.Sqrt(50.0 / 3), rows.Spread(), 12);
        Assert.Equal(1, rows.NearestTo([3.2f, 4.4f]));
        Assert.Equal([6, 8, 0, 0], rows.Select([2, 0]).Values);
        Assert.Equal([0, 0, 3, 4, 6, 8, 0, 1, 3, 4, 6, 5], FeatureRows.Join([rows, other]).Values);
    }

    [Fact]
    public void ALineFillsOneDirectionAndACrossAsManyAsItHasArms()
    {
        Assert.Equal(1, new FeatureRows([0, 0, 0, 1, 2, 3, 2, 4, 6], 3).EffectiveDimensions(), 6);
        Assert.Equal(3, new FeatureRows([1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1], 3).EffectiveDimensions(), 6);
        Assert.Equal(0, new FeatureRows([1, 2, 1, 2], 2).EffectiveDimensions());
    }

    [Fact]
    public void CorrelationIgnoresOffsetAndScaleAndCountsConstantChannelsAsNothing()
    {
        var rows = new FeatureRows([1, 5, 2, 1, 4, 0, 3, 9], 2);
        var moved = new FeatureRows([.. rows.Values.Select((v, i) => i % 2 == 0 ? (3 * v) + 7 : -v)], 2);
        Assert.Equal(0, rows.CorrelationWith(moved), 6);
        Assert.Equal(1, rows.CorrelationWith(rows), 6);
        var flat = new FeatureRows([.. rows.Values.Select((v, i) => i % 2 == 0 ? v : 1)], 2);
        Assert.Equal(0.5, rows.CorrelationWith(flat), 6);
    }

    [Fact]
    public void ShufflingKeepsEveryRow()
    {
        var rows = new FeatureRows([.. Enumerable.Range(0, 60).Select(i => (float)i)], 3);
        var shuffled = rows.Shuffled(new RandomStream(1));
        Assert.NotEqual(rows.Values, shuffled.Values);
        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => rows[i].ToArray()),
            Enumerable.Range(0, 20).Select(i => shuffled[i].ToArray()).OrderBy(r => r[0]));
    }

    [Fact]
    public void ARowIsFoundIfNoOtherIsNearer()
    {
        var rows = new FeatureRows([0, 0, 3, 4, 6, 8], 2);
        Assert.Equal(1, rows.FoundIn(rows));
        Assert.Equal(2 / 3.0, rows.FoundIn(new FeatureRows([0, 1, 9, 9, 6, 5], 2)), 12);
    }

    [Fact]
    public void GreyValuesAreThoseOfTheNearestVoxel()
    {
        var shape = new VolumeShape(2, 3, 4);
        float[] crop = [.. Enumerable.Range(0, 24).Select(i => (float)i)];
        Assert.Equal(
            [0, 23, shape.Index(1, 0, 2)], FeatureRows.At(shape, crop, [0, 0, 0, 1, 2, 3, 0.6f, 0.4f, 1.9f]).Values.Select(v => (int)v));
    }

    [Fact]
    public void ATensorIsCopiedRowByRow()
    {
        using var tensor = arange(12, dtype: ScalarType.Float64).view(3, 4).t();
        var rows = FeatureRows.From(tensor);
        Assert.Equal((3, 4), (rows.Channels, rows.Count));
        Assert.Equal([1, 5, 9], rows[1].ToArray());
    }

    [Fact]
    public void RowsThatDoNotFitAreRefused()
    {
        Assert.Throws<OptionException>(() => new FeatureRows([1, 2, 3], 2));
        Assert.Throws<OptionException>(() => new FeatureRows([1, 2], 2).DistancesTo(new FeatureRows([1, 2, 3, 4], 2)));
        Assert.Throws<OptionException>(() => FeatureRows.Join([]));
    }
}
