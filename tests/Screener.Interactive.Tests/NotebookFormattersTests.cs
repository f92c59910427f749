using Microsoft.DotNet.Interactive.Formatting;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Interactive.Cells;
using Screener.Reporting;
using Screener.Training;

namespace Screener.Interactive.Tests;

public sealed class NotebookFormattersTests
{
    [Fact]
    public void RegisteredTypesAreShownAsCards()
    {
        NotebookFormatters.Register();
        string html = new LinePlot("Loss of a run", "step", "loss", []).ToDisplayString(HtmlFormatter.MimeType);
        Assert.StartsWith("<div class=\"screener ", html, StringComparison.Ordinal);
        Assert.Contains("Loss of a run", html, StringComparison.Ordinal);
        Assert.Contains("PretrainingOptions", PretrainingOptions.Quick.ToDisplayString("text/plain"), StringComparison.Ordinal);
    }

    [Fact]
    public void TheLibraryKnowsNothingOfNotebooks() =>
        Assert.DoesNotContain(
            typeof(CtVolume).Assembly.GetTypes().Concat(typeof(EvaluationOptions).Assembly.GetTypes()),
            t => t.Name.Contains("Formatter", StringComparison.Ordinal));

    [Fact]
    public void NoTypeHasTwoFormatters() =>
        Assert.Empty(NotebookFormatters.All.GroupBy(f => f.Type).Where(g => g.Count() > 1).Select(g => g.Key));

    [Fact]
    public void WhatCannotBeDrawnBecomesASentenceAndTheRestOfTheCardStays()
    {
        string html = CellHtml.Render(
            new Document(
                "A sheet", "", new NotePart("before"), new FoldedPart("more", new PicturesPart(new Picture([1, 2, 3], "no PNG"))),
                new NotePart("after")));
        Assert.Contains("This part cannot be drawn: ", html, StringComparison.Ordinal);
        Assert.All((string[])["A sheet", "before", "after"], text => Assert.Contains(text, html, StringComparison.Ordinal));
        Assert.Equal(html.Split("<div").Length, html.Split("</div>").Length);
    }

    [Fact]
    public void WhatCannotBeWrittenBecomesASentenceAndTheRestOfTheTextStays()
    {
        // A row without cells.
        var broken = new TablePart(["A", "B"], [["1", "2"], null!]);
        string text = CellText.Render(
            new Document("A sheet", "", new NotePart("before"), new FoldedPart("more", broken), new NotePart("after")));
        Assert.All((string[])["A sheet", "before", "more", "This part cannot be written: ", "after"], t => Assert.Contains(t, text));
    }

    [Fact]
    public void AValueWhoseFormatterThrowsSaysSo()
    {
        var formatter = new NotebookFormatter<string>(_ => throw new FileNotFoundException("There is no FSharp.Core."));
        Assert.All(
            (string[])[formatter.Html("x"), formatter.PlainText("x")],
            text => Assert.Contains("There is no FSharp.Core.", text, StringComparison.Ordinal));
    }
}
