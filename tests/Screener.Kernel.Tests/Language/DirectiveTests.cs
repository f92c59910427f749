namespace Screener.Kernel.Tests.Language;

/// <summary>What directives and markup show, and what .NET Interactive alone can do.</summary>
public class DirectiveTests(Notebook notebook) : IClassFixture<Notebook>
{
    [Theory]
    [InlineData("#!html\n<b>bold</b>", "text/html", "<b>bold</b>")]
    [InlineData("#!javascript\nf(1 < 2);", "text/html", "<script type=\"text/javascript\">f(1 < 2);</script>")]
    [InlineData("#!js\nf();", "text/html", "<script type=\"text/javascript\">f();</script>")]
    [InlineData("#!markdown\n*a* | b\n--|--\n1 | 2", "text/html", "<table>")]
    [InlineData("#!mermaid\ngraph LR; A-->B<i>", "text/vnd.mermaid", "graph LR; A-->B<i>")]
    [InlineData("#!mermaid\ngraph LR; A-->B<i>", "text/html", "A--&gt;B&lt;i&gt;")]
    [InlineData("#!about", "text/html", "Roslyn 5.")]
    [InlineData("#!lsmagic", "text/html", "#!import FILE")]
    public async Task Something_is_shown(string code, string mimeType, string text)
    {
        var (value, output) = await notebook.RunAsync(code);
        Assert.Null(value);
        Assert.Contains(text, Assert.Single(output.Displays).Data.Data[mimeType], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_that_is_shown_here_comes_from_a_network()
    {
        foreach (var code in new[] { "#!mermaid\ngraph", "#!markdown\n# a", "#!about", "#!lsmagic" })
            Assert.DoesNotContain(
                "http", Assert.Single((await notebook.RunAsync(code)).Output.Displays).Data.Data["text/html"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_of_a_cell_run_in_their_order_and_the_last_value_is_the_cells()
    {
        var (value, output) = await notebook.RunAsync("#!time\nint part = 1;\npart\n#!html\n<hr>\n#!csharp\npart + 1");
        Assert.Equal("2", value);
        Assert.Equal(
            ["1", "<hr>\n", "Wall time: "],
            output.Displays.Select(shown => shown.Data.Data.Values.First()).Select(
                text => text.StartsWith("<div", StringComparison.Ordinal)
                    ? "1"
                    : text.StartsWith("Wall", StringComparison.Ordinal) ? text[..11] : text));
    }

    [Fact]
    public async Task A_failure_in_a_later_part_keeps_what_the_earlier_ones_did()
    {
        var failure = await notebook.FailAsync("int early = 4;\n#!html\n<hr>\n#!csharp\nthrow new Exception(\"late\");");
        Assert.Contains(failure.Trace, line => line.EndsWith("line 5: throw new Exception(\"late\");", StringComparison.Ordinal));
        Assert.Equal("4", (await notebook.RunAsync("early")).Value);
    }

    [Theory]
    [InlineData("using Microsoft.DotNet.Interactive;\nvar root = Kernel.Root;", "needs .NET Interactive")]
    [InlineData("await Microsoft.DotNet.Interactive.Kernel.GetInputAsync(\"name\")", "no keyboard")]
    [InlineData("#!fsharp\nlet x = 1", "needs .NET Interactive")]
    [InlineData("int unreached = 1;\n#!set --name a --value b", "needs .NET Interactive")]
    public async Task What_only_dotnet_interactive_can_do_is_said_to_be_so(string code, string message)
    {
        Assert.Contains(message, (await notebook.FailAsync(code)).Message, StringComparison.Ordinal);
        Assert.Contains("CS0103", (await notebook.FailAsync("unreached")).Message, StringComparison.Ordinal);
    }
}
