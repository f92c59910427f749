using System.Diagnostics;
using Microsoft.CodeAnalysis.CSharp;
using Screener.Tests;

namespace Screener.Kernel.Tests.Language;

/// <summary>Cells that go on for ever, and how they end.</summary>
public class StopTests(Notebook notebook) : IClassFixture<Notebook>
{
    [Theory]
    [InlineData("while (true) { }")]
    [InlineData("while (true);")]
    [InlineData("do { } while (true);")]
    [InlineData("for (;;) if (Environment.TickCount == 0) break;")]
    [InlineData("long steps = 0; again: steps++; goto again;")]
    [InlineData("await Task.Yield(); while (true) { }")]
    [InlineData("await Task.Run(() => { while (true) { } });")]
    [InlineData("await Task.Delay(-1);")]
    [InlineData("await new TaskCompletionSource().Task;")]
    [InlineData("await new TaskCompletionSource<int>().Task.ConfigureAwait(true);")]
    [InlineData("new TaskCompletionSource<int>().Task.Result.ToString();")]
    [InlineData("System.Threading.Thread.Sleep(-1);")]
    [InlineData("new System.Threading.SemaphoreSlim(0).Wait();")]
    [InlineData("while (true) try { System.Threading.Thread.Sleep(1); throw new Exception(); } catch { }")]
    [InlineData("while (true) Console.Write(1);")]
    [InlineData("Enumerable.Range(0, int.MaxValue).Where(i => i < 0).Count()")]
    [InlineData("IEnumerable<int> Endless() { while (true) yield return 1; }\nEndless().Sum(i => 0L)")]
    [InlineData("System.Threading.Tasks.Parallel.For(0, int.MaxValue, i => { while (true) { } });")]
    [InlineData("async IAsyncEnumerable<int> Ticks() { while (true) { await Task.Delay(1); yield return 1; } }\nawait foreach (var tick "
        + "in Ticks()) { }")]
    [InlineData("int Down(int depth) { if (depth == 0) return 0; return Down(depth - 1) + Down(depth - 1); }\nDown(1000)")]
    public async Task A_cell_that_goes_on_for_ever_stops(string code)
    {
        var (_, _, took) = await StopAsync(code);
        // A tenth of a second on an idle machine.
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.Equal("2", (await notebook.RunAsync("1 + 1")).Value);
    }

    [Fact]
    public async Task Cleanup_runs_to_its_end_and_what_was_assigned_stays()
    {
        var (_, output, _) = await StopAsync(
            """
            int reached = 0;
            try { while (true) reached++; }
            finally { for (int i = 0; i < 3; i++) Console.Write(i); Console.WriteLine(" cleaned"); }
            """);
        Assert.Equal("begun 012 cleaned\n", output.Out);
        Assert.Equal("True", (await notebook.RunAsync("reached > 0")).Value);
    }

    [Fact]
    public async Task Cleanup_may_await()
    {
        var (_, output, _) = await StopAsync("""
            try { await Task.Delay(-1); }
            finally { await Task.Delay(50); for (int i = 0; i < 3; i++) await Task.Delay(1); Console.WriteLine("saved"); }
            """);
        Assert.Equal("begun saved\n", output.Out);
    }

    [Fact]
    public async Task A_stop_says_where_the_cell_was()
    {
        var (failure, _, _) = await StopAsync("int x = 1;\n\nwhile (x > 0)\n    x = 2;");
        Assert.Contains(failure.Trace, line => line.EndsWith("line 4: x = 2;", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_cells_token_reaches_what_takes_one()
    {
        await notebook.RunAsync("""
            using System.Threading;
            static class Work
            {
                public static string Optional(int x, CancellationToken cancellation = default) => $"{x} {cancellation.CanBeCanceled}";
                public static string Given(CancellationToken cancellation) => $"{cancellation.CanBeCanceled}";
                public static string Overloaded(int x) => "without";
                public static string Overloaded(int x, CancellationToken cancellation) => $"with {cancellation.CanBeCanceled}";
            }
            """);
        Assert.Equal("1 True", (await notebook.RunAsync("Work.Optional(1)")).Value);
        Assert.Equal("1 True", (await notebook.RunAsync("Work.Optional(x: 1)")).Value);
        Assert.Equal("False", (await notebook.RunAsync("Work.Given(CancellationToken.None)")).Value);
        Assert.Equal("with True", (await notebook.RunAsync("Work.Overloaded(1)")).Value);
        Assert.Equal(
            "True", (await notebook.RunAsync(
                "Microsoft.DotNet.Interactive.KernelInvocationContext.Current.CancellationToken.CanBeCanceled")).Value);
    }

    [Fact]
    public async Task A_call_that_nobody_can_stop_ends_first_and_the_cell_says_so()
    {
        // A native wait: no safe point, no token, no interrupt. It ends when the test says so.
        using var folder = new TemporaryFolder();
        string Quoted(string name) => $"'{folder[name].Replace("'", "'\\''", StringComparison.Ordinal)}'";
        string wait = $"touch {Quoted("begun")}; until [ -e {Quoted("over")} ]; do sleep 0.05; done";
        var output = notebook.NewOutput();
        using var stop = new CancellationTokenSource();
        var running = notebook.FailAsync(
            $$"""
            [System.Runtime.InteropServices.DllImport("libc")] static extern int system(string command);
            system({{SymbolDisplay.FormatLiteral(wait, quote: true)}});
            while (true) { }
            """,
            stop.Token,
            output);
        while (!File.Exists(folder["begun"]) && !running.IsCompleted)
            await Task.Delay(10);
        await stop.CancelAsync();
        for (var i = 0; i < 6000 && output.Error.Length == 0; i++)
            await Task.Delay(10);
        Assert.Contains("a native call", output.Error, StringComparison.Ordinal);
        Assert.False(running.IsCompleted);
        File.WriteAllText(folder["over"], "");
        Assert.Equal("Stopped", (await running).Name);
    }

    [Fact]
    public async Task A_cell_that_was_left_behind_ends_at_its_next_safe_point()
    {
        // An awaiter of the cell's own: nobody but the cell knows what it waits for.
        await notebook.RunAsync("""
            class Odd(Task task) { public System.Runtime.CompilerServices.TaskAwaiter GetAwaiter() => task.GetAwaiter(); }
            var leaving = new TaskCompletionSource(); int after = 0;
            """);
        await StopAsync("await new Odd(leaving.Task);\nfor (int i = 0; i < 10; i++) after++;");
        await notebook.RunAsync("leaving.SetResult(); await Task.Delay(100);");
        Assert.Equal("0", (await notebook.RunAsync("after")).Value);
    }

    [Fact]
    public async Task What_fails_while_a_cell_is_being_stopped_is_told()
    {
        var (_, output, _) = await StopAsync("""
            var registration = Microsoft.DotNet.Interactive.KernelInvocationContext.Current.CancellationToken.Register(() => throw new Exception("oops"));
            while (true) { }
            """);
        for (var i = 0; i < 6000 && output.Error.Length == 0; i++)
            await Task.Delay(10);
        Assert.Contains("oops", output.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fifty_stops_leave_the_session_as_it_was()
    {
        await notebook.RunAsync("var kept = new List<int> { 1, 2, 3 };");
        for (var i = 0; i < 50; i++)
        {
            using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
            await notebook.FailAsync("while (true) kept.Sum();", stop.Token);
        }

        Assert.Equal("6", (await notebook.RunAsync("kept.Sum()")).Value);
    }

    [Fact]
    public async Task A_recursion_without_end_is_an_exception()
    {
        await notebook.RunAsync(
            "int Deep(int x) => Deep(x + 1) + 1;\nclass Endless { public int Value => Value + 1; }\nFunc<int, int> self = null; self = x "
            + "=> self(x);");
        foreach (var code in new[] { "Deep(0)", "new Endless().Value", "self(1)", "await Task.Run(() => Deep(0))" })
        {
            var failure = await notebook.FailAsync(code);
            Assert.Equal("System.InsufficientExecutionStackException", failure.Name);
            Assert.InRange(failure.Trace.Count, 2, 100);
        }

        // Deep is fine as long as it ends.
        Assert.Equal("20000", (await notebook.RunAsync("int Depth(int n) => n == 0 ? 0 : Depth(n - 1) + 1;\nDepth(20000)")).Value);
    }

    // The stop comes once the cell's own code runs: a compiler that is stopped is another matter.
    private async Task<(Kernel.Language.CellFailure Failure, RecordingOutput Output, TimeSpan Took)> StopAsync(string code)
    {
        using var stop = new CancellationTokenSource();
        var output = notebook.NewOutput();
        var running = notebook.FailAsync("Console.Write(\"begun \");" + code, stop.Token, output);
        await Task.WhenAny(output.Begun, running);
        await Task.Delay(100);
        var clock = Stopwatch.StartNew();
        await stop.CancelAsync();
        var failure = await running;
        Assert.True(failure.Name == "Stopped", string.Join('\n', failure.Trace));
        Assert.Equal("The cell was stopped.", failure.Message);
        return (failure, output, clock.Elapsed);
    }
}
