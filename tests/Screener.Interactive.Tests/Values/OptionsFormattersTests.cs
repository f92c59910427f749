using System.Xml.Linq;
using Screener.Evaluation;
using Screener.FineTuning;
using Screener.Interactive.Cells;
using Screener.Interactive.Values;
using Screener.Interactive.Viewer;
using Screener.Reporting;
using Screener.Training;

namespace Screener.Interactive.Tests.Values;

public sealed class OptionsFormattersTests
{
    [Fact]
    public void ThePaperDiffersFromItselfInNothing() =>
        Assert.Equal("as the paper's", OptionsFormatters.Document(PretrainingOptions.Paper).Subtitle);

    [Fact]
    public void AConditionModelIsComparedWithThePapersConditionModel() =>
        Assert.Equal("as the paper's", OptionsFormatters.Document(PretrainingOptions.PaperCondition).Subtitle);

    [Fact]
    public void WhatDiffersIsShownAndAllOnDemand()
    {
        var card = OptionsFormatters.Document(
            PretrainingOptions.Paper with { Seed = 7, Optimisation = new() { Steps = 12, Beta1 = 0.5, WeightDecay = 1e-5 } });
        var differing = Assert.IsType<TablePart>(card.Parts[0]);
        Assert.Equal(
            [["Seed", "7", "0"], ["Optimisation.Steps", "12", "300000"], ["Optimisation.WeightDecay", "1e-5", "1e-6"],
                ["Optimisation.Beta1", "0.5", "0.9"]], differing.Rows);
        var all = Assert.IsType<TablePart>(Assert.Single(Assert.IsType<FoldedPart>(card.Parts[1]).Parts));
        Assert.Equal(differing.Rows, all.Rows.Where((_, i) => all.Marked.Contains(i)));

        // Every value that can be set is there, nested ones too.
        Assert.Contains(all.Rows, r => r[0] == "Crops.MinOverlap");
        Assert.Contains(all.Rows, r => r[0] == "Optimisation.LearningRate.Peak");
        var html = XElement.Parse(CellHtml.Render(card));
        Assert.Equal(4, html.Descendants("tr").Count(r => (string?)r.Attribute("class") == "marked"));
        Assert.Equal(all.Rows.Count + 1 + 5, html.Descendants("tr").Count());
    }

    [Theory]
    [InlineData(typeof(PretrainingOptions))] // of the library
    [InlineData(typeof(FineTuningOptions))] // of its experiments
    [InlineData(typeof(VolumeViewerOptions))] // of this package
    public void OptionsOfEveryAssemblyAreCards(Type options) => Assert.Contains(options, OptionsFormatters.Types);

    [Fact]
    public void AListOfOptionsComparesByItsElements() =>
        Assert.Equal(
            "as the paper's",
            OptionsFormatters.Document(DensityFittingOptions.Paper with { Heads = [.. DensityFittingOptions.Paper.Heads] }).Subtitle);
}
