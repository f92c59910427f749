using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Screener.Kernel.Client;
using Screener.Kernel.Protocol;
using Screener.Tests;

namespace Screener.Kernel.Tests.Client;

/// <summary>The whole kernel in a process of its own.</summary>
public sealed class KernelProcessTests
{
    private const string Token = "Microsoft.DotNet.Interactive.KernelInvocationContext.Current.CancellationToken";

    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ItLivesThroughWhatCellsDoWrong()
    {
        using var folder = new TemporaryFolder();
        await using var kernel = await StartAsync(folder);

        // An exception on a thread of its own, a task that nobody awaits, and a recursion that looks at the stack that is left.
        await RunAsync(kernel, "new System.Threading.Thread(() => throw new InvalidOperationException(\"on a thread\")).Start();");
        var (unobserved, _) = await RunAsync(
            kernel, "_ = System.Threading.Tasks.Task.Run(() => { throw new InvalidOperationException(\"unobserved\"); }); GC.Collect();");
        Assert.Equal("ok", Text(unobserved, "status"));
        var (guarded, _) = await RunAsync(
            kernel, "int Deep(int n) { System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack(); return Deep(n + "
                + "1) + 1; } Deep(0)");
        Assert.Equal(("error", "System.InsufficientExecutionStackException"), (Text(guarded, "status"), Text(guarded, "ename")));
        var (thrown, _) = await RunAsync(kernel, "throw new OutOfMemoryException();");
        Assert.Equal("System.OutOfMemoryException", Text(thrown, "ename"));
        var (after, _) = await RunAsync(kernel, "var alive = 1;");
        Assert.Equal("ok", Text(after, "status"));
    }

    [Fact]
    public async Task FiftyInterruptsInARowEachStopTheirCell()
    {
        using var folder = new TemporaryFolder();
        await using var kernel = await StartAsync(folder);
        await RunAsync(kernel, "var kept = 5;");
        for (int i = 0; i < 50; i++)
        {
            var (id, reply) = kernel.Client.Send(
                "execute_request", KernelUnderTest.Cell(
                    i % 2 == 0 ? $"while (true) {Token}.ThrowIfCancellationRequested();" : $"await Task.Delay(-1, {Token});"));
            await UntilAsync(kernel, id, m => m.Header.Type == "execute_input");
            await kernel.Client.InterruptAsync(Patience);
            await kernel.Client.InterruptAsync(Patience);
            Assert.Equal("error", Text((await reply.WaitAsync(TimeSpan.FromMinutes(2), Patience)).Content, "status"));
        }

        var (_, outputs) = await RunAsync(kernel, "Console.Write(kept);");
        Assert.Equal("5", outputs);
    }

    [Fact]
    public async Task TwoKernelsSideBySideKeepTheirOwn()
    {
        using var folder = new TemporaryFolder();
        string[] folders = [folder["one"], folder["two"]];
        foreach (string each in folders)
            Directory.CreateDirectory(each);
        var started = await Task.WhenAll(folders.Select(f => StartAsync(f)));
        await using KernelProcess one = started[0], two = started[1];
        await Task.WhenAll(RunAsync(one, "var own = 1;"), RunAsync(two, "var own = 2;"));

        // An interrupt of one is none of the other.
        var (id, stopped) = one.Client.Send("execute_request", KernelUnderTest.Cell($"await Task.Delay(-1, {Token});"));
        await UntilAsync(one, id, m => m.Header.Type == "execute_input");
        var other = RunAsync(two, $"await Task.Delay(2000, {Token}); Console.Write(own);");
        await one.Client.InterruptAsync(Patience);
        Assert.Equal("error", Text((await stopped.WaitAsync(TimeSpan.FromMinutes(2), Patience)).Content, "status"));
        Assert.Equal("2", (await other).Output);
        Assert.Equal("1", (await RunAsync(one, "Console.Write(own);")).Output);
    }

    [Fact]
    public async Task SigIntInterruptsAndSigTermEnds()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals");
        using var folder = new TemporaryFolder();
        await using var kernel = await StartAsync(folder);

        // A shell ignores SIGINT for what it runs in its background, and so does everything below it.
        Assert.SkipWhen(IsIgnored(kernel.Id, 2), "SIGINT is ignored in this session");

        // The first cell waits for the compiler to be loaded, on a busy machine for long.
        await RunAsync(kernel, "var zero = 0;");
        var (id, reply) = kernel.Client.Send("execute_request", KernelUnderTest.Cell($"await Task.Delay(-1, {Token});"));
        await UntilAsync(kernel, id, m => m.Header.Type == "execute_input");
        await SignalAsync("INT");
        Assert.Equal("error", Text((await reply.WaitAsync(TimeSpan.FromMinutes(2), Patience)).Content, "status"));
        var (after, _) = await RunAsync(kernel, "var one = 1;");
        Assert.Equal("ok", Text(after, "status"));
        Assert.False(kernel.Ended.IsCompleted);
        await SignalAsync("TERM");
        await kernel.Ended.WaitAsync(TimeSpan.FromMinutes(2), Patience);

        static bool IsIgnored(int process, int signal)
        {
            string status = $"/proc/{process}/status";
            return File.Exists(status) && File.ReadLines(status).Single(l => l.StartsWith("SigIgn:", StringComparison.Ordinal)) is var line
                && (Convert.ToUInt64(line[7..].Trim(), 16) >> (signal - 1) & 1) == 1;
        }

        async Task SignalAsync(string signal)
        {
            using var kill = Process.Start("kill", [$"-{signal}", kernel.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync(Patience);
        }
    }

    // The front end sees that and starts it again.
    [Fact]
    public async Task AStackThatIsReallyExhaustedEndsTheProcessAndThatIsSeen()
    {
        using var folder = new TemporaryFolder();
        await using var kernel = await StartAsync(folder);
        kernel.Client.Send(
            "execute_request",
            KernelUnderTest.Cell("void Fill() { Span<byte> much = stackalloc byte[500_000_000]; much[0] = 1; } Fill();"));
        await kernel.Ended.WaitAsync(TimeSpan.FromMinutes(2), Patience);
    }

    [Fact]
    public async Task AnEndlessPrintIsCappedAndTheProcessStaysSmall()
    {
        using var folder = new TemporaryFolder();
        await using var kernel = await StartAsync(folder);
        await RunAsync(kernel, "var one = 1;");
        long before = WorkingSet(kernel);
        var (id, reply) = kernel.Client.Send(
            "execute_request", KernelUnderTest.Cell("while (true) Console.WriteLine(\"an endless print, line after line after line\");"));
        await UntilAsync(kernel, id, m => m.Header.Type == "stream" && m.Content.GetProperty("name").GetString() == "stderr");
        await Task.Delay(500, Patience);
        Assert.InRange(WorkingSet(kernel) - before, long.MinValue, 150 << 20);
        await kernel.Client.InterruptAsync(Patience);
        Assert.Equal("error", Text((await reply.WaitAsync(TimeSpan.FromMinutes(2), Patience)).Content, "status"));
    }

    [Theory]
    [InlineData(false, "/dev/null")]
    [InlineData(true, "/dev/null")]
    [InlineData(false, "/dev/full")]
    [InlineData(true, "/dev/full")]
    public async Task AKernelWhoseParentIsGoneEndsAndRemovesItsConnectionFile(bool beforeItStarts, string streams)
    {
        Assert.SkipUnless(File.Exists(streams), $"no {streams} here");

        // Another test may take one of its ports first.
        for (int attempt = 1; !await EndsWithItsParentAsync(beforeItStarts, streams); attempt++)
            Assert.True(attempt < 5, "the kernel ended before it was ready");
    }

    [Theory]
    [InlineData("", KernelProgram.WrongUsage)]
    [InlineData("absent.json", KernelProgram.Failed)]
    public async Task WhatCannotBeSaidIsAnExitCode(string arguments, int code)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "no /dev/full here");
        using var kernel = Process.Start(Redirected(KernelProcess.Program(arguments), "/dev/full"))!;
        await kernel.WaitForExitAsync(Patience).WaitAsync(TimeSpan.FromMinutes(2), Patience);
        Assert.Equal(code, kernel.ExitCode);
    }

    private static async Task<bool> EndsWithItsParentAsync(bool beforeItStarts, string streams)
    {
        using var folder = new TemporaryFolder();
        using var parent = Process.Start("sleep", ["1000"]);
        var connection = ConnectionFile.OfFreePorts();
        connection.Write(folder["connection.json"]);
        if (beforeItStarts)
            await EndAsync();
        var start = Redirected(KernelProcess.Program(folder["connection.json"]), streams);
        start.Environment["JPY_PARENT_PID"] = parent.Id.ToString(CultureInfo.InvariantCulture);
        using var kernel = Process.Start(start)!;
        try
        {
            if (!beforeItStarts)
            {
                using var client = new KernelClient(connection, new TestLog());
                var ready = client.WaitUntilReadyAsync(Patience);
                if (await Task.WhenAny(ready, kernel.WaitForExitAsync(Patience)) != ready)
                    return false;
                await EndAsync();
            }

            await kernel.WaitForExitAsync(Patience).WaitAsync(TimeSpan.FromMinutes(2), Patience);
            if (kernel.ExitCode == KernelProgram.PortTaken)
                return false;
            Assert.False(File.Exists(folder["connection.json"]));
            Assert.Equal(KernelProgram.Ended, kernel.ExitCode);
            return true;
        }
        finally
        {
            if (!kernel.HasExited)
                kernel.Kill();
            if (!parent.HasExited)
                parent.Kill();
        }

        async Task EndAsync()
        {
            parent.Kill();
            await parent.WaitForExitAsync(Patience);
        }
    }

    // The shell is no process of its own: 'exec'.
    private static ProcessStartInfo Redirected(ProcessStartInfo program, string streams) => new(
        "bash",
        ["-c", $"exec \"$0\" \"$@\" >{streams} 2>{streams}", program.FileName, .. program.ArgumentList.Where(a => a.Length > 0)]);

    [Fact]
    public async Task SmallCellsCostLittleMemory()
    {
        using var folder = new TemporaryFolder();
        await using var kernel = await StartAsync(folder);
        Assert.InRange(await GrowthAsync(kernel, 40), long.MinValue, 100_000_000);
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task FiveHundredSmallCellsCostLessThan300MB()
    {
        using var folder = new TemporaryFolder();
        await using var kernel = await StartAsync(folder);
        long growth = await GrowthAsync(kernel, 500);
        TestContext.Current.TestOutputHelper!.WriteLine($"{growth / 1e6:0} MB");
        Assert.InRange(growth, long.MinValue, 300_000_000);
    }

    private static async Task<long> GrowthAsync(KernelProcess kernel, int cells)
    {
        for (int i = 0; i < 10; i++)
            await RunAsync(kernel, $"var warm{i} = {i}; warm{i} + 1");
        long before = WorkingSet(kernel);
        for (int i = 0; i < cells; i++)
        {
            var (reply, output) = await RunAsync(kernel, $"var x{i % 7} = Enumerable.Range(0, {i + 1}).Sum(); Console.Write(x{i % 7});");
            Assert.Equal("ok", Text(reply, "status"));
            Assert.Equal($"{i * (i + 1) / 2}", output);
        }

        return WorkingSet(kernel) - before;
    }

    private static long WorkingSet(KernelProcess kernel)
    {
        using var process = Process.GetProcessById(kernel.Id);
        return process.WorkingSet64;
    }

    private static Task<KernelProcess> StartAsync(TemporaryFolder folder) => StartAsync(folder.FullName);

    private static async Task<KernelProcess> StartAsync(string folder)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Patience);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        return await KernelProcess.StartAsync(folder, new Dictionary<string, string>(), new TestLog(), patience.Token);
    }

    /// <summary>Runs a cell to its idle state; its reply and what it printed.</summary>
    private static async Task<(JsonElement Reply, string Output)> RunAsync(KernelProcess kernel, string code)
    {
        var (id, reply) = kernel.Client.Send("execute_request", KernelUnderTest.Cell(code));
        string output = "";
        await UntilAsync(kernel, id, m =>
        {
            if (m.Header.Type == "stream")
                output += m.Content.GetProperty("text").GetString();
            return KernelUnderTest.State(m) == "idle";
        });
        return ((await reply).Content, output);
    }

    private static async Task UntilAsync(KernelProcess kernel, string id, Func<JupyterMessage, bool> isLast)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Patience);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            var message = await kernel.Client.Published.ReadAsync(patience.Token);
            if (message.ParentId == id && isLast(message))
                return;
        }
    }

    private static string Text(JsonElement content, string name) => content.GetProperty(name).GetString()!;
}
