using System.IO.Compression;
using System.Text;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nrrd;

namespace Screener.Tests.Imaging.Nrrd;

public sealed class NrrdReaderTests : IDisposable
{
    private const string Start = "NRRD0005\n# a comment\ntype: short\ndimension: 3\nsizes: 2 3 4\nendian: little\nencoding: raw\n";

    private static readonly byte[] Voxels = [.. Enumerable.Range(0, 48).Select(i => (byte)(i % 2 == 0 ? i / 2 : 0))];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("left-posterior-superior", -1, -1)]
    [InlineData("LPS", -1, -1)]
    [InlineData("right-anterior-superior", 1, 1)]
    [InlineData("LAS", -1, 1)]
    public void EverySpaceIsTurnedToRightFrontHead(string space, int right, int front)
    {
        var ct = Read(
            Start + $"space: {space}\nspace directions: (1,0,0) (0,1,0) (0,0,2)\nspace origin: (1,2,3)\nkey:=value: of its own\n\n");
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)i), ct.Voxels);
        Assert.Equal((right * 2, front * 3, 5), ct.Grid.Affine.ToWorld(1, 1, 1));
        Assert.Empty(ct.Notes);
    }

    [Fact]
    public void HeadersOfOtherToolsAreRead()
    {
        // A channel of length 1, centimetres, old spellings, bytes to skip, voxels elsewhere.
        const string Space = "space: RAS\nspace origin: (0,0,0)\n";
        const string Directions = "space directions: (1,0,0) (0,1,0) (0,0,2)\n";
        string four = Start.Replace("dimension: 3", "dimension: 4").Replace("sizes: 2", "sizes: 1 2");
        foreach (var (header, voxels) in ((string, byte[])[])[
            (four + Space + "space directions: none (1,0,0) (0,1,0) (0,0,2)\n\n", Voxels),
            (Start + Space + "space directions: (.1,0,0) (0,.1,0) (0,0,.2)\nspace units: \"cm\" \"cm\" \"cm\"\n\n", Voxels),
            (Start + Space + Directions + "byteskip: -1\n\n", [7, 7, 7, .. Voxels]),
            (Start + Space + Directions + "byte skip: 3\n\n", [7, 7, 7, .. Voxels]),
            (Start.Replace("raw", "gz").Replace("short", "int16_t") + Space + Directions + "byte skip: 3\n\n",
                Packed([7, 7, 7, .. Voxels])),
            (Start.Replace("little", "big") + Space + Directions + "\n", [.. Voxels.Chunk(2).SelectMany(pair => pair.Reverse())]),
        ])
        {
            var ct = Read(header, voxels);
            Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)i), ct.Voxels);
            var (x, y, z) = ct.Grid.Affine.ToWorld(1, 1, 1);
            Assert.Equal((1, 1, 2), (Math.Round(x, 6), Math.Round(y, 6), Math.Round(z, 6)));
        }
    }

    [Fact]
    public void WhatIsAssumedIsNoted()
    {
        Assert.Contains("left, back and head", Assert.Single(Read(Start + "spacings: 1 1 2\n\n").Notes), StringComparison.Ordinal);
        Assert.Equal(2, Read(Start + "\n").Notes.Count);
    }

    [Theory]
    [InlineData("NRRD0005\ntype: short\ndimension: 2\nsizes: 6 4\nendian: little\nencoding: raw\n\n", "a 2-D image")]
    [InlineData("NRRD0005\ntype: short\ndimension: 4\nsizes: 2 3 2 2\nendian: little\nencoding: raw\n\n", "several frames")]
    [InlineData("NRRD0005\ntype: short\ndimension: 3\nsizes: 2 3 4\nencoding: raw\n\n", "endian not said")]
    [InlineData("NRRD0005\ntype: block\ndimension: 3\nsizes: 2 3 4\nendian: little\nencoding: raw\n\n", "voxels of type block")]
    [InlineData("NRRD0005\ntype: short\ndimension: 3\nsizes: 2 3 4\nendian: little\nencoding: bzip2\n\n", "encoding BZIP2")]
    [InlineData(Start + "space: scanner-xyz\n\n", "space scanner-xyz")]
    [InlineData(Start + "space: RAS\nspace directions: (1,0,0) (0,1,0)\n\n", "three directions")]
    [InlineData(Start + "space: RAS\nspace directions: (1,0,0) (0,1,0) (0,1,0)\n\n", "independent axes")]
    [InlineData(Start + "space: RAS\nspace directions: (1,0,0) (0,1,0) (0,0\n\n", "vectors such as")]
    [InlineData(Start + "line skip: 4\n\n", "line skip 4")]
    [InlineData(Start + "data file: LIST\n\n", "several files")]
    [InlineData(Start + "data file: ../ct.raw\n\n", "beside the header")]
    [InlineData(Start + "data file: gone.raw\n\n", "nothing there")]
    [InlineData(Start, "neither voxels nor a data file")]
    [InlineData("NRRD0005\ntype: short\ndimension: 3\nsizes: 2 3 40\nendian: little\nencoding: raw\n\n", "the data end")]
    [InlineData("NRRD0005\ntype: short\ndimension: 99999999999\nsizes: 2\nendian: little\nencoding: raw\n\n", "dimensions")]
    [InlineData("NRRD0005\nhello\n\n", "without ':'")]
    public void OthersAreRefusedByName(string header, string expected)
    {
        var error = Assert.ThrowsAny<ScreenerException>(() => Read(header, header == Start ? [] : Voxels));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Packed(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return stream.ToArray();
    }

    private CtVolume Read(string header, byte[]? voxels = null)
    {
        string path = _folder["ct.nrrd"];
        File.WriteAllBytes(path, [.. Encoding.ASCII.GetBytes(header), .. voxels ?? Voxels]);
        return new NrrdReader().Read(path, VolumeReadOptions.Default);
    }
}
