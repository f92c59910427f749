using NetMQ;
using NetMQ.Sockets;
using Screener.Kernel.Client;
using Screener.Kernel.Language;
using Screener.Kernel.Protocol;
using Screener.Kernel.Server;
using Screener.Kernel.Tests.Protocol;

namespace Screener.Kernel.Tests.Server;

public sealed class RobustnessTests
{
    [Fact]
    public async Task HundredsOfDamagedMessagesDoNoHarm()
    {
        await using var kernel = await KernelUnderTest.StartAsync(new ScriptedLanguage());
        var random = new Random(5);
        using (var shell = Connect(kernel.Connection.ShellPort))
        using (var control = Connect(kernel.Connection.ControlPort))
        using (var heartbeat = Connect(kernel.Connection.HbPort))
        using (var stdin = Connect(kernel.Connection.StdinPort))
        {
            DealerSocket[] sockets = [shell, control, heartbeat, stdin];
            for (int i = 0; i < 400; i++)
            {
                var frames = DamagedFrames.Random(random, kernel.Connection.Key);
                if (frames.Count > 0)
                    sockets[random.Next(sockets.Length)].SendMultipartBytes(frames);
            }

            Assert.Equal("ok", (await kernel.RunAsync("after")).Status);
            Assert.Equal("ok", (await kernel.AskAsync("kernel_info_request", [], onControl: true)).Status);
            Assert.Contains(kernel.Log.Lines, l => l.Contains("dropped", StringComparison.Ordinal));
        }

        Assert.True(Beats(kernel.Connection));
    }

    [Fact]
    public async Task WrongSignaturesAndReplaysHaveNoEffect()
    {
        var language = new ScriptedLanguage();
        await using var kernel = await KernelUnderTest.StartAsync(language);
        using var shell = Connect(kernel.Connection.ShellPort);
        const string Content = "{\"code\":\"once\"}";
        var signed = DamagedFrames.Sound("execute_request", Content, "one-id", kernel.Connection.Key);
        shell.SendMultipartBytes(signed);
        shell.SendMultipartBytes(signed);
        shell.SendMultipartBytes(
            DamagedFrames.Sound("execute_request", Content.Replace("once", "stolen", StringComparison.Ordinal), key: "guess"));
        shell.SendMultipartBytes(
            DamagedFrames.Sound("execute_request", Content.Replace("once", "last", StringComparison.Ordinal), key: kernel.Connection.Key));
        while (!language.Ran.Contains("last"))
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.Equal(["once", "last"], language.Ran);
        Assert.Contains(kernel.Log.Lines, l => l.Contains("one-id came before", StringComparison.Ordinal));
        Assert.Contains(kernel.Log.Lines, l => l.Contains("wrong signature", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AFrameThatIsTooLargeCostsOnlyItsSenderTheConnection()
    {
        await using var kernel = await KernelUnderTest.StartAsync(new ScriptedLanguage(), new KernelOptions { LargestFrame = 1 << 20 });
        using (var shell = Connect(kernel.Connection.ShellPort))
        {
            shell.SendMultipartBytes(
                DamagedFrames.Sound("execute_request", $"{{\"code\":\"{new string('x', 2 << 20)}\"}}", key: kernel.Connection.Key));
            Assert.Equal("ok", (await kernel.RunAsync(new string('y', 1 << 19))).Status);
        }

        Assert.Equal("ok", (await kernel.RunAsync("after")).Status);
    }

    [Fact]
    public async Task AClientThatDisappearsWhileItsCellPrintsDoesNotStopTheKernel()
    {
        var language = new ScriptedLanguage().On("chatty", output =>
        {
            for (int i = 0; i < 2000; i++)
                output.Print($"line {i}\n");
        });
        await using var kernel = await KernelUnderTest.StartAsync(language);
        var leaving = new KernelClient(kernel.Connection, kernel.Log);
        await leaving.WaitUntilReadyAsync(TestContext.Current.CancellationToken);
        var (id, _) = leaving.Send("execute_request", KernelUnderTest.Cell("chatty"));

        // Its own state messages say that the request was taken.
        while ((await kernel.NextAsync("execute_input")).ParentId != id)
            continue;
        leaving.Dispose();
        await kernel.UntilIdleAsync(id);
        Assert.Equal("ok", (await kernel.RunAsync("after")).Status);
    }

    [Fact]
    public async Task ALanguageThatThrowsIsAnErrorOfTheCell()
    {
        var language = new ScriptedLanguage().On("broken", (_, _) => throw new InvalidOperationException("inside"));
        await using var kernel = await KernelUnderTest.StartAsync(language);
        var run = await kernel.RunAsync("broken");
        Assert.Equal(("error", "InvalidOperationException"), (run.Status, run.Reply.GetProperty("ename").GetString()));
        Assert.Equal("ok", (await kernel.RunAsync("after")).Status);
    }

    [Fact]
    public async Task TextThatIsNoUnicodeIsShownAllTheSame()
    {
        var language = new ScriptedLanguage().On("odd", (output, _) =>
        {
            output.Print("a\ud83d");
            output.Print("\ude00b \ud800 c");
            return Task.FromResult<CellOutcome>(new CellSuccess(MimeBundle.Of("text/plain", "x\udc00")));
        });
        await using var kernel = await KernelUnderTest.StartAsync(language);
        var run = await kernel.RunAsync("odd");
        Assert.Equal("a\U0001F600b \uFFFD c", run.Text());
        Assert.Equal("x\uFFFD", run.Single("execute_result").GetProperty("data").GetProperty("text/plain").GetString());
    }

    [Fact]
    public void ATakenPortIsSaid()
    {
        var connection = ConnectionFile.OfFreePorts();
        using var taken = new RouterSocket();
        taken.Bind($"tcp://127.0.0.1:{connection.ShellPort}");
        Assert.ThrowsAny<NetMQException>(() => new KernelServer(connection, new ScriptedLanguage(), new KernelOptions(), new TestLog()));
    }

    private static DealerSocket Connect(int port)
    {
        var socket = new DealerSocket();
        socket.Options.Linger = TimeSpan.FromSeconds(1);
        socket.Connect($"tcp://127.0.0.1:{port}");
        return socket;
    }

    private static bool Beats(ConnectionFile connection)
    {
        using var socket = new NetMQ.Sockets.RequestSocket($">tcp://127.0.0.1:{connection.HbPort}");
        socket.SendFrame("ping");
        return socket.TryReceiveFrameString(TimeSpan.FromMinutes(2), out string? answer) && answer == "ping";
    }
}
