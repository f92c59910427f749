using System.IO.Compression;
using Screener.Randomness;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>Real slices in every transfer syntax, as dcmtk and gdcm write them, against the same slices uncompressed.</summary>
public sealed class ConvertedFilesTests
{
    private static readonly string[] Sources = ["lidc-idri-0314/dicom.zip", "crlm-ct-1004/dicom.zip"];

    // A signed and an unsigned one made by hand, and where real CT is at hand one of each kind from it.
    private static IEnumerable<byte[]> Slices()
    {
        foreach (bool signed in new[] { false, true })
        {
            var random = new RandomStream(signed ? 1ul : 2ul);
            ushort[] values = [
                .. Enumerable.Range(0, 61 * 47).Select(i => (ushort)((signed ? -1000 : 24) + (i % 61 * 20) + random.NextInt(200)))];
            yield return new DicomFileBuilder(47, 61).Word(0x0028_0103, (ushort)(signed ? 1 : 0))
                .Word(0x0028_0101, (ushort)(signed ? 16 : 12)).Word(0x0028_0102, (ushort)(signed ? 15 : 11)).Pixels16(values).ToBytes();
        }

        foreach (string source in SharedCt.IsPresent ? Sources : [])
        {
            using var zip = ZipFile.OpenRead(SharedCt.PathOf(source));
            var entry = zip.Entries.Where(e => e.Length > 0).ElementAt(20);
            using var stream = entry.Open();
            var bytes = new byte[entry.Length];
            stream.ReadExactly(bytes);
            yield return bytes;
        }
    }

    [Theory]
    [InlineData("dcmconv +te", "1.2.840.10008.1.2.1")]
    [InlineData("dcmconv +ti", "1.2.840.10008.1.2")]
    [InlineData("dcmconv +tb", "1.2.840.10008.1.2.2")]
    [InlineData("dcmconv +td", "1.2.840.10008.1.2.1.99")]
    [InlineData("dcmconv +te -F", "1.2.840.10008.1.2.1")]
    [InlineData("dcmconv +ti -F", "1.2.840.10008.1.2")]
    [InlineData("dcmconv +tb -F", "1.2.840.10008.1.2.2")]
    [InlineData("dcmconv +te -e", "1.2.840.10008.1.2.1")]
    [InlineData("dcmconv +te +e +p 4096 512", "1.2.840.10008.1.2.1")]
    [InlineData("dcmcrle", "1.2.840.10008.1.2.5")]
    [InlineData("dcmcrle -ot +fs 8", "1.2.840.10008.1.2.5")]
    [InlineData("dcmcjpeg +e1", "1.2.840.10008.1.2.4.70")]
    [InlineData("dcmcjpeg +e1 -ot +fs 4", "1.2.840.10008.1.2.4.70")]
    [InlineData("dcmcjpeg +e1 +ot +fs 64", "1.2.840.10008.1.2.4.70")]
    [InlineData("dcmcjpeg +el +sv 1", "1.2.840.10008.1.2.4.57")]
    [InlineData("dcmcjpeg +el +sv 2", "1.2.840.10008.1.2.4.57")]
    [InlineData("dcmcjpeg +el +sv 3", "1.2.840.10008.1.2.4.57")]
    [InlineData("dcmcjpeg +el +sv 4", "1.2.840.10008.1.2.4.57")]
    [InlineData("dcmcjpeg +el +sv 5", "1.2.840.10008.1.2.4.57")]
    [InlineData("dcmcjpeg +el +sv 6", "1.2.840.10008.1.2.4.57")]
    [InlineData("dcmcjpeg +el +sv 7", "1.2.840.10008.1.2.4.57")]
    [InlineData("gdcmconv --jpeg", "1.2.840.10008.1.2.4.70")]
    [InlineData("gdcmconv --rle", "1.2.840.10008.1.2.5")]
    [InlineData("gdcmconv --raw --explicit", "1.2.840.10008.1.2.1")]
    [InlineData("gdcmconv --raw --implicit", "1.2.840.10008.1.2")]
    public void AConvertedSliceIsTheSame(string command, string syntax)
    {
        using var folder = new TemporaryFolder();
        int n = 0;
        foreach (byte[] bytes in Slices())
        {
            string input = folder[$"in{n}.dcm"], output = folder[$"out{n++}.dcm"];
            File.WriteAllBytes(input, bytes);
            ConverterTool.Run(command, input, output);
            var (expectedHeader, expected) = DicomFileBuilder.Decode(bytes);
            var (header, hu) = DicomFileBuilder.Decode(File.ReadAllBytes(output));
            if (!command.Contains("-F"))
                Assert.Equal(syntax, header.Syntax.Uid);
            Assert.Equal(expectedHeader.SeriesUid, header.SeriesUid);
            Assert.Equal(expectedHeader.Position!, header.Position!);
            Assert.True(expected.AsSpan().SequenceEqual(hu), $"{command}: other pixels in slice {n}");
        }
    }

    [Fact]
    public void APointTransformGivesWhatDcmtkDecodes()
    {
        using var folder = new TemporaryFolder();
        foreach (byte[] bytes in Slices())
        {
            File.WriteAllBytes(folder["in.dcm"], bytes);
            ConverterTool.Run("dcmcjpeg +el +sv 5 +pt 3", folder["in.dcm"], folder["jpeg.dcm"]);
            ConverterTool.Run("dcmdjpeg", folder["jpeg.dcm"], folder["plain.dcm"]);
            var expected = DicomFileBuilder.Decode(File.ReadAllBytes(folder["plain.dcm"])).Hu;
            Assert.NotEqual(expected, DicomFileBuilder.Decode(bytes).Hu);
            Assert.Equal(expected, DicomFileBuilder.Decode(File.ReadAllBytes(folder["jpeg.dcm"])).Hu);
        }
    }

    [Theory]
    [InlineData("gdcmconv --j2k", "JPEG 2000 (Lossless Only)")]
    [InlineData("gdcmconv --jpegls", "JPEG-LS Lossless")]
    [InlineData("dcmconv +tg", "GE private")]
    public void WhatIsNotReadIsNamed(string command, string name)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["in.dcm"], Slices().First());
        ConverterTool.Run(command, folder["in.dcm"], folder["out.dcm"]);
        var error = Assert.Throws<Screener.Errors.CompressedPixelsException>(
            () => DicomFileBuilder.Decode(File.ReadAllBytes(folder["out.dcm"])));
        Assert.Contains(name, error.Message);
    }
}
