using System.Diagnostics;
using Screener.Kernel.Language;
using Screener.Kernel.Server;
using Screener.Tests;

namespace Screener.Kernel.Tests.Server;

[Collection(WholeProcessCollection.Name)]
public sealed class OutputLimitsTests
{
    private static readonly KernelOptions Small = new() { Output = new OutputLimits { TextBytes = 10_000, Bytes = 50_000, Messages = 20 } };

    [Fact]
    public async Task TextBeyondTheLimitIsCutWithANote()
    {
        var language = new ScriptedLanguage().On("long", output =>
        {
            for (int i = 0; i < 3000; i++)
                output.Print("é234567890");
        });
        await using var kernel = await KernelUnderTest.StartAsync(language, Small);
        var run = await kernel.RunAsync("long");
        Assert.Equal("ok", run.Status);
        string expected = string.Concat(Enumerable.Repeat("é234567890", 910))[..];
        Assert.StartsWith(run.Text(), expected, StringComparison.Ordinal);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(run.Text()), 9_998, 10_000);
        Assert.Contains("printed more than 9.8 KB", run.Text("stderr"), StringComparison.Ordinal);

        // The next cell has its own allowance.
        Assert.Equal("", (await kernel.RunAsync("next")).Text("stderr"));
    }

    [Fact]
    public async Task OneHugePrintIsCutToo()
    {
        var language = new ScriptedLanguage().On("huge", output => output.Print(new string('x', 50_000_000)));
        await using var kernel = await KernelUnderTest.StartAsync(language, Small);
        var run = await kernel.RunAsync("huge");
        Assert.Equal(10_000, run.Text().Length);
        Assert.Contains("printed more than", run.Text("stderr"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShownValuesBeyondTheLimitsAreLeftOutWithOneNote()
    {
        var language = new ScriptedLanguage()
            .On("many", output =>
            {
                for (int i = 0; i < 100; i++)
                    output.Show(MimeBundle.Of("text/plain", $"{i}"));
            })
            .On("large", (output, _) =>
            {
                output.Show(MimeBundle.Of("text/html", new string('x', 30_000)));
                output.Show(MimeBundle.Of("text/html", new string('y', 30_000)));
                output.Update(MimeBundle.Of("text/html", new string('z', 60_000)), "id");
                return Task.FromResult<CellOutcome>(new CellSuccess(MimeBundle.Of("text/plain", new string('r', 30_000))));
            });
        await using var kernel = await KernelUnderTest.StartAsync(language, Small);
        var many = await kernel.RunAsync("many");
        Assert.Equal(20, many.Types.Count(t => t == "display_data"));
        Assert.Equal(1, many.Text("stderr").Split("the rest is not shown").Length - 1);
        var large = await kernel.RunAsync("large");
        Assert.Equal((1, 0, 0), (Count("display_data"), Count("execute_result"), Count("update_display_data")));
        Assert.Equal("ok", large.Status);

        int Count(string type) => large.Types.Count(t => t == type);
    }

    [Fact]
    public async Task OfFastUpdatesOnlyTheLatestOnesAreSent()
    {
        var language = new ScriptedLanguage().On("updates", output =>
        {
            output.Show(MimeBundle.Of("text/plain", "start"), "id");
            for (int i = 0; i <= 20_000; i++)
                output.Update(MimeBundle.Of("text/plain", $"{i}"), "id");
        });
        await using var kernel = await KernelUnderTest.StartAsync(language);
        var run = await kernel.RunAsync("updates");
        var updates = run.Published.Where(m => m.Header.Type == "update_display_data").ToList();
        Assert.InRange(updates.Count, 1, 1000);
        Assert.Equal("20000", updates[^1].Content.GetProperty("data").GetProperty("text/plain").GetString());
        Assert.Equal("", run.Text("stderr"));
    }

    [Fact]
    public async Task TextIsSentWhileTheCellRunsAndInBatches()
    {
        using var go = new SemaphoreSlim(0);
        var language = new ScriptedLanguage().On("live", async (output, stop) =>
        {
            for (int i = 0; i < 1000; i++)
                output.Print("x");
            await go.WaitAsync(stop);
            return new CellSuccess(null);
        });
        await using var kernel = await KernelUnderTest.StartAsync(language);
        var (id, _) = kernel.Client.Send("execute_request", KernelUnderTest.Cell("live"));
        int length = 0, messages = 0;
        while (length < 1000)
        {
            length += (await kernel.NextAsync("stream")).Content.GetProperty("text").GetString()!.Length;
            messages++;
        }

        Assert.InRange(messages, 1, 100);
        go.Release();
        await kernel.UntilIdleAsync(id);
    }

    [Fact]
    public async Task AnEndlessPrintIsPacedCappedInterruptibleAndBounded()
    {
        long printed = 0;
        var language = new ScriptedLanguage().On("endless", (output, stop) =>
        {
            string line = new string('x', 999) + "\n";
            for (; !stop.IsCancellationRequested; printed++)
                output.Print(line);
            return Task.FromResult<CellOutcome>(new CellFailure("Stopped", "stopped", []));
        });
        await using var kernel = await KernelUnderTest.StartAsync(
            language, new KernelOptions { Output = new OutputLimits { TextBytes = 2 << 20 } });
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();
        var (id, reply) = kernel.Client.Send("execute_request", KernelUnderTest.Cell("endless"));
        int bytes = 0;
        string note = "";
        while (note.Length == 0)
        {
            var content = (await kernel.NextAsync("stream")).Content;
            if (content.GetProperty("name").GetString() == "stderr")
                note = content.GetProperty("text").GetString()!;
            else
                bytes += content.GetProperty("text").GetString()!.Length;
        }

        // 1 MB at once, the second one at 0.8 MB a second.
        Assert.True(watch.Elapsed > TimeSpan.FromSeconds(0.8), $"{bytes} bytes after {watch.Elapsed}");
        Assert.Equal(2 << 20, bytes);
        long atNote = Volatile.Read(ref printed);
        while (Volatile.Read(ref printed) < atNote + 100_000)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 20 << 20);
        await kernel.Client.InterruptAsync(TestContext.Current.CancellationToken);
        await kernel.UntilIdleAsync(id);
        Assert.Equal("error", (await reply).Content.GetProperty("status").GetString());
    }
}
