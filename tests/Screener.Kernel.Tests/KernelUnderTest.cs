using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using NetMQ;
using Screener.Kernel.Client;
using Screener.Kernel.Language;
using Screener.Kernel.Protocol;
using Screener.Kernel.Server;

namespace Screener.Kernel.Tests;

/// <summary>A kernel in this process and a front end for it.</summary>
internal sealed class KernelUnderTest : IAsyncDisposable
{
    private KernelUnderTest(KernelServer server, KernelClient client, ConnectionFile connection, TestLog log) =>
        (Server, Client, Connection, Log) = (server, client, connection, log);

    internal KernelServer Server { get; }

    internal KernelClient Client { get; }

    internal ConnectionFile Connection { get; }

    internal TestLog Log { get; }

    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    internal static async Task<KernelUnderTest> StartAsync(ICellLanguage language, KernelOptions? options = null)
    {
        // Another test may take a port between the look for free ones and the kernel's own.
        const int Attempts = 5;
        KernelUnderTest? kernel = null;
        for (int attempt = 1; kernel is null; attempt++)
        {
            var (connection, log) = (ConnectionFile.OfFreePorts(), new TestLog());
            try
            {
                var server = new KernelServer(connection, language, options ?? new KernelOptions(), log);
                kernel = new KernelUnderTest(server, new KernelClient(connection, log), connection, log);
            }
            catch (NetMQException) when (attempt < Attempts)
            {
                continue;
            }
        }

        await kernel.Client.WaitUntilReadyAsync(Patience);
        return kernel;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }

    /// <summary>An execute request's content.</summary>
    internal static JsonObject Cell(string code) => new()
    {
        ["code"] = code,
        ["silent"] = false,
        ["store_history"] = true,
        ["user_expressions"] = new JsonObject(),
        ["allow_stdin"] = false,
        ["stop_on_error"] = true,
    };

    /// <summary>Runs a cell to its idle state.</summary>
    internal Task<Conversation> RunAsync(string code) => AskAsync("execute_request", Cell(code));

    /// <summary>Asks and collects what is published until the request's idle state.</summary>
    internal async Task<Conversation> AskAsync(string type, JsonObject content, bool onControl = false)
    {
        var (id, reply) = Client.Send(type, content, onControl);
        var published = await UntilIdleAsync(id);
        return new Conversation(id, (await reply.WaitAsync(TimeSpan.FromMinutes(2), Patience)).Content, published);
    }

    /// <summary>Everything that is published until a request's idle state.</summary>
    internal async Task<List<JupyterMessage>> UntilIdleAsync(string id)
    {
        var published = new List<JupyterMessage>();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Patience);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (published.Count == 0 || !(published[^1].ParentId == id && State(published[^1]) == "idle"))
            published.Add(await Client.Published.ReadAsync(patience.Token));
        return published;
    }

    /// <summary>The next publication of a type.</summary>
    internal async Task<JupyterMessage> NextAsync(string type)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Patience);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            var message = await Client.Published.ReadAsync(patience.Token);
            if (message.Header.Type == type)
                return message;
        }
    }

    internal static string? State(JupyterMessage message) =>
        message.Header.Type == "status" ? message.Content.GetProperty("execution_state").GetString() : null;
}

/// <summary>A request's reply and what was published meanwhile.</summary>
internal sealed record Conversation(string Id, JsonElement Reply, List<JupyterMessage> Published)
{
    internal string Status => Reply.GetProperty("status").GetString()!;

    /// <summary>The types of what was published, states by their names.</summary>
    internal string[] Types => [.. Published.Select(m => KernelUnderTest.State(m) ?? m.Header.Type)];

    internal string Text(string stream = "stdout") => string.Concat(Published
        .Where(m => m.Header.Type == "stream" && m.Content.GetProperty("name").GetString() == stream).Select(
            m => m.Content.GetProperty("text").GetString()));

    internal JsonElement Single(string type) => Assert.Single(Published, m => m.Header.Type == type).Content;
}

/// <summary>Keeps what is logged.</summary>
internal sealed class TestLog : ILogger
{
    internal ConcurrentQueue<string> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            Lines.Enqueue($"{formatter(state, exception)} {exception}");
    }
}
