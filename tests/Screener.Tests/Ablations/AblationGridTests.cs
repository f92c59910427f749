using Screener.Ablations;
using Screener.Errors;
using Screener.Training;

namespace Screener.Tests.Ablations;

public sealed class AblationGridTests
{
    private const string Least =
        """
        {"name":"x","trainingData":["a"],"testData":["b"],"descriptors":[{"name":"d"}],
        "conditions":[{"name":"c","kind":"None"}],"densities":[{"name":"q","kind":"Glow"}]}
        """;

    [Fact]
    public void TheShippedGridsAreWhole()
    {
        Assert.Equal(["clahe", "limits", "longer", "masking", "quick"], AblationGrid.ShippedNames);
        var quick = AblationPlan.Of(AblationGrid.Shipped("quick"));
        Assert.Equal(3 * 4 * 2 * 3, quick.Count);
        Assert.Equal(72, quick.Select(c => c.Cell).Distinct().Count());
        Assert.Equal(
            [32, 128, 32],
            AblationGrid.Shipped("quick").Descriptors.Select(
                d => AblationPlan.TrainingOf(AblationGrid.Shipped("quick"), d, 1).Network.DescriptorChannels));

        // One thing is changed at a time: 1 + 1 descriptors, 1 + 6 conditions, 1 + 4 densities.
        var masking = AblationPlan.Of(AblationGrid.Shipped("masking"));
        Assert.Equal((1 + 1 + 6 + 4) * 2 * 2, masking.Count);
        var grid = AblationGrid.Shipped("masking");
        Assert.Equal(
            [0.6, 0.2, 0.4, 0.8, 0.6, 0.6, 0.6],
            grid.Conditions.Select(
                c => AblationPlan.TrainingOf(grid, c, Screener.Preprocessing.PreprocessingOptions.Quick, 1)!.Mask.HiddenFraction));
        Assert.Equal([true, false], grid.Descriptors.Select(d => AblationPlan.TrainingOf(grid, d, 1).Preprocessing.Clahe));
        Assert.Equal([0.1, 0, 0.3, 0.1, 0.1], grid.Densities.Select(d => AblationPlan.FittingOf(grid, d, 1).NoiseSigma));
    }

    [Fact]
    public void WhatIsWrittenIsRead()
    {
        foreach (string name in AblationGrid.ShippedNames)
        {
            string json = AblationGrid.Shipped(name).ToJson();
            Assert.Equal(json, AblationGrid.Parse(json).ToJson());
        }

        var grid = AblationGrid.Parse(Least);
        Assert.Equal((AblationDesign.Full, 3, 0.5), (grid.Design, grid.DensitySeeds.Count, grid.Overlap));
        Assert.Equal(
            DensityFittingOptions.Quick with { Seed = 4, Heads = [] },
            AblationPlan.FittingOf(grid, grid.Densities[0], 4) with { Heads = [] });
    }

    [Theory]
    [InlineData("\"name\":\"x\"", "\"nam\":\"x\"", "nam")]
    [InlineData("\"kind\":\"None\"", "\"kind\":\"Nothing\"", "'Nothing'")]
    [InlineData("\"name\":\"d\"", "\"name\":\"d\",\"options\":{\"networc\":1}", "networc")]
    [InlineData("\"name\":\"d\"", "\"name\":\"d\",\"options\":{\"masked\":true}", "descriptor")]
    [InlineData("\"name\":\"d\"", "\"name\":\"d\",\"options\":{\"seed\":7}", "networkSeeds")]
    [InlineData("\"name\":\"d\"", "\"name\":\"d\",\"options\":{\"volumesPerBatch\":0}", "VolumesPerBatch")]
    [InlineData("\"kind\":\"None\"", "\"kind\":\"None\",\"options\":{\"steps\":1}", "steps")]
    [InlineData("\"kind\":\"None\"", "\"kind\":\"SinCos\",\"options\":{\"frequencies\":99}", "Frequencies")]
    [InlineData("\"kind\":\"Glow\"", "\"kind\":\"Glo\"", "gaussian, glow")]
    [InlineData("\"kind\":\"Glow\"", "\"kind\":\"Glow\",\"options\":{\"noiseSigma\":-1}", "NoiseSigma")]
    [InlineData("\"kind\":\"Glow\"", "\"kind\":\"Glow\",\"options\":{\"seed\":9}", "densitySeeds")]
    [InlineData("[\"b\"]", "[]", "TestData")]
    [InlineData("[\"b\"]", "[\"b\",\"B\"]", "TestData")]
    [InlineData("\"name\":\"x\"", "\"name\":\"x\",\"profile\":\"fast\"", "fast")]
    [InlineData("\"name\":\"x\"", "\"name\":\"x\",\"overlap\":1", "Overlap")]
    [InlineData("\"name\":\"x\"", "\"name\":\"x\",\"positionsPerWindow\":{\"depth\":25,\"height\":1,"
        + "\"width\":1}", "PositionsPerWindow.Depth")]
    [InlineData("\"name\":\"x\"", "\"name\":\"x\",\"densitySeeds\":[1,1]", "DensitySeeds")]
    [InlineData("[{\"name\":\"d\"}]", "[{\"name\":\"d\",\"file\":\"d.network\"}],\"networkSeeds\":[1,2]", "The same network would count "
        + "as several")]
    [InlineData("[{\"name\":\"d\"}]", "[{\"name\":\"d\"},{\"name\":\"e\",\"options\":{\"objective\":\"DenseVicReg\"}}]", "'d' and 'e',"
        + " which are the same")]
    public void WhatIsWrongIsNamed(string found, string wrong, string mention)
    {
        var error = Assert.ThrowsAny<ScreenerException>(() => AblationGrid.Parse(Least.Replace(found, wrong, StringComparison.Ordinal)));
        Assert.Contains(mention, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnknownGridIsRefusedWithTheKnownOnes() => Assert.Contains(
        "clahe or limits or longer or masking or quick", Assert.Throws<OptionException>(() => AblationGrid.Shipped("slow")).Message,
            StringComparison.Ordinal);
}
