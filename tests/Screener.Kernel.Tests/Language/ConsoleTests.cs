using Screener.Tests;

namespace Screener.Kernel.Tests.Language;

/// <summary>What a cell does to the whole process's console, alone.</summary>
[Collection(WholeProcessCollection.Name)]
public class ConsoleTests
{
    [Fact]
    public async Task A_cell_that_takes_the_console_away_loses_it_with_its_end()
    {
        await using var notebook = new Notebook();
        await notebook.RunAsync("var captured = new System.IO.StringWriter(); Console.SetOut(captured); Console.Write(\"mine\");");
        Assert.Equal("back", (await notebook.RunAsync("Console.Write(\"back\"); captured.ToString()")).Output.Out);
    }
}
