using Microsoft.DotNet.Interactive.Formatting;
using Screener.Imaging;
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
        Assert.DoesNotContain(typeof(CtVolume).Assembly.GetTypes(), t => t.Name.Contains("Formatter", StringComparison.Ordinal));

    [Fact]
    public void NoTypeHasTwoFormatters() =>
        Assert.Empty(NotebookFormatters.All.GroupBy(f => f.Type).Where(g => g.Count() > 1).Select(g => g.Key));
}
