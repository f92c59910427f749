using System.Buffers.Binary;
using System.Text;
using Screener.Imaging;
using Screener.Imaging.Nifti;

namespace Screener.Tests.Imaging.Nifti;

public sealed class LabelNamesTests
{
    private const string Table =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?> <CaretExtension>  <Date><![CDATA[2013-07-14T05:45:09]]></Date>"
        + "   <VolumeInformation Index=\"0\">   <LabelTable>\n"
        + "<Label Key=\"1\" Red=\"0\" Green=\"1.0\" Blue=\"0\" Alpha=\"1\"><![CDATA[spleen]]></Label>\n"
        + "<Label Key=\"5\" Red=\"0\" Green=\"0\" Blue=\"1.0\" Alpha=\"1\"><![CDATA[liver]]></Label>\n"
        + "<Label Key=\"300\"><![CDATA[none]]></Label>"
        + "\n  </LabelTable>  <VolumeType><![CDATA[Label]]></VolumeType>   </VolumeInformation></CaretExtension>\n              ";

    [Fact]
    public void OfAFileAreReadAndKept()
    {
        using var folder = new TemporaryFolder();
        var grid = new VolumeGrid(new VolumeShape(4, 5, 6), Affine.Canonical(new Spacing(2, 2, 2)));
        string path = folder["organs.nii"];
        NiftiWriter.Write(path, new LabelVolume(grid, [.. Enumerable.Range(0, 120).Select(i => (byte)(i % 7))]));
        byte[] plain = File.ReadAllBytes(path);
        Assert.Empty(NiftiVolumeReader.ReadLabels(path).Names);

        byte[] extensions = Extensions(Table);
        byte[] named = [.. plain[..348], .. extensions, .. plain[352..]];
        BinaryPrimitives.WriteSingleLittleEndian(named.AsSpan(108), 348 + extensions.Length);
        File.WriteAllBytes(path, named);
        var labels = NiftiVolumeReader.ReadLabels(path);
        Assert.Equal(120, labels.Voxels.Length);
        Assert.Equal(5, labels.Voxels[5]);
        Assert.Equal([(1, "spleen"), (5, "liver")], labels.Names.OrderBy(n => n.Key).Select(n => ((int)n.Key, n.Value)));
        Assert.Same(labels.Names, labels.On(grid, labels.Voxels).Names);
    }

    [Theory]
    [InlineData("<LabelTable><Label Key=\"1\">spleen")]
    [InlineData("<!DOCTYPE x [<!ENTITY a \"b\">]><LabelTable><Label Key=\"1\">&a;</Label></LabelTable>")]
    [InlineData("<LabelTable></LabelTable>")]
    [InlineData("")]
    public void WhatCannotBeReadHasNoNames(string text) => Assert.Empty(LabelNames.Of(Extensions(text), false));

    [Fact]
    public void LengthsThatLieAreNotFollowed()
    {
        byte[] extensions = Extensions(Table);
        foreach (int size in (int[])[-1, 0, 7, int.MaxValue])
        {
            BinaryPrimitives.WriteInt32LittleEndian(extensions.AsSpan(4), size);
            Assert.Empty(LabelNames.Of(extensions, false));
        }

        Assert.Empty(LabelNames.Of([1, 0], false));
    }

    // As nibabel writes one extension of code 0: a multiple of 16 bytes.
    private static byte[] Extensions(string text)
    {
        byte[] content = Encoding.UTF8.GetBytes(text);
        byte[] bytes = new byte[4 + ((content.Length + 8 + 15) / 16 * 16)];
        bytes[0] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length - 4);
        content.CopyTo(bytes.AsSpan(12));
        return bytes;
    }
}
