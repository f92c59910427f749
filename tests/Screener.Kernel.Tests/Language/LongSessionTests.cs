using System.Diagnostics;
using Screener.Tests;

namespace Screener.Kernel.Tests.Language;

[Collection(WholeProcessCollection.Name)]
public class LongSessionTests
{
    [Fact]
    [Trait("Category", "Long")]
    public async Task Five_hundred_cells_cost_less_than_300_MB()
    {
        await using var notebook = new Notebook();
        await notebook.RunAsync("int total = 0; for (int i = 0; i < 10; i++) total += i; total");
        var before = WorkingSet();
        for (var i = 0; i < 500; i++)
            await notebook.RunAsync($"int step{i} = {i}; for (int k = 0; k < 3; k++) total += k;\nConsole.WriteLine(total); step{i}");
        Assert.InRange(WorkingSet() - before, long.MinValue, 300_000_000);
        Assert.Equal("1545", (await notebook.RunAsync("total")).Value);

        // Questions are as quick as before: the session's outline grows with what is declared, not with what has run.
        await notebook.Language.CompleteAsync("step49", 6, default);
        var computed = Environment.CpuUsage.TotalTime;
        Assert.Contains("step499", (await notebook.Language.CompleteAsync("step49", 6, default)).Matches);
        Assert.InRange(Environment.CpuUsage.TotalTime - computed, TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    private static long WorkingSet()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
