using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using NetMQ;
using NetMQ.Sockets;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Client;

/// <summary>Talks to a kernel: the front end's side of the protocol.</summary>
public sealed class KernelClient : IDisposable
{
    private readonly DealerSocket _shell = new(), _control = new();
    private readonly SubscriberSocket _ioPub = new();
    private readonly NetMQQueue<(NetMQSocket Socket, byte[][] Frames)> _outgoing = new();
    private readonly NetMQPoller _poller = [];
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JupyterMessage>> _waiting = new();
    private readonly Channel<JupyterMessage> _published = Channel.CreateUnbounded<JupyterMessage>();
    private readonly string _session = Guid.NewGuid().ToString();
    private readonly MessageSigner _signer;
    private readonly ILogger _log;

    /// <summary>Connects; the kernel may come up later.</summary>
    /// <param name="connection">Where the kernel listens, and the key.</param>
    /// <param name="log">Told of messages that are dropped.</param>
    public KernelClient(ConnectionFile connection, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(connection);
        (_signer, _log) = (new MessageSigner(connection.Key), log);
        foreach (var (socket, port) in ((NetMQSocket, int)[])[(_shell, connection.ShellPort), (_control, connection.ControlPort),
            (_ioPub, connection.IopubPort)])
        {
            socket.Options.Linger = TimeSpan.FromMilliseconds(200);
            socket.Options.ReceiveHighWatermark = 0;
            socket.Connect(connection.Address(port));
        }

        _ioPub.SubscribeToAnyTopic();
        _shell.ReceiveReady += (_, e) => Receive(e.Socket, Answered);
        _control.ReceiveReady += (_, e) => Receive(e.Socket, Answered);
        _ioPub.ReceiveReady += (_, e) => Receive(e.Socket, m => _published.Writer.TryWrite(m));
        _outgoing.ReceiveReady += (_, _) =>
        {
            while (_outgoing.TryDequeue(out var message, TimeSpan.Zero))
                message.Socket.SendMultipartBytes(message.Frames);
        };
        _poller.Add(_shell);
        _poller.Add(_control);
        _poller.Add(_ioPub);
        _poller.Add(_outgoing);
        _poller.RunAsync("kernel client");
    }

    /// <summary>What the kernel says to everybody, in order.</summary>
    public ChannelReader<JupyterMessage> Published => _published.Reader;

    /// <summary>Asks, and waits for the reply.</summary>
    /// <param name="type">What is asked, such as <c>complete_request</c>.</param>
    /// <param name="content">The question.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <param name="onControl">True to ask on the control socket, which answers while a cell runs.</param>
    public async Task<JupyterMessage> AskAsync(string type, JsonObject content, CancellationToken stop, bool onControl = false)
    {
        var (_, reply) = Send(type, content, onControl);
        return await reply.WaitAsync(stop).ConfigureAwait(false);
    }

    /// <summary>Asks.</summary>
    /// <returns>The request's id, which is the parent's id of everything that it causes, and the reply to come.</returns>
    public (string Id, Task<JupyterMessage> Reply) Send(string type, JsonObject content, bool onControl = false)
    {
        ArgumentNullException.ThrowIfNull(content);
        var header = MessageHeader.Of(type, _session, Environment.UserName);
        var reply = new TaskCompletionSource<JupyterMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[header.Id] = reply;
        _outgoing.Enqueue((onControl ? _control : _shell, JupyterMessage.Frames([], header, default, WireJson.Bytes(content), _signer)));
        return (header.Id, reply.Task);
    }

    /// <summary>Waits until the kernel answers and its publications arrive here.</summary>
    /// <param name="stop">Ends the waiting.</param>
    public async Task WaitUntilReadyAsync(CancellationToken stop)
    {
        // What is published before a subscription is there is lost, so it takes an answer and a publication for the same question.
        while (true)
        {
            var (id, reply) = Send("kernel_info_request", []);
            await reply.WaitAsync(stop).ConfigureAwait(false);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
            patience.CancelAfter(TimeSpan.FromMilliseconds(200));
            try
            {
                while (true)
                {
                    var message = await _published.Reader.ReadAsync(patience.Token).ConfigureAwait(false);
                    if (message.ParentId == id && message.Content.Text("execution_state", "") == "idle")
                        return;
                }
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                _log.LogDebug("The kernel's publications do not arrive yet.");
            }
        }
    }

    /// <summary>Stops the cell that runs.</summary>
    public Task<JupyterMessage> InterruptAsync(CancellationToken stop) => AskAsync("interrupt_request", [], stop, onControl: true);

    /// <summary>Closes the connection; the kernel goes on.</summary>
    public void Dispose()
    {
        _poller.Dispose();
        _outgoing.Dispose();
        foreach (var socket in (NetMQSocket[])[_shell, _control, _ioPub])
            socket.Dispose();
        _published.Writer.TryComplete();
        foreach (var reply in _waiting.Values)
            reply.TrySetCanceled();
    }

    private void Answered(JupyterMessage message)
    {
        if (message.ParentId is { } id && _waiting.TryRemove(id, out var reply))
            reply.TrySetResult(message);
    }

    private void Receive(NetMQSocket socket, Action<JupyterMessage> received)
    {
        List<byte[]>? frames = null;
        for (int i = 0; i < 64 && socket.TryReceiveMultipartBytes(ref frames!); i++)
        {
            try
            {
                received(JupyterMessage.Parse(frames, _signer));
            }
            catch (ProtocolException e)
            {
                _log.LogWarning("A message of the kernel was dropped: {Reason}", e.Message);
            }

            frames = null;
        }
    }
}
