using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Screener.Kernel.Language;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Server;

/// <summary>A Jupyter kernel: listens, and hands each request to whom it concerns.</summary>
/// <remarks>
/// Cells run one after the other; questions about code are answered beside them; what comes on the control socket is answered at once.
/// Every message is checked before it is looked at; what is damaged, wrongly signed or sent a second time is logged and dropped.
/// </remarks>
public sealed class KernelServer : IAsyncDisposable
{
    internal const string Username = "kernel";

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<bool> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _session = Guid.NewGuid().ToString();
    private readonly MessageSigner _signer;
    private readonly ReplayGuard _replays = new();
    private readonly ILogger _log;
    private readonly IoPub _ioPub;
    private readonly CellQueue _cells;
    private readonly Questions _questions;
    private readonly KernelSockets _sockets;
    private readonly Heartbeat _heartbeat;
    private readonly Task _loops;

    /// <summary>Starts to listen.</summary>
    /// <param name="connection">Where, and the key.</param>
    /// <param name="language">What runs cells; it stays the caller's.</param>
    /// <param name="options">Limits.</param>
    /// <param name="log">Told of what is dropped and of what goes wrong.</param>
    /// <exception cref="NetMQ.NetMQException">An address cannot be listened on.</exception>
    public KernelServer(ConnectionFile connection, ICellLanguage language, KernelOptions options, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(language);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _log = log;
        _signer = new MessageSigner(connection.Key);
        var history = new History();
        _ioPub = new IoPub(frames => _sockets!.Publish(frames), _signer, _session);
        _cells = new CellQueue(language, options, history, _ioPub, log);
        _questions = new Questions(language, history, _ioPub, log);
        _heartbeat = new Heartbeat(connection.Address(connection.HbPort));
        try
        {
            _sockets = new KernelSockets(connection, options.LargestFrame, Receive, log);
        }
        catch
        {
            _heartbeat.Dispose();
            throw;
        }

        _loops = Task.WhenAll(Task.Run(() => _cells.RunAsync(_stop.Token)), Task.Run(() => _questions.RunAsync(_stop.Token)));
        _ioPub.Starting();
        _sockets.Start();
    }

    /// <summary>Ends when the kernel was asked to shut down; true if it is to be started again.</summary>
    public Task<bool> Completion => _end.Task;

    /// <summary>Stops the running cell, as an <c>interrupt_request</c> does.</summary>
    public void Interrupt() => _cells.Interrupt();

    /// <summary>Ends the kernel as a <c>shutdown_request</c> does.</summary>
    public void Shutdown() => _end.TrySetResult(false);

    /// <summary>Stops the running cell, sends what is left, and closes the sockets.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);

        // A cell inside of a long native call cannot be waited for.
        await Task.WhenAny(_loops, Task.Delay(TimeSpan.FromSeconds(2))).ConfigureAwait(false);
        _sockets.Dispose();
        _heartbeat.Dispose();
        _end.TrySetResult(false);
    }

    // On the sockets' thread.
    private void Receive(RequestSocket socket, List<byte[]> frames)
    {
        JupyterMessage message;
        try
        {
            message = JupyterMessage.Parse(frames, _signer);
        }
        catch (ProtocolException e)
        {
            _log.LogWarning("A message on {Socket} was dropped: {Reason}", socket, e.Message);
            return;
        }

        if (!_replays.IsNew(message.Signature.Span))
        {
            _log.LogWarning("A message on {Socket} was dropped: {Type} {Id} came before.", socket, message.Header.Type, message.Header.Id);
            return;
        }

        var request = new Request(message, socket, Send);
        switch (message.Header.Type)
        {
            case "execute_request":
                _cells.Enqueue(request);
                break;
            case "interrupt_request":
                Answer(request, () =>
                {
                    Interrupt();
                    return new JsonObject { ["status"] = "ok" };
                });
                break;
            case "shutdown_request":
                ShutDown(request);
                break;
            case "kernel_info_request" when socket == RequestSocket.Control:
                Answer(request, KernelInfo.Answer);
                break;
            default:
                _questions.Enqueue(request);
                break;
        }
    }

    private void Answer(Request request, Func<JsonObject> answer)
    {
        _ioPub.Busy(request.Message);
        request.Reply(answer());
        _ioPub.Idle(request.Message);
    }

    private void ShutDown(Request request)
    {
        bool restart = request.Message.Content.Flag("restart", false);
        Answer(request, () =>
        {
            var content = new JsonObject { ["status"] = "ok", ["restart"] = restart };
            _ioPub.Publish("shutdown_reply", request.Message.HeaderFrame, content);
            return content;
        });
        _end.TrySetResult(restart);
    }

    private void Send(Request request, string type, JsonObject content) => _sockets.Reply(
        request.Socket,
        JupyterMessage.Frames(
            request.Message.Identities, MessageHeader.Of(type, _session, Username), request.Message.HeaderFrame, WireJson.Bytes(content),
            _signer));
}
