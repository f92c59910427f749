using System.IO.Compression;
using Screener.Errors;
using Screener.Storage;

namespace Screener.Imaging.Stored;

/// <summary>The bytes of a volume's file in order, unpacked if they are packed.</summary>
internal sealed class StoredFile : IDisposable
{
    // Deflate codes at most 258 bytes in 2 bits: no stream unpacks to more than 1032 times its length.
    private const int LargestDeflateRatio = 1032;

    // A constant volume of 512 x 512 x 512 is still read as numbers; beyond it, one whose numbers take 256 times what the file has is no
    // picture of anything. A megabyte could otherwise take four gigabytes.
    private const long HarmlessMemory = 512L << 20, LargestHonestRatio = 256;

    private readonly string _path;
    private readonly Stream _stream;
    private long _position;

    private StoredFile(string path, Stream stream, long length, long stored, bool isGzipped)
    {
        _path = path;
        _stream = stream;
        LongestContent = isGzipped ? length * LargestDeflateRatio : length;
        MostMemory = isGzipped || stored < length ? HarmlessMemory + (stored * LargestHonestRatio) : long.MaxValue;
    }

    /// <summary>The content has no more bytes than this: the length of a plain file, an upper bound for a gzipped one.</summary>
    internal long LongestContent { get; }

    /// <summary>The bytes that numbers made of the content may take.</summary>
    internal long MostMemory { get; }

    /// <exception cref="MissingInputException">The file is not there or cannot be opened.</exception>
    internal static StoredFile Open(string path) => Open(path, () => InputFile.Open(path, 0));

    /// <summary>Opens what may not be a file, such as an entry of a zip.</summary>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="open">Opens it at its start; called twice where the stream cannot go back.</param>
    /// <param name="size">Its length, and its bytes on the disk, which are fewer where it is packed; null where the stream knows.</param>
    /// <exception cref="MissingInputException">It cannot be opened.</exception>
    internal static StoredFile Open(string name, Func<Stream> open, (long Length, long Stored)? size = null)
    {
        Stream? stream = null;
        try
        {
            stream = open();
            var (all, stored) = size ?? (stream.Length, stream.Length);
            Span<byte> first = stackalloc byte[2];
            int count = stream.ReadAtLeast(first, 2, throwOnEndOfStream: false);
            if (stream.CanSeek)
            {
                stream.Position = 0;
            }
            else
            {
                stream.Dispose();
                stream = open();
            }

            return count == 2 && first is [0x1f, 0x8b]
                ? new StoredFile(name, new GZipStream(stream, CompressionMode.Decompress), all, stored, isGzipped: true)
                : new StoredFile(name, stream, all, stored, isGzipped: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException
            or InvalidDataException)
        {
            stream?.Dispose();
            throw new MissingInputException(
                name, $"it cannot be opened ({e.Message})", "a readable file", "Check the path and the permissions.", e);
        }
    }

    /// <summary>Opens the part of a file that holds voxels.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">Where the part begins; negative: as many bytes before the end.</param>
    /// <param name="packing">How the part is packed.</param>
    /// <exception cref="MissingInputException">It is not there or cannot be opened.</exception>
    /// <exception cref="VolumeFormatException">The file ends before the part begins.</exception>
    internal static StoredFile Open(string path, long offset, VoxelPacking packing)
    {
        var stream = InputFile.Reading(path, "the file with the voxels", "Keep it beside its header.", () => InputFile.Open(path, 0));
        long start = offset < 0 ? stream.Length + offset : offset;
        if (start < 0 || start > stream.Length)
        {
            long length = stream.Length;
            stream.Dispose();
            throw new VolumeFormatException(
                path, $"{length} bytes", $"at least {Math.Abs(offset)}", "The file is incomplete: get it again.");
        }

        stream.Position = start;
        long part = stream.Length - start;
        return packing switch
        {
            VoxelPacking.Gzip => new(path, new GZipStream(stream, CompressionMode.Decompress), part, part, true),
            VoxelPacking.Zlib => new(path, new ZLibStream(stream, CompressionMode.Decompress), part, part, true),
            _ => new(path, stream, part, part, false),
        };
    }

    /// <summary>Fills the buffer as far as the content goes.</summary>
    /// <returns>The number of bytes read.</returns>
    /// <exception cref="VolumeFormatException">The gzip stream is damaged.</exception>
    internal int Read(Span<byte> buffer)
    {
        try
        {
            int count = _stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            _position += count;
            return count;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new VolumeFormatException(
                _path, $"damaged or unreadable data after {_position} bytes ({e.Message})", "an intact file", "Get the file again.", e);
        }
    }

    /// <summary>Fills the buffer.</summary>
    /// <exception cref="VolumeFormatException">The content ends before, or is damaged.</exception>
    internal void ReadExactly(Span<byte> buffer, long expectedLength)
    {
        if (Read(buffer) < buffer.Length)
            throw Truncated(_position, expectedLength);
    }

    internal VolumeFormatException Truncated(long found, long expected) =>
        new(_path, $"the data end after {found} bytes", $"{expected} bytes", "The file is incomplete: get it again.");

    public void Dispose() => _stream.Dispose();
}

/// <summary>How voxels are packed in a file.</summary>
internal enum VoxelPacking
{
    None,
    Gzip,
    Zlib,
}
