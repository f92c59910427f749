using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Screener.Errors;
using Screener.Imaging;
using Screener.Training;

namespace Screener.Ablations;

/// <summary>The frame of the files that ablations keep between runs: what they are, a JSON header, the content, and a checksum of it all.</summary>
/// <remarks>
/// Layout, little-endian: the eight letters of the kind; the header's length (int32); the header; the content; the SHA-256 of everything
/// before it. A file that is damaged or of another version counts as absent and is made again.
/// </remarks>
internal static class CacheFile
{
    private const int KindLength = 8, LeadLength = KindLength + 4, MaxHeader = 1 << 24, Chunk = 1 << 20;

    /// <summary>Writes a file whole or not at all.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="kind">Eight letters.</param>
    /// <param name="header">The header.</param>
    /// <param name="content">Hands the content, part by part, to what it is given.</param>
    /// <exception cref="OutputException">It cannot be written.</exception>
    internal static void Write<THeader>(string path, ReadOnlySpan<byte> kind, THeader header, Action<CacheSink> content)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header, OptionsJson.Settings);
        byte[] lead = [.. kind, 0, 0, 0, 0, .. json];
        BinaryPrimitives.WriteInt32LittleEndian(lead.AsSpan(KindLength), json.Length);
        AtomicFile.Write(path, stream =>
        {
            using var sink = new CacheSink(stream);
            sink.Append(lead);
            content(sink);
            stream.Write(sink.Hash());
        });
    }

    /// <summary>Opens a file and checks all of it.</summary>
    /// <returns>The header and where the content starts; null if there is no whole file of this kind.</returns>
    /// <exception cref="MissingInputException">It is there but cannot be read.</exception>
    internal static (THeader Header, long Start, long Length)? Check<THeader>(string path, ReadOnlySpan<byte> kind)
        where THeader : class
    {
        if (!File.Exists(path))
            return null;
        try
        {
            using var stream = InputFile.Open(path, 0);
            if (stream.Length < LeadLength + SHA256.HashSizeInBytes)
                return null;
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var lead = new byte[LeadLength];
            stream.ReadExactly(lead);
            int length = BinaryPrimitives.ReadInt32LittleEndian(lead.AsSpan(KindLength));
            long content = stream.Length - LeadLength - length - SHA256.HashSizeInBytes;
            if (!lead.AsSpan(0, KindLength).SequenceEqual(kind) || length is < 0 or > MaxHeader || content < 0)
                return null;
            var json = new byte[length];
            stream.ReadExactly(json);
            hash.AppendData(lead);
            hash.AppendData(json);
            var buffer = new byte[Math.Min(Chunk, content)];
            for (long left = content; left > 0;)
            {
                var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, left));
                stream.ReadExactly(part);
                hash.AppendData(part);
                left -= part.Length;
            }

            var sum = new byte[SHA256.HashSizeInBytes];
            stream.ReadExactly(sum);
            return sum.AsSpan().SequenceEqual(hash.GetHashAndReset()) && JsonSerializer.Deserialize<THeader>(json, OptionsJson.Settings) is { } header
                ? (header, LeadLength + length, content)
                : null;
        }
        catch (JsonException)
        {
            return null; // Another version's header.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MissingInputException(path, e.Message.TrimEnd('.'), "a file that can be read", "Check its permissions, or delete it: it is made again.", e);
        }
    }
}

/// <summary>Takes a file's bytes and sums them up.</summary>
internal sealed class CacheSink(Stream stream) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Appends bytes.</summary>
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        stream.Write(bytes);
    }

    internal byte[] Hash() => _hash.GetHashAndReset();

    public void Dispose() => _hash.Dispose();
}
