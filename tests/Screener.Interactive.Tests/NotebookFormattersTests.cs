using Microsoft.DotNet.Interactive.Formatting;
using Screener.Imaging;
using Screener.Reporting;
using Screener.Training;

namespace Screener.Interactive.Tests;

public sealed class NotebookFormattersTests
{
    [Fact]
    public void EveryTypeOfTheLibraryBringsItsFormatterAlong()
    {
        var library = NotebookFormatters.All.Select(f => f.Type).Where(t => t.Assembly == typeof(CtVolume).Assembly).ToList();
        Assert.NotEmpty(library);
        Assert.All(library, type =>
        {
            object attribute = Assert.Single(type.GetCustomAttributes(inherit: true), a => a.GetType().Name == "TypeFormatterSourceAttribute");
            var source = (Type)attribute.GetType().GetProperty("FormatterSourceType")!.GetValue(attribute)!;
            var formatters = (IEnumerable<object>)source.GetMethod("CreateTypeFormatters")!.Invoke(Activator.CreateInstance(source), null)!;
            Assert.Contains(formatters, f => Equals(f.GetType().GetProperty("Type")!.GetValue(f), type));
        });
    }

    [Fact]
    public void AKernelFindsTheFormattersByTheirNames()
    {
        // Nothing is registered here: the official library finds the attribute and its formatters by itself.
        string html = new LinePlot("Loss of a run", "step", "loss", []).ToDisplayString(HtmlFormatter.MimeType);
        Assert.StartsWith("<div class=\"screener ", html, StringComparison.Ordinal);
        Assert.Contains("Loss of a run", html, StringComparison.Ordinal);
        Assert.Contains("PretrainingOptions", PretrainingOptions.Quick.ToDisplayString("text/plain"), StringComparison.Ordinal);
    }

    [Fact]
    public void NoTypeHasTwoFormatters() =>
        Assert.Empty(NotebookFormatters.All.GroupBy(f => f.Type).Where(g => g.Count() > 1).Select(g => g.Key));
}
