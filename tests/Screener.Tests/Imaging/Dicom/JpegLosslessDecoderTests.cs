using Screener.Errors;
using Screener.Imaging.Dicom;
using Screener.Randomness;
using B = Screener.Tests.Imaging.Dicom.DicomFileBuilder;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>What dcmtk and gdcm do not write: every precision, restart intervals, long codes, extreme differences.</summary>
public sealed class JpegLosslessDecoderTests
{
    private static ushort[] Noise(int rows, int columns, int precision, bool smooth)
    {
        var random = new RandomStream((ulong)(precision + (smooth ? 100 : 0)));
        int range = 1 << precision;
        return [.. Enumerable.Range(0, rows * columns).Select(
            i => (ushort)(smooth ? ((i % columns * 3) + random.NextInt(Math.Min(range, 9))) % range : random.NextInt(range)))];
    }

    [Fact]
    public void EveryPredictorPrecisionTransformAndRestartIntervalIsDecoded()
    {
        const int Rows = 13, Columns = 17;
        for (int precision = 2; precision <= 16; precision++)
        {
            for (int predictor = 1; predictor <= 7; predictor++)
            {
                foreach (int transform in new[] { 0, 1, precision / 2 })
                {
                    foreach (int restart in new[] { 0, 1, 4 })
                    {
                        var samples = Noise(Rows, Columns, precision, (predictor & 1) == 0);
                        byte[] jpeg = JpegLosslessEncoder.Encode(
                            samples, Rows, Columns, precision, predictor, transform, restart, longCodes: restart != 1);
                        var decoded = new ushort[samples.Length];
                        JpegLosslessDecoder.Decode(jpeg, Rows, Columns, decoded, "test");
                        ushort[] expected = [.. samples.Select(s => (ushort)(s >> transform << transform))];
                        if (!expected.AsSpan().SequenceEqual(decoded))
                            Assert.Fail($"{precision} bits, predictor {predictor}, transform {transform}, restart every {restart} lines");
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(B.Jpeg57, true, 1)]
    [InlineData(B.Jpeg57, false, 5)]
    [InlineData(B.Jpeg70, true, 3)]
    [InlineData(B.Jpeg70, false, 1)]
    public void AFrameInFragmentsIsRead(string syntax, bool offsetTable, int fragments)
    {
        ushort[] samples = Noise(9, 11, 16, true);
        byte[] jpeg = [.. JpegLosslessEncoder.Encode(samples, 9, 11, 16, 1), 0];
        byte[][] parts = [.. jpeg.Chunk((jpeg.Length + fragments - 1) / fragments)];
        var (_, hu) = B.Decode(new B(9, 11) { Syntax = syntax }.Fragments(offsetTable, parts).ToBytes());
        Assert.Equal(samples.Select(s => (short)s - 1024f), hu);
    }

    [Fact]
    public void DcmtkDecodesTheEncodersFilesToTheSame()
    {
        using var folder = new TemporaryFolder();
        foreach (int restart in new[] { 0, 3 })
        {
            byte[] jpeg = JpegLosslessEncoder.Encode(Noise(9, 12, 12, true), 9, 12, 12, 6, 0, restart);
            byte[] file = new B(9, 12) { Syntax = B.Jpeg57 }.Word(0x0028_0103, 0).Word(0x0028_0101, 12).Word(0x0028_0102, 11)
                .Fragments(false, jpeg.Length % 2 == 0 ? jpeg : [.. jpeg, 0]).ToBytes();
            File.WriteAllBytes(folder["jpeg.dcm"], file);
            ConverterTool.Run("dcmdjpeg", folder["jpeg.dcm"], folder["plain.dcm"]);
            Assert.Equal(B.Decode(File.ReadAllBytes(folder["plain.dcm"])).Hu, B.Decode(file).Hu);
        }
    }

    [Fact]
    public void WhatIsNotLosslessJpegOfThisSizeIsRefusedWithItsReason()
    {
        byte[] good = JpegLosslessEncoder.Encode(Noise(4, 5, 16, true), 4, 5, 16, 1);
        int frame = Array.IndexOf(good, (byte)0xC3), scan = Array.IndexOf(good, (byte)0xDA);
        (Func<byte[], byte[]> Change, string Reason)[] cases =
        [
            (b => With(b, frame, 0xC0), "process SOF0"),
            (b => With(b, frame, 0xC1), "process SOF1"),
            (b => With(b, frame + 5, 9), "9 x 5 pixels; expected 4 x 5"),
            (b => With(b, frame + 5, 0), "0 x 5 pixels"),
            (b => With(b, frame + 3, 17), "17 bits"),
            (b => With(b, frame + 8, 3), "3 components"),
            (b => With(b, scan + 6, 0), "predictor 0"),
            (b => With(b, scan + 6, 8), "predictor 8"),
            (b => With(With(b, frame + 3, 4), scan + 8, 4), "point transform 4 for 4 bits"),
            (b => With(b, scan + 5, 0x10), "Huffman table 1"),
            (b => b[..^8], "end at line"),
            (b => [.. b[..(scan - 1)], 0xFF, 0xDD, 0, 4, 0, 7, .. b[(scan - 1)..]], "restart interval of 7"),
            (b => [.. b[..(scan - 1)], 0xFF, 0xDD, 0, 4, 0, 5, .. b[(scan - 1)..]], "JPEG"),
            (b => b[..(scan - 1)], "before its scan"),
            (b => b[2..], "SOI"),
            (_ => [], "SOI"),
        ];
        foreach (var (change, reason) in cases)
        {
            byte[] bytes = change((byte[])good.Clone());
            Assert.Contains(
                reason, Assert.Throws<VolumeFormatException>(
                    () => JpegLosslessDecoder.Decode(bytes, 4, 5, new ushort[20], "test")).Message);
        }

        static byte[] With(byte[] bytes, int at, byte value)
        {
            bytes[at] = value;
            return bytes;
        }
    }
}
