using Screener.Kernel.Language;

namespace Screener.Kernel.Tests.Language;

/// <summary>Completion, inspection and completeness.</summary>
public class AssistanceTests(Notebook notebook) : IClassFixture<Notebook>
{
    // The cursor stands where the bar is.
    [Theory]
    [InlineData("Math.Sq|", "Sqrt", 5)]
    [InlineData("Console.Wri|te(1)", "WriteLine", 8)]
    [InlineData("var local = \"a\"; local.Len|", "Length", 23)]
    [InlineData("#!html\n<b>\n#!csharp\nMath.Sq|", "Sqrt", 25)]
    [InlineData("dis|", "display", 0)]
    [InlineData("#!m|", "#!markdown", 0)]
    public async Task A_name_is_completed(string cell, string match, int start)
    {
        int cursor = cell.IndexOf('|', StringComparison.Ordinal);
        var completions = await notebook.Language.CompleteAsync(cell.Replace("|", "", StringComparison.Ordinal), cursor, default);
        Assert.Contains(match, completions.Matches);
        Assert.Equal((start, cursor), (completions.Start, completions.End));
        Assert.All(completions.Matches, name => Assert.StartsWith(cell[start..cursor], name, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task What_earlier_cells_declared_is_known()
    {
        await notebook.RunAsync("var numbers = new List<(int Left, string Right)>();");
        Assert.Contains("AddRange", (await notebook.Language.CompleteAsync("numbers.Add", 11, default)).Matches);
        Assert.Contains("Left", (await notebook.Language.CompleteAsync("numbers[0].Le", 13, default)).Matches);
    }

    [Fact]
    public async Task A_name_is_explained()
    {
        var about = await notebook.Language.InspectAsync("\nMath.Sqrt(2)", 8, default);
        Assert.Contains("Math.Sqrt(double d)", about!.Data["text/plain"], StringComparison.Ordinal);
        Assert.Null(await notebook.Language.InspectAsync("  ", 1, default));
    }

    [Theory]
    [InlineData("1", Completeness.Complete)]
    [InlineData("var a = 1;", Completeness.Complete)]
    [InlineData("#!html\n<b>", Completeness.Complete)]
    [InlineData("if (true) {", Completeness.Incomplete)]
    [InlineData("var a = (", Completeness.Incomplete)]
    [InlineData("}", Completeness.Invalid)]
    [InlineData("1 = = 2;", Completeness.Invalid)]
    public void A_cell_is_complete_or_not(string code, Completeness completeness) =>
        Assert.Equal(completeness, notebook.Language.IsComplete(code));
}
