using System.Globalization;
using System.Text.Json;

namespace Screener.Kernel.Protocol;

/// <summary>What a message says about itself.</summary>
/// <param name="Id">Unique in its session.</param>
/// <param name="Session">Who sent it: one front end or one kernel, from its start to its end.</param>
/// <param name="Type">What it is, such as <c>execute_request</c>.</param>
/// <param name="Username">Whose front end it is.</param>
public sealed record MessageHeader(string Id, string Session, string Type, string Username)
{
    /// <summary>The version of the protocol that is spoken here.</summary>
    public const string ProtocolVersion = "5.3";

    // Ids are kept for a while; a front end's are some dozens of characters long.
    private const int LongestText = 1000;

    /// <summary>A fresh header.</summary>
    public static MessageHeader Of(string type, string session, string username) => new(Guid.NewGuid().ToString(), session, type, username);

    /// <summary>Reads a header.</summary>
    /// <exception cref="ProtocolException">It lacks what every header has.</exception>
    public static MessageHeader Of(JsonElement header)
    {
        if (header.ValueKind != JsonValueKind.Object)
            throw new ProtocolException($"header: {header.ValueKind}; expected an object");
        return new MessageHeader(
            Text("msg_id"), Text("session"), Text("msg_type"), header.TryGetProperty("username", out _) ? Text("username") : "");

        string Text(string name)
        {
            if (!header.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
                throw new ProtocolException($"header: no '{name}'; expected a text");
            string text = WireJson.Text(value);
            return text.Length <= LongestText
                ? text
                : throw new ProtocolException($"header: '{name}' of {text.Length} characters; expected at most {LongestText}");
        }
    }

    /// <summary>The header as it is sent, with the present time.</summary>
    public byte[] ToJson() => WireJson.Bytes(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("msg_id", Id);
        writer.WriteString("session", Session);
        writer.WriteString("username", Username);
        writer.WriteString("date", DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture));
        writer.WriteString("msg_type", Type);
        writer.WriteString("version", ProtocolVersion);
        writer.WriteEndObject();
    });
}
