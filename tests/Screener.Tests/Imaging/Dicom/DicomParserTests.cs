using System.Text;
using Screener.Errors;
using Screener.Imaging.Dicom;
using B = Screener.Tests.Imaging.Dicom.DicomFileBuilder;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>Hand-made files with the oddities that real ones have.</summary>
public sealed class DicomParserTests
{
    private static readonly float[] Expected = [.. Enumerable.Range(0, 20).Select(i => (100f * i) - 1024)];

    private static CtSliceHeader AssertRead(B builder, float[]? expected = null)
    {
        byte[] bytes = builder.ToBytes();
        var (header, hu) = B.Decode(bytes);
        Assert.Equal(expected ?? Expected, hu);
        Assert.Equal("1.2.3.2", header.SeriesUid);
        Assert.Equal([-10, -20, 30], header.Position!);
        // The header alone must come out the same from any number of first bytes that suffice, and null from fewer.
        int enough = bytes.Length;
        for (int n = 140; n < bytes.Length; n += 7)
        {
            if (DicomParser.Parse(bytes, n, bytes.Length, "test.dcm") is { } set)
            {
                enough = Math.Min(enough, n);
                Assert.Equal("1.2.3.2", CtSliceHeader.Of(set, 0).SeriesUid);
                Assert.True(set.PixelOffset > 0);
            }
            else
            {
                Assert.Equal(bytes.Length, enough);
            }
        }

        return header;
    }

    [Theory]
    [InlineData(B.ImplicitLittle)]
    [InlineData(B.ExplicitLittle)]
    [InlineData(B.BigEndian)]
    [InlineData(B.Deflated)]
    public void EveryUncompressedSyntaxIsRead(string syntax) => AssertRead(new B { Syntax = syntax });

    [Theory]
    [InlineData(B.ImplicitLittle)]
    [InlineData(B.ExplicitLittle)]
    [InlineData(B.BigEndian)]
    public void ABareDataSetIsRecognised(string syntax)
    {
        byte[] bytes = new B { Syntax = syntax, Bare = true }.ToBytes();
        Assert.True(DicomParser.LooksLikeDicom(bytes));
        var (header, hu) = B.Decode(bytes);
        Assert.Equal(Expected, hu);
        Assert.Equal("1.2.3.2", header.SeriesUid);
    }

    [Fact]
    public void OtherFilesAreNotTakenForDicom()
    {
        foreach (byte[] other in new[] { [], "DI"u8.ToArray(), "# a text file with some words"u8.ToArray(), new byte[200],
            [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0], "PK\x03\x04........"u8.ToArray() })
            Assert.False(DicomParser.LooksLikeDicom(other));
    }

    [Theory]
    [InlineData(B.ImplicitLittle)]
    [InlineData(B.ExplicitLittle)]
    [InlineData(B.BigEndian)]
    public void SequencesOfEveryLengthAndDepthAreSteppedOver(string syntax)
    {
        byte[] Inner(B b) =>
        [
            .. b.Header(0x0008_0100, "SH", 4, "CODE"u8.ToArray()),
            // A nested item holds its own UID: it must not become the image's.
            .. b.Header(0x0020_000E, "UI", 8, "9.9.9.9\0"u8.ToArray()),
            .. b.Header(0x0040_A730, "SQ", uint.MaxValue, []),
            .. b.Header(0xFFFE_E000, "", uint.MaxValue, []),
            .. b.Header(0x0028_0010, "US", 2, [9, 9]),
            .. b.Header(0xFFFE_E00D, "", 0, []),
            .. b.Header(0xFFFE_E000, "", 0, []),
            .. b.Header(0xFFFE_E0DD, "", 0, []),
        ];
        AssertRead(new B { Syntax = syntax }
            .Raw(0x0008_1110,
                b => b.Header(
                    0x0008_1110, "SQ", (uint)b.Header(0xFFFE_E000, "", (uint)Inner(b).Length, Inner(b)).Length,
                    b.Header(0xFFFE_E000, "", (uint)Inner(b).Length, Inner(b))))
            .Raw(0x0008_1115,
                b => [.. b.Header(0x0008_1115, "SQ", uint.MaxValue, []), .. b.Header(0xFFFE_E000, "", (uint)Inner(b).Length, Inner(b)),
                    .. b.Header(0xFFFE_E0DD, "", 0, [])])
            .Raw(0x0008_1140,
                b => [.. b.Header(0x0008_1140, "SQ", uint.MaxValue, []), .. b.Header(0xFFFE_E000, "", uint.MaxValue, []), .. Inner(b),
                    .. b.Header(0xFFFE_E00D, "", 0, []), .. b.Header(0xFFFE_E0DD, "", 0, [])])
            .Raw(0x0009_1010, b => b.Header(0x0009_1010, "SQ", 0, [])));
    }

    [Fact]
    public void APrivateSequenceWithVrUnHoldsImplicitElements()
    {
        var inner = new B { Syntax = B.ImplicitLittle };
        AssertRead(new B().Raw(0x0009_1010, b =>
        [
            .. b.Header(0x0009_1010, "UN", uint.MaxValue, []),
            .. b.Header(0xFFFE_E000, "", uint.MaxValue, []),
            .. inner.Header(0x0009_1011, "", 70_000, new byte[70_000]),
            .. b.Header(0xFFFE_E00D, "", 0, []),
            .. b.Header(0xFFFE_E0DD, "", 0, []),
        ]));
    }

    [Fact]
    public void AnIconWithFragmentsIsNotTakenForTheImage() =>
        AssertRead(new B().Raw(0x0088_0200, b =>
        [
            .. b.Header(0x0088_0200, "SQ", uint.MaxValue, []),
            .. b.Header(0xFFFE_E000, "", uint.MaxValue, []),
            .. b.Header(0x0028_0010, "US", 2, [64, 0]),
            .. b.Header(0x7FE0_0010, "OB", uint.MaxValue, []),
            .. b.Header(0xFFFE_E000, "", 0, []),
            .. b.Header(0xFFFE_E000, "", 6, [1, 2, 3, 4, 5, 6]),
            .. b.Header(0xFFFE_E0DD, "", 0, []),
            .. b.Header(0xFFFE_E00D, "", 0, []),
            .. b.Header(0xFFFE_E0DD, "", 0, []),
        ]));

    [Fact]
    public void PrivateUnknownAndOddElementsAreSteppedOver() =>
        AssertRead(new B { Trailer = [0xFC, 0xFF, 0xFC, 0xFF, (byte)'O', (byte)'B', 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] }
            .Element(0x0008_0000, "UL", [1, 2, 3, 4])
            .Text(0x0009_0010, "LO", "ACME 1.0")
            .Element(0x0009_1001, "ZZ", new byte[10])
            .Element(0x0009_1003, "LO", [1, 2, 3])
            .Raw(0x0009_1005, b => [9, 0, 5, 0x10, 4, 0, 0, 0, 1, 2, 3, 4])
            .Raw(0x0009_1007, b => b.Header(0xFFFE_E00D, "", 0, []))
            .Remove(0x0008_0008));

    [Fact]
    public void OddPaddingIsTrimmed()
    {
        var header = AssertRead(new B()
            .Element(0x0020_000E, "UI", "1.2.3.2\0\0\0"u8.ToArray())
            .Element(0x0008_0018, "UI", " 1.2.3.100 "u8.ToArray())
            .Element(0x0020_0032, "DS", "-10 \\ -2.0E+01\\+30.000 \0"u8.ToArray())
            .Element(0x0028_1052, "DS", " -1024.0\0"u8.ToArray())
            .Element(0x0008_0060, "CS", "CT\0\0"u8.ToArray()));
        Assert.Equal("1.2.3.100", header.SopInstanceUid);
        Assert.Equal("CT", header.Modality);
    }

    [Fact]
    public void OptionalElementsMayBeMissing()
    {
        var header = AssertRead(
            new B().Remove(0x0028_0002).Remove(0x0028_0004).Remove(0x0028_0101).Remove(0x0028_0102).Remove(0x0008_0016).Remove(
                0x0008_0018).Remove(0x0028_1053));
        Assert.Equal("1.2.840.10008.5.1.4.1.1.2", header.SopClassUid);
        Assert.Equal("", header.SopInstanceUid);
    }

    [Theory]
    [InlineData("ISO_IR 100", false)]
    [InlineData("ISO_IR 192", true)]
    public void DescriptionsFollowTheCharacterSet(string set, bool utf8)
    {
        byte[] text = (utf8 ? Encoding.UTF8 : Encoding.Latin1).GetBytes("Schädel ");
        Assert.Equal("Schädel", AssertRead(new B().Text(0x0008_0005, "CS", set).Element(0x0008_103E, "LO", text)).Description);
    }

    [Theory]
    [InlineData(B.ImplicitLittle, B.ExplicitLittle)]
    [InlineData(B.ExplicitLittle, B.ImplicitLittle)]
    public void ADeclaredSyntaxThatIsNotTheOneWrittenIsSeenThrough(string written, string declared)
    {
        string a = written.PadRight(20, '\0'), b = declared.PadRight(20, '\0');
        // Both UIDs are padded to one length so that the meta header's lengths stay right.
        string bytes = Encoding.Latin1.GetString(new B { Syntax = a }.ToBytes());
        byte[] data = new B { Syntax = written, Bare = true }.ToBytes();
        int end = bytes.IndexOf(a, StringComparison.Ordinal) + a.Length;
        var (header, hu) = B.Decode([.. Encoding.Latin1.GetBytes(bytes[..end].Replace(a, b)), .. data]);
        Assert.Equal(Expected, hu);
        Assert.Equal(written, header.Syntax.Uid);
    }

    [Fact]
    public void AMetaHeaderWithAWrongGroupLengthIsRead()
    {
        byte[] bytes = new B().ToBytes();
        bytes[140] ^= 0x55;
        Assert.Equal(Expected, B.Decode(bytes).Hu);
    }

    [Fact]
    public void DeepNestingIsRefusedWithoutOverflowingTheStack()
    {
        byte[] Nested(B b, int depth)
        {
            var bytes = new List<byte>();
            for (int i = 0; i < depth; i++)
            {
                bytes.AddRange(b.Header(0x0040_A730, "SQ", uint.MaxValue, []));
                bytes.AddRange(b.Header(0xFFFE_E000, "", uint.MaxValue, []));
            }

            for (int i = 0; i < depth; i++)
            {
                bytes.AddRange(b.Header(0xFFFE_E00D, "", 0, []));
                bytes.AddRange(b.Header(0xFFFE_E0DD, "", 0, []));
            }

            return [.. bytes];
        }

        AssertRead(new B().Raw(0x0009_1001, b => Nested(b, 60)));
        var error = Assert.Throws<VolumeFormatException>(() => B.Decode(new B().Raw(0x0009_1001, b => Nested(b, 100_000)).ToBytes()));
        Assert.Contains("nested deeper than 64", error.Message);
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1) (1.2.840.10008.1.2.4.50)|dcmdjpeg" },
        { "1.2.840.10008.1.2.4.80", "JPEG-LS Lossless (1.2.840.10008.1.2.4.80)|dcmdjpls" },
        { "1.2.840.10008.1.2.4.90", "JPEG 2000 (Lossless Only) (1.2.840.10008.1.2.4.90)|gdcmconv --raw" },
        { "1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 (Lossless Only)|dcm4che" },
        { "1.2.3.4.5", "unknown transfer syntax (1.2.3.4.5)|gdcmconv --raw" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void OtherSyntaxesAreNamedWithTheToolThatConvertsThem(string uid, string parts)
    {
        var error = Assert.Throws<CompressedPixelsException>(
            () => B.Decode(new B { Syntax = uid }.Fragments(false, new byte[400]).ToBytes()));
        foreach (string part in parts.Split('|'))
            Assert.Contains(part, error.Message);
    }

    [Fact]
    public void WhatIsNoCtSliceIsRefusedWithItsReason()
    {
        (B Builder, string Reason)[] cases =
        [
            (new B().Text(0x0028_0004, "CS", "MONOCHROME1"), "MONOCHROME1"),
            (new B().Word(0x0028_0002, 3), "3 samples per pixel"),
            (new B().Word(0x0028_0100, 32), "32 bits allocated"),
            (new B().Word(0x0028_0101, 17), "17 bits stored"),
            (new B().Word(0x0028_0102, 3), "bit 3"),
            (new B().Word(0x0028_0010, 0), "0 x 5 pixels"),
            (new B().Word(0x0028_0010, 5), "40 bytes of pixel data; expected enough for 5 x 5"),
            (new B().Text(0x0028_1053, "DS", "0"), "RescaleSlope 0"),
            (new B().Text(0x0028_1053, "DS", "one"), "RescaleSlope (0028,1053) is 'one'"),
            (new B().Text(0x0028_1053, "DS", "NaN"), "RescaleSlope (0028,1053) is 'NaN'"),
            (new B().Remove(0x0028_1053).Remove(0x0028_1052).Word(0x0028_0103, 0), "without RescaleIntercept"),
            (new B().Text(0x0020_0032, "DS", "1\\2"), "ImagePositionPatient"),
            (new B { Syntax = B.Rle }, "plain pixel data under the compressed transfer syntax RLE"),
            (new B().Fragments(false, new byte[40]), "fragments under the uncompressed transfer syntax"),
        ];
        foreach (var (builder, reason) in cases)
            Assert.Contains(reason, Assert.Throws<VolumeFormatException>(() => B.Decode(builder.ToBytes())).Message);
    }

    [Fact]
    public void EveryTruncationIsRefused()
    {
        byte[] bytes = new B().ToBytes();
        Assert.All(
            Enumerable.Range(0, bytes.Length), n => Assert.IsType<VolumeFormatException>(Record.Exception(() => B.Decode(bytes[..n]))));
    }
}
