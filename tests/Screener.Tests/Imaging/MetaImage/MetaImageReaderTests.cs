using System.Text;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.MetaImage;

namespace Screener.Tests.Imaging.MetaImage;

public sealed class MetaImageReaderTests : IDisposable
{
    private const string Start = "ObjectType = Image\nNDims = 3\nDimSize = 2 3 4\nElementType = MET_SHORT\n";

    private const string Place = "ElementSpacing = 1 1 2\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 1 2 3\n";

    private static readonly byte[] Voxels = [.. Enumerable.Range(0, 48).Select(i => (byte)(i % 2 == 0 ? i / 2 : 0))];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void HeadersOfOtherToolsAreRead()
    {
        // Other names of fields, voxels behind a header of their own, at the end of a file, most significant byte first.
        foreach (string header in (string[])[
            Start + Place + "BinaryData = True\nElementDataFile = LOCAL\n",
            Start + "ElementSize = 1 1 2\nRotation = 1 0 0 0 1 0 0 0 1\nPosition = 1 2 3\nElementByteOrderMSB = False\n"
                + "ElementDataFile = LOCAL\n",
            Start + "ElementSpacing = 0.1 0.1 0.2\nOrientation = 1 0 0 0 1 0 0 0 1\nOrigin = .1 .2 .3\nDistanceUnits = cm\n"
                + "HeaderSize = 0\nElementDataFile = LOCAL\n",
            Start + Place + "HeaderSize = -1\nElementDataFile = LOCAL\n",
            (Start + Place).Replace("\n", "\r\n") + "CompressedData = False\r\nElementDataFile = LOCAL\r\n",
        ])
        {
            var ct = Read(header, Voxels);
            Assert.Equal(new VolumeShape(4, 3, 2), ct.Shape);
            Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)i), ct.Voxels);
            var (x, y, z) = ct.Grid.Affine.ToWorld(1, 1, 1);
            Assert.Equal((-2, -3, 5), (Math.Round(x, 6), Math.Round(y, 6), Math.Round(z, 6)));
            Assert.Empty(ct.Notes);
        }

        byte[] swapped = [.. Voxels.Chunk(2).SelectMany(pair => pair.Reverse())];
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)i), Read(
            Start + Place + "BinaryDataByteOrderMSB = True\nElementDataFile = LOCAL\n", swapped).Voxels);
    }

    [Fact]
    public void WhatIsAssumedIsNoted()
    {
        var ct = Read(Start + "ElementDataFile = LOCAL\n", Voxels);
        Assert.Equal(2, ct.Notes.Count);
        Assert.Equal(new Spacing(1, 1, 1), ct.Spacing);
    }

    [Theory]
    [InlineData("NDims = 2\nDimSize = 2 3\nElementType = MET_SHORT\nElementDataFile = LOCAL\n", "a 2-D image")]
    [InlineData("NDims = 4\nDimSize = 2 3 2 2\nElementType = MET_SHORT\nElementDataFile = LOCAL\n", "several frames")]
    [InlineData(Start + "ElementNumberOfChannels = 3\nElementDataFile = LOCAL\n", "ElementNumberOfChannels 3")]
    [InlineData(Start + "BinaryData = False\nElementDataFile = LOCAL\n", "binary voxels")]
    [InlineData(Start + "ElementToIntensityFunctionSlope = 2\nElementDataFile = LOCAL\n", "not scaled")]
    [InlineData(Start + "TransformMatrix = 1 0 0 1 0 0 0 0 1\nElementDataFile = LOCAL\n", "independent axes")]
    [InlineData(Start + "ElementSpacing = 1 nan 1\nElementDataFile = LOCAL\n", "ElementSpacing 1 nan 1")]
    [InlineData(Start + "ElementDataFile = LIST\n", "several files")]
    [InlineData(Start + "ElementDataFile = slice%03d.raw\n", "several files")]
    [InlineData(Start + "ElementDataFile = ../other.raw\n", "beside the header")]
    [InlineData(Start + "ElementDataFile = /etc/passwd\n", "beside the header")]
    [InlineData(Start + "ElementDataFile = gone.raw\n", "nothing there")]
    [InlineData(Start + Place, "no ElementDataFile")]
    [InlineData("NDims = 3\nDimSize = 20000 20000 20000\nElementType = MET_SHORT\nElementDataFile = LOCAL\n", "at most")]
    [InlineData("ObjectType = Image\nNDims = 3\nDimSize = 2 3 40\nElementType = MET_SHORT\nElementDataFile = LOCAL\n", "the data end")]
    [InlineData("NDims = 3\nDimSize = 2 3 4\nElementType = MET_SHORT_ARRAY\nElementDataFile = LOCAL\n", "MET_SHORT_ARRAY")]
    [InlineData("ObjectType = Scene\nNDims = 3\nDimSize = 2 3 4\nElementType = MET_SHORT\nElementDataFile = LOCAL\n", "an image")]
    [InlineData("hello\n", "without '='")]
    public void OthersAreRefusedByName(string header, string expected)
    {
        var error = Assert.ThrowsAny<ScreenerException>(() => Read(header, header == Start + Place ? [] : Voxels));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private CtVolume Read(string header, byte[] voxels)
    {
        string path = _folder["ct.mha"];
        File.WriteAllBytes(path, [.. Encoding.ASCII.GetBytes(header), .. voxels]);
        return new MetaImageReader().Read(path, VolumeReadOptions.Default);
    }
}
