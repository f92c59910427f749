using System.Text.Json;

namespace Screener.Kernel.Protocol;

/// <summary>A message that came: checked, and with its header's own bytes, which an answer carries as its parent header.</summary>
/// <param name="Identities">The frames that lead back to the sender; none on a publishing socket but its topic.</param>
/// <param name="Signature">Its checked signature; empty if no key is used.</param>
/// <param name="Header">What it says about itself.</param>
/// <param name="HeaderFrame">The same as it came.</param>
/// <param name="ParentHeader">The header of the message that it answers; an empty object if it answers none.</param>
/// <param name="Content">What it says; an object.</param>
public sealed record JupyterMessage(
    IReadOnlyList<byte[]> Identities, ReadOnlyMemory<byte> Signature, MessageHeader Header, ReadOnlyMemory<byte> HeaderFrame,
    JsonElement ParentHeader, JsonElement Content)
{
    /// <summary>More frames than any message has.</summary>
    internal const int MostFrames = 1024;

    /// <summary>Separates identities from what is signed.</summary>
    private static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray();

    /// <summary>The message that this one answers, or null.</summary>
    public string? ParentId => ParentHeader.Text("msg_id", "") is { Length: > 0 } id ? id : null;

    /// <summary>Reads a message.</summary>
    /// <param name="frames">Its frames, as ZeroMQ delivers them.</param>
    /// <param name="signer">Checks its signature.</param>
    /// <exception cref="ProtocolException">It is damaged or wrongly signed.</exception>
    public static JupyterMessage Parse(IReadOnlyList<byte[]> frames, MessageSigner signer)
    {
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentNullException.ThrowIfNull(signer);
        if (frames.Count > MostFrames)
            throw new ProtocolException($"{frames.Count} frames; expected at most {MostFrames}");
        int delimiter = 0;
        while (delimiter < frames.Count && !frames[delimiter].AsSpan().SequenceEqual(Delimiter))
            delimiter++;
        if (delimiter == frames.Count)
            throw new ProtocolException($"{frames.Count} frames without the delimiter");
        if (frames.Count < delimiter + 6)
            throw new ProtocolException(
                $"{frames.Count - delimiter - 1} frames after the delimiter; expected a signature, header, parent header, metadata and "
                + $"content");
        var (signature, header, parent, metadata, content) =
            (frames[delimiter + 1], frames[delimiter + 2], frames[delimiter + 3], frames[delimiter + 4], frames[delimiter + 5]);

        // Nothing is read of a message before it is known to come from someone who knows the key.
        if (!signer.Verify(signature, header, parent, metadata, content))
            throw new ProtocolException("a wrong signature");
        var message = new JupyterMessage(
            [.. frames.Take(delimiter)],
            signer.IsActive ? signature : default,
            MessageHeader.Of(WireJson.ParseObject(header, "header")),
            header,
            WireJson.ParseObject(parent, "parent header"),
            WireJson.ParseObject(content, "content"));
        WireJson.ParseObject(metadata, "metadata");
        return message;
    }

    /// <summary>The frames of a message that is to be sent.</summary>
    /// <param name="identities">Where to, or the topic.</param>
    /// <param name="header">What it is.</param>
    /// <param name="parentHeader">The header frame of the message that it answers; empty if it answers none.</param>
    /// <param name="content">The bytes of its content.</param>
    /// <param name="signer">Signs it.</param>
    public static byte[][] Frames(
        IEnumerable<byte[]> identities, MessageHeader header, ReadOnlyMemory<byte> parentHeader, byte[] content, MessageSigner signer)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(signer);
        byte[] head = header.ToJson(), parent = parentHeader.IsEmpty
            ? "{}"u8.ToArray()
            : parentHeader.ToArray(), metadata = "{}"u8.ToArray();
        return [.. identities, Delimiter, signer.Sign(head, parent, metadata, content), head, parent, metadata, content];
    }
}
