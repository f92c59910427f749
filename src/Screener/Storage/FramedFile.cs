using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Screener.Errors;

namespace Screener.Storage;

/// <summary>A kind of framed file, and what is said where a file is none.</summary>
/// <param name="Magic">What it starts with.</param>
/// <param name="Name">What it is: "a prepared volume".</param>
/// <param name="IfOther">What to do where it is something else, or not there.</param>
/// <param name="IfDamaged">What to do where it is damaged.</param>
/// <param name="Alignment">Its content starts at a multiple of this.</param>
internal sealed record FrameKind(string Magic, string Name, string IfOther, string IfDamaged, int Alignment = 1)
{
    internal byte[] Lead { get; } = Encoding.ASCII.GetBytes(Magic);

    internal long ContentStart(int headerLength) => (Lead.Length + 4L + headerLength + Alignment - 1) / Alignment * Alignment;

    internal VolumeFormatException Damaged(string path, string found, Exception? inner = null) =>
        new(path, found, $"a whole file of this kind: {Name}", IfDamaged, inner);
}

/// <summary>What was written.</summary>
/// <param name="Length">Bytes of the file.</param>
/// <param name="Sha256">The checksum of everything but itself, as the file ends with it.</param>
internal readonly record struct FrameSummary(long Length, string Sha256);

/// <summary>Takes a file's bytes and sums them up.</summary>
internal sealed class FrameSink(Stream stream, IncrementalHash hash)
{
    /// <summary>Appends bytes.</summary>
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        hash.AppendData(bytes);
        stream.Write(bytes);
    }
}

/// <summary>The frame of all binary files but models: what it is, a JSON header, the content, and a checksum of it all.</summary>
/// <remarks>
/// Layout, little-endian: the kind's letters; the header's length (int32); the header; zeros up to the kind's alignment; the content;
/// the SHA-256 of everything before it.
/// </remarks>
internal static class FramedFile
{
    /// <summary>Writes a file whole or not at all.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="header">The header.</param>
    /// <param name="content">Hands the content, part by part, to what it is given.</param>
    /// <exception cref="OutputException">It cannot be written.</exception>
    internal static FrameSummary Write<THeader>(string path, FrameKind kind, THeader header, Action<FrameSink> content)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header, StoredJson.Settings);
        var lead = new byte[kind.ContentStart(json.Length)];
        kind.Lead.CopyTo(lead, 0);
        BinaryPrimitives.WriteInt32LittleEndian(lead.AsSpan(kind.Lead.Length), json.Length);
        json.CopyTo(lead, kind.Lead.Length + 4);
        FrameSummary summary = default;
        AtomicFile.Write(path, stream =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var sink = new FrameSink(stream, hash);
            sink.Append(lead);
            content(sink);
            byte[] sum = hash.GetHashAndReset();
            stream.Write(sum);
            summary = new FrameSummary(stream.Position, Convert.ToHexStringLower(sum));
        });
        return summary;
    }

    /// <summary>True if a file starts as this kind does.</summary>
    internal static bool IsOf(string path, FrameKind kind)
    {
        if (!File.Exists(path))
            return false;
        try
        {
            using var file = InputFile.OpenHandle(path);
            var first = new byte[kind.Lead.Length];
            return TryRead(file, first, 0) && first.AsSpan().SequenceEqual(kind.Lead);
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            return false;
        }
    }

    /// <summary>The checksum that a file ends with; nothing else of it is read.</summary>
    /// <exception cref="MissingInputException">The file is not there or cannot be read.</exception>
    internal static byte[] ReadChecksum(string path, FrameKind kind) => InputFile.Reading(path, kind.Name, kind.IfOther, () =>
    {
        using var file = InputFile.OpenHandle(path);
        var sum = new byte[SHA256.HashSizeInBytes];
        return TryRead(file, sum, Math.Max(0, RandomAccess.GetLength(file) - sum.Length))
            ? sum
            : throw new EndOfStreamException("it ends too early");
    });

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="MissingInputException">The file is not there or cannot be read.</exception>
    /// <exception cref="VolumeFormatException">It is of another kind, or damaged.</exception>
    internal static FramedFile<THeader> Open<THeader>(string path, FrameKind kind)
        where THeader : class => InputFile.Reading(path, kind.Name, kind.IfOther, () =>
    {
        var file = InputFile.OpenHandle(path);
        try
        {
            var lead = new byte[kind.Lead.Length + 4];
            if (!TryRead(file, lead, 0) || !lead.AsSpan(0, kind.Lead.Length).SequenceEqual(kind.Lead))
                throw new VolumeFormatException(path, $"it does not start with {kind.Magic.Trim()}", kind.Name, kind.IfOther);
            int length = BinaryPrimitives.ReadInt32LittleEndian(lead.AsSpan(kind.Lead.Length));
            long start = length < 2 ? 0 : kind.ContentStart(length), end = RandomAccess.GetLength(file) - SHA256.HashSizeInBytes;
            if (start == 0 || length > InputFile.MaxWhole || start > end)
                throw kind.Damaged(path, $"a header of {length} bytes in a file of {end + SHA256.HashSizeInBytes}");
            var json = new byte[length];
            if (!TryRead(file, json, lead.Length))
                throw kind.Damaged(path, "a file that ends in its header");
            return new FramedFile<THeader>(file, path, kind, Parse<THeader>(json, path, kind), start, end);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    });

    /// <summary>Opens a file of which all has been checked.</summary>
    /// <returns>Null if it is not there, of another kind or version, or damaged: what is kept to save work is made again.</returns>
    /// <exception cref="MissingInputException">It is there but cannot be read.</exception>
    internal static FramedFile<THeader>? OpenWhole<THeader>(string path, FrameKind kind)
        where THeader : class
    {
        FramedFile<THeader>? file = null;
        try
        {
            if (!File.Exists(path))
                return null;
            file = Open<THeader>(path, kind);
            file.ReadAll();
            return file;
        }
        catch (VolumeFormatException)
        {
            file?.Dispose();
            return null;
        }
    }

    internal static bool TryRead(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        while (bytes.Length > 0)
        {
            int count = RandomAccess.Read(file, bytes, offset);
            if (count == 0)
                return false;
            bytes = bytes[count..];
            offset += count;
        }

        return true;
    }

    private static THeader Parse<THeader>(byte[] json, string path, FrameKind kind)
    {
        try
        {
            return JsonSerializer.Deserialize<THeader>(json, StoredJson.Settings) ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is JsonException or OptionException or OverflowException)
        {
            throw kind.Damaged(path, "a header that cannot be understood", e);
        }
    }
}

/// <summary>An open framed file. Any part of its content can be read by itself, from several threads.</summary>
internal sealed class FramedFile<THeader>(SafeFileHandle file, string path, FrameKind kind, THeader header, long start, long end) : IDisposable
{
    private const int Chunk = 1 << 20;

    /// <summary>The header.</summary>
    internal THeader Header { get; } = header;

    /// <summary>The file.</summary>
    internal SafeFileHandle Handle => file;

    /// <summary>Where the content starts.</summary>
    internal long Start => start;

    /// <summary>Bytes of the content.</summary>
    internal long Length => end - start;

    /// <summary>To be called before anything as large as the header claims is allocated.</summary>
    /// <exception cref="VolumeFormatException">The content is of another length.</exception>
    internal void RequireLength(long expected)
    {
        if (Length != expected)
            throw Damaged($"{Length} bytes of content where its header needs {expected}");
    }

    /// <summary>To be called before mapped memory is read: behind the end of a file that was shortened that ends the process.</summary>
    /// <exception cref="VolumeFormatException">It was shortened while it was open.</exception>
    internal void RequireWhole()
    {
        if (RandomAccess.GetLength(file) < end)
            throw Damaged("a file that was shortened while it was open");
    }

    /// <summary>What is said where the file can be read no more.</summary>
    internal MissingInputException Unreadable(Exception inner) => InputFile.Unreadable(path, kind.Name, kind.IfOther, inner);

    /// <summary>Reads a part of the content.</summary>
    /// <exception cref="MissingInputException">The file cannot be read.</exception>
    /// <exception cref="VolumeFormatException">It was shortened while it was open.</exception>
    internal void Read(Span<byte> bytes, long offset)
    {
        try
        {
            if (!FramedFile.TryRead(file, bytes, start + offset))
                throw Damaged("a file that was shortened while it was open");
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            throw Unreadable(e);
        }
    }

    /// <summary>Reads everything and compares the checksum.</summary>
    /// <param name="part">Is handed each part of the content, of whole megabytes but for the last, and where it starts.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="MissingInputException">The file cannot be read.</exception>
    /// <exception cref="VolumeFormatException">It is damaged.</exception>
    internal void ReadAll(Action<Memory<byte>, long>? part = null, CancellationToken cancellation = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] chunk = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            for (long at = 0; at < end;)
            {
                cancellation.ThrowIfCancellationRequested();
                var bytes = chunk.AsMemory(0, (int)Math.Min(Chunk, (at < start ? start : end) - at));
                Read(bytes.Span, at - start);
                hash.AppendData(bytes.Span);
                if (at >= start)
                    part?.Invoke(bytes, at - start);
                at += bytes.Length;
            }

            Span<byte> sum = stackalloc byte[SHA256.HashSizeInBytes];
            Read(sum, end - start);
            if (!sum.SequenceEqual(hash.GetHashAndReset()))
                throw Damaged("a wrong checksum");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>What is said where the file is damaged.</summary>
    internal VolumeFormatException Damaged(string found, Exception? inner = null) => kind.Damaged(path, found, inner);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
