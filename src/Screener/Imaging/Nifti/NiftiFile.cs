using System.IO.Compression;
using Screener.Errors;

namespace Screener.Imaging.Nifti;

/// <summary>The bytes of a NIfTI file in order, unpacked if they are gzipped, whatever the file's name says.</summary>
internal sealed class NiftiFile : IDisposable
{
    // Deflate codes at most 258 bytes in 2 bits: no stream unpacks to more than 1032 times its length.
    private const int LargestDeflateRatio = 1032;

    private readonly string _path;
    private readonly Stream _stream;
    private long _position;

    private NiftiFile(string path, Stream stream, long longestContent)
    {
        _path = path;
        _stream = stream;
        LongestContent = longestContent;
    }

    /// <summary>The content has no more bytes than this: the length of a plain file, an upper bound for a gzipped one.</summary>
    internal long LongestContent { get; }

    /// <exception cref="MissingInputException">The file is not there or cannot be opened.</exception>
    internal static NiftiFile Open(string path)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            Span<byte> first = stackalloc byte[2];
            int count = file.ReadAtLeast(first, 2, throwOnEndOfStream: false);
            file.Position = 0;
            return count == 2 && first is [0x1f, 0x8b]
                ? new NiftiFile(path, new GZipStream(file, CompressionMode.Decompress), file.Length * LargestDeflateRatio)
                : new NiftiFile(path, file, file.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            file?.Dispose();
            throw new MissingInputException(path, $"it cannot be opened ({e.Message})", "a readable NIfTI file", "Check the path and the permissions.", e);
        }
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
            throw new VolumeFormatException(_path, $"damaged or unreadable data after {_position} bytes ({e.Message})", "an intact file", "Get the file again.", e);
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
