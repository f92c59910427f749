using System.Security.Cryptography;
using System.Text;

namespace Screener.Kernel.Protocol;

/// <summary>Signs and checks messages: HMAC-SHA256 over header, parent header, metadata and content, in lower-case hexadecimal.</summary>
/// <param name="key">The connection file's key; an empty one turns signatures off, as the protocol says. Thread-safe.</param>
public sealed class MessageSigner(string key)
{
    private const int SignatureLength = 2 * HMACSHA256.HashSizeInBytes;
    private readonly byte[] _key = Encoding.UTF8.GetBytes(key);

    /// <summary>False if the key is empty.</summary>
    public bool IsActive => _key.Length > 0;

    /// <summary>The signature of a message's four JSON frames; empty without a key.</summary>
    public byte[] Sign(ReadOnlySpan<byte> header, ReadOnlySpan<byte> parentHeader, ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> content)
    {
        if (!IsActive)
            return [];
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hash.AppendData(header);
        hash.AppendData(parentHeader);
        hash.AppendData(metadata);
        hash.AppendData(content);
        byte[] signature = new byte[SignatureLength];
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        Convert.TryToHexStringLower(digest, signature, out _);
        return signature;
    }

    /// <summary>Whether <paramref name="signature"/> is the four frames' own; takes as long for a wrong one as for the right one.</summary>
    public bool Verify(
        ReadOnlySpan<byte> signature, ReadOnlySpan<byte> header, ReadOnlySpan<byte> parentHeader, ReadOnlySpan<byte> metadata,
        ReadOnlySpan<byte> content) =>
        !IsActive || CryptographicOperations.FixedTimeEquals(signature, Sign(header, parentHeader, metadata, content));
}
