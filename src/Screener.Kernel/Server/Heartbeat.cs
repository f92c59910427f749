using NetMQ;
using NetMQ.Sockets;

namespace Screener.Kernel.Server;

/// <summary>Sends back whatever comes, on a thread of its own, so that a front end knows that the kernel lives.</summary>
internal sealed class Heartbeat : IDisposable
{
    private readonly RouterSocket _socket = new();
    private readonly NetMQPoller _poller = [];

    /// <summary>Begins.</summary>
    /// <exception cref="NetMQException">The address is taken.</exception>
    internal Heartbeat(string address)
    {
        try
        {
            _socket.Options.Linger = TimeSpan.Zero;
            _socket.Options.MaxMsgSize = 1 << 16;
            _socket.Bind(address);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        _socket.ReceiveReady += (_, e) =>
        {
            List<byte[]>? frames = null;
            while (e.Socket.TryReceiveMultipartBytes(ref frames!))
                e.Socket.TrySendMultipartBytes(frames!);
        };
        _poller.Add(_socket);
        _poller.RunAsync("heartbeat");
    }

    /// <summary>Ends.</summary>
    public void Dispose()
    {
        _poller.Dispose();
        _socket.Dispose();
    }
}
