using Screener.Tests;

namespace Screener.Kernel.Tests.Language;

/// <summary>A stop reaches the cell's own token, and the session goes on.</summary>
public class StopTests(Notebook notebook) : IClassFixture<Notebook>
{
    private const string Token = "Microsoft.DotNet.Interactive.KernelInvocationContext.Current.CancellationToken";

    [Theory]
    [InlineData($"await Task.Delay(-1, {Token});")]
    [InlineData($"while (true) {Token}.ThrowIfCancellationRequested();")]
    [InlineData($"var token = {Token}; await Task.Run(() => token.WaitHandle.WaitOne());")]
    public async Task A_cell_that_heeds_its_token_stops_and_what_it_assigned_stays(string code)
    {
        for (int i = 0; i < 5; i++)
        {
            await StopAsync($"int kept = {i}; Console.WriteLine(\"begun\"); {code}");
            Assert.Equal($"{i}", (await notebook.RunAsync("kept")).Value);
        }
    }

    [Fact]
    public async Task A_stop_that_comes_first_stops_too()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        Assert.Equal("Stopped", (await notebook.FailAsync($"await Task.Delay(-1, {Token});", stop.Token)).Name);
    }

    [Fact]
    public async Task A_cell_that_takes_no_token_ends_by_itself_and_says_so()
    {
        using var folder = new TemporaryFolder();
        string told = folder["told"];
        var output = notebook.NewOutput();
        using var stop = new CancellationTokenSource();
        var running = notebook.FailAsync(
            $"Console.WriteLine(\"begun\"); while (!System.IO.File.Exists(@\"{told}\")) System.Threading.Thread.Sleep(20); "
            + "Console.WriteLine(\"done\");", stop.Token, output);
        await output.Begun;
        await stop.CancelAsync();
        while (!output.Error.Contains("takes no cancellation token", StringComparison.Ordinal))
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.False(running.IsCompleted);
        await File.WriteAllTextAsync(told, "", TestContext.Current.CancellationToken);
        Assert.Equal("Stopped", (await running).Name);
        Assert.Contains("done", output.Out, StringComparison.Ordinal);
    }

    private async Task<RecordingOutput> StopAsync(string code)
    {
        var output = notebook.NewOutput();
        using var stop = new CancellationTokenSource();
        var running = notebook.FailAsync(code, stop.Token, output);
        await output.Begun;
        await stop.CancelAsync();
        Assert.Equal("Stopped", (await running).Name);
        return output;
    }
}
