using System.Xml.Linq;
using Screener.Interactive.Cards;
using Screener.Interactive.Values;
using Screener.Training;

namespace Screener.Interactive.Tests.Values;

public sealed class OptionsFormattersTests
{
    [Fact]
    public void ThePaperDiffersFromItselfInNothing() =>
        Assert.Equal("as the paper's", OptionsFormatters.Card(PretrainingOptions.Paper).Subtitle);

    [Fact]
    public void AConditionModelIsComparedWithThePapersConditionModel() =>
        Assert.Equal("as the paper's", OptionsFormatters.Card(PretrainingOptions.PaperCondition).Subtitle);

    [Fact]
    public void ExactlyWhatDiffersIsMarked()
    {
        var card = OptionsFormatters.Card(PretrainingOptions.Paper with { Seed = 7, Optimisation = new() { Steps = 12, Beta1 = 0.5 } });
        var table = Assert.IsType<TablePart>(Assert.Single(card.Parts));
        Assert.Equal(
            [["Seed", "7", "0"], ["Optimisation.Steps", "12", "300000"], ["Optimisation.Beta1", "0.5", "0.9"]],
            table.Rows.Where((_, i) => table.Marked.Contains(i)));

        var html = XElement.Parse(CardHtml.Render(card));
        Assert.Equal(3, html.Descendants("tr").Count(r => (string?)r.Attribute("class") == "marked"));
        Assert.Equal(table.Rows.Count + 1, html.Descendants("tr").Count());
    }
}
