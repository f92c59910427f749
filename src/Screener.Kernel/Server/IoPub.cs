using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Server;

/// <summary>Tells every front end what happens, under the header of the request that caused it. Thread-safe.</summary>
/// <param name="publish">Sends frames to all subscribers.</param>
/// <param name="signer">Signs them.</param>
/// <param name="session">The kernel's session.</param>
internal sealed class IoPub(Action<byte[][]> publish, MessageSigner signer, string session)
{
    private readonly Lock _turn = new();
    private JupyterMessage? _running;

    /// <summary>The kernel has come up; said once, to nobody in particular.</summary>
    internal void Starting() => Status("starting", default);

    /// <summary>Work on a request begins.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isCell">True if it is the cell that now runs.</param>
    internal void Busy(JupyterMessage request, bool isCell = false)
    {
        lock (_turn)
        {
            if (isCell)
                _running = request;
            Status("busy", request.HeaderFrame);
        }
    }

    /// <summary>Work on a request has ended.</summary>
    internal void Idle(JupyterMessage request)
    {
        lock (_turn)
        {
            if (ReferenceEquals(_running, request))
                _running = null;
            Status("idle", request.HeaderFrame);

            // Front ends show the latest state, whosever it is: a completion that was answered beside a cell would make a kernel
            // that still computes look idle.
            if (_running is { } cell)
                Status("busy", cell.HeaderFrame);
        }
    }

    /// <summary>Publishes a message.</summary>
    internal void Publish(string type, ReadOnlyMemory<byte> parent, JsonObject content) => Publish(type, parent, WireJson.Bytes(content));

    /// <summary>Publishes printed text.</summary>
    internal void Stream(bool isError, ReadOnlySpan<byte> utf8, ReadOnlyMemory<byte> parent)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(utf8.Length + 64);
        using (var writer = new Utf8JsonWriter(buffer, WireJson.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("name", isError ? "stderr" : "stdout");
            writer.WriteString("text", utf8);
            writer.WriteEndObject();
        }

        Publish("stream", parent, buffer.WrittenSpan.ToArray());
    }

    private void Status(string state, ReadOnlyMemory<byte> parent) => Publish(
        "status", parent, new JsonObject { ["execution_state"] = state });

    private void Publish(string type, ReadOnlyMemory<byte> parent, byte[] content) =>
        publish(JupyterMessage.Frames(
            [Encoding.UTF8.GetBytes(type)], MessageHeader.Of(type, session, KernelServer.Username), parent, content, signer));
}
