using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Screener.Runtime;

namespace Screener.Storage;

/// <summary>Writes one gzip file whose blocks of 1 MiB are packed on several threads; its bytes do not depend on how many.</summary>
/// <remarks>
/// Each block is a deflate stream of its own that ends on a whole byte and is not marked as the last (RFC 1951, BFINAL), so that all
/// of them are one: to any reader the file is an ordinary one. Repeats are not found across blocks.
/// </remarks>
/// <param name="file">Receives the packed bytes; the caller owns it.</param>
/// <param name="options">How to pack.</param>
/// <param name="threads">How many blocks are packed at a time, 64 at the most; 0 means one per processor.</param>
internal sealed class BlockGzipStream(Stream file, ZLibCompressionOptions options, int threads) : Stream
{
    private const int BlockLength = 1 << 20, MostBlocks = 64;

    // Deflate, no name, no time, an unknown system.
    private static readonly byte[] Header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

    // A last block without content.
    private static readonly byte[] Last = [3, 0];

    private readonly Block[] _blocks = new Block[Math.Min(ThreadCounts.Of(threads), MostBlocks)];
    private readonly Crc32 _sum = new();
    private long _length;
    private int _filled;
    private bool _isBegun, _isEnded;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_isEnded, this);
        _sum.Append(buffer);
        _length += buffer.Length;
        while (!buffer.IsEmpty)
        {
            var (block, at) = (_filled / BlockLength, _filled % BlockLength);
            var room = (_blocks[block] ??= new Block()).Content.AsSpan(at);
            int count = Math.Min(room.Length, buffer.Length);
            buffer[..count].CopyTo(room);
            buffer = buffer[count..];
            _filled += count;
            if (_filled == _blocks.Length * BlockLength)
                Pack();
        }
    }

    /// <summary>Nothing: blocks are written when they are full.</summary>
    public override void Flush()
    {
    }

    /// <summary>Writes what is left, and the end of the file.</summary>
    internal void End()
    {
        Pack();
        _isEnded = true;
        Span<byte> trailer = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _sum.GetCurrentHashAsUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], (uint)_length);
        file.Write(Last);
        file.Write(trailer);
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    private void Pack()
    {
        if (!_isBegun)
            file.Write(Header);
        _isBegun = true;
        int count = (_filled + BlockLength - 1) / BlockLength;
        ThreadCounts.Run(
            threads,
            parallel => Parallel.For(0, count, parallel, i =>
            {
                var block = _blocks[i];
                block.Packed.SetLength(0);
                using var deflate = new DeflateStream(block.Packed, options, leaveOpen: true);
                deflate.Write(block.Content, 0, Math.Min(BlockLength, _filled - (i * BlockLength)));
                deflate.Flush();

                // What closing the stream adds would end the file.
                block.End = (int)block.Packed.Length;
            }),
            CancellationToken.None);
        foreach (var block in _blocks.AsSpan(0, count))
            file.Write(block.Packed.GetBuffer(), 0, block.End);
        _filled = 0;
    }

    private sealed class Block
    {
        internal byte[] Content { get; } = GC.AllocateUninitializedArray<byte>(BlockLength);

        internal MemoryStream Packed { get; } = new();

        internal int End { get; set; }
    }
}
