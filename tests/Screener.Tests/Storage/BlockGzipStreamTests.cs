using System.IO.Compression;
using Screener.Randomness;
using Screener.Storage;

namespace Screener.Tests.Storage;

public sealed class BlockGzipStreamTests
{
    private const int Block = 1 << 20;
    private static readonly ZLibCompressionOptions Options = new() { CompressionLevel = 6 };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Block - 1)]
    [InlineData(Block)]
    [InlineData((2 * Block) + 12345)]
    [InlineData(7 * Block)]
    public void WhatIsUnpackedIsWhatWasWrittenWithAnyNumberOfThreads(int length)
    {
        byte[] content = Content(length);
        byte[] packed = Pack(content, 1);
        Assert.Equal(content, Unpack(packed));
        foreach (int threads in new[] { 2, 3, 0 })
            Assert.Equal(packed, Pack(content, threads));
    }

    [Fact]
    public void OtherToolsTakeItForOneFile()
    {
        using var folder = new TemporaryFolder();
        byte[] content = Content((2 * Block) + 1);
        content[^1] = 7;
        File.WriteAllBytes(folder["a.gz"], Pack(content, 2));
        string said = PythonOracle.Run(
            ["gzip", "zlib"],
            """
            import gzip, sys, zlib
            packed = open(sys.argv[1], 'rb').read()
            one = zlib.decompressobj(31)
            content = one.decompress(packed)
            print(content == gzip.decompress(packed), len(content), content[-1], one.eof, len(one.unused_data))
            """,
            folder["a.gz"]);
        Assert.Equal($"True {content.Length} 7 True 0", said.Trim());
    }

    // Much that does not shrink, as in maps.
    private static byte[] Content(int length)
    {
        var random = new RandomStream((ulong)length);
        return [.. Enumerable.Range(0, length).Select(i => (byte)(i / 1000 % 3 == 0 ? 0 : random.NextInt(256)))];
    }

    private static byte[] Pack(byte[] content, int threads)
    {
        using var stream = new MemoryStream();
        using var gzip = new BlockGzipStream(stream, Options, threads);
        for (int done = 0; done < content.Length; done += 70_001)
            gzip.Write(content, done, Math.Min(70_001, content.Length - done));
        gzip.End();
        return stream.ToArray();
    }

    private static byte[] Unpack(byte[] packed)
    {
        using var reader = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var back = new MemoryStream();
        reader.CopyTo(back);
        return back.ToArray();
    }
}
