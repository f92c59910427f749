using Microsoft.Extensions.Logging;
using NetMQ;
using NetMQ.Sockets;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Server;

/// <summary>The sockets of a kernel to which messages come.</summary>
internal enum RequestSocket
{
    /// <summary>Requests that wait for each other.</summary>
    Shell,

    /// <summary>Requests that must not wait.</summary>
    Control,
}

/// <summary>The kernel's sockets but the heartbeat's, touched by one thread of their own.</summary>
internal sealed class KernelSockets : IDisposable
{
    // Between two looks at what is to be sent; a flood of requests must not hold up the answers.
    private const int MostAtOnce = 64;

    private readonly RouterSocket _shell = new(), _control = new(), _stdin = new();
    private readonly PublisherSocket _ioPub = new();
    private readonly NetMQQueue<(NetMQSocket Socket, byte[][] Frames)> _outgoing = new();
    private readonly NetMQPoller _poller = [];
    private readonly Action<RequestSocket, List<byte[]>> _received;
    private readonly ILogger _log;

    /// <summary>Binds the sockets.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="largestFrame">Bytes of the largest frame that is taken.</param>
    /// <param name="received">Told of every message, on the sockets' thread; must not wait.</param>
    /// <param name="log">Told of what goes wrong.</param>
    /// <exception cref="NetMQException">An address is taken.</exception>
    internal KernelSockets(ConnectionFile connection, long largestFrame, Action<RequestSocket, List<byte[]>> received, ILogger log)
    {
        (_received, _log) = (received, log);
        try
        {
            Bind(_shell, connection.ShellPort);
            Bind(_control, connection.ControlPort);
            Bind(_stdin, connection.StdinPort);
            Bind(_ioPub, connection.IopubPort);
        }
        catch
        {
            Close();
            throw;
        }

        _shell.ReceiveReady += (_, e) => Receive(e.Socket, RequestSocket.Shell);
        _control.ReceiveReady += (_, e) => Receive(e.Socket, RequestSocket.Control);
        _stdin.ReceiveReady += (_, e) => Drop(e.Socket);
        _outgoing.ReceiveReady += (_, _) => Send();
        _poller.Add(_shell);
        _poller.Add(_control);
        _poller.Add(_stdin);
        _poller.Add(_outgoing);

        void Bind(NetMQSocket socket, int port)
        {
            socket.Options.Linger = TimeSpan.FromSeconds(1);
            socket.Options.MaxMsgSize = largestFrame;
            socket.Options.TcpKeepalive = true;

            // A subscriber that stands still loses messages in the end; the kernel's memory does not grow with it for ever.
            socket.Options.SendHighWatermark = 4000;
            socket.Bind(connection.Address(port));
        }
    }

    /// <summary>Begins to receive.</summary>
    internal void Start() => _poller.RunAsync("sockets");

    /// <summary>Sends to the asker of a request. Safe from any thread.</summary>
    internal void Reply(RequestSocket socket, byte[][] frames) => _outgoing.Enqueue(
        (socket == RequestSocket.Shell ? _shell : _control, frames));

    /// <summary>Sends to everybody. Safe from any thread.</summary>
    internal void Publish(byte[][] frames) => _outgoing.Enqueue((_ioPub, frames));

    /// <summary>Sends what is left and closes the sockets.</summary>
    public void Dispose()
    {
        if (_poller.IsRunning)
            _poller.Stop();
        Send();
        _poller.Dispose();
        Close();
    }

    private void Close()
    {
        _outgoing.Dispose();
        foreach (var socket in (NetMQSocket[])[_shell, _control, _stdin, _ioPub])
            socket.Dispose();
    }

    private void Receive(NetMQSocket socket, RequestSocket name)
    {
        List<byte[]>? frames = null;
        for (int i = 0; i < MostAtOnce && socket.TryReceiveMultipartBytes(ref frames!); i++)
        {
            try
            {
                _received(name, frames!);
            }
            catch (Exception e)
            {
                // One message must not end the kernel.
                _log.LogError(e, "A message on {Socket} could not be handled.", name);
            }

            frames = null;
        }
    }

    // The kernel asks its user nothing, so no answer can be expected.
    private void Drop(NetMQSocket socket)
    {
        List<byte[]>? frames = null;
        while (socket.TryReceiveMultipartBytes(ref frames!))
            _log.LogWarning("A message on stdin was dropped.");
    }

    private void Send()
    {
        while (_outgoing.TryDequeue(out var message, TimeSpan.Zero))
        {
            for (int i = 0; i < message.Frames.Length; i++)
                message.Socket.SendFrame(message.Frames[i], more: i < message.Frames.Length - 1);
        }
    }
}
