using Screener.Imaging.Dicom;
using Screener.Randomness;
using B = Screener.Tests.Imaging.Dicom.DicomFileBuilder;

namespace Screener.Tests.Imaging.Dicom;

public sealed class HounsfieldConversionTests
{
    private static PixelFormat Format(
        int stored, int high, bool signed, double slope = 1, double intercept = -1024, ushort? padding = null, ushort? limit = null) =>
            new()
    {
        HasPixels = true, Rows = 1, Columns = 1, SamplesPerPixel = 1, Photometric = "MONOCHROME2", BitsAllocated = 16, BitsStored = stored,
        HighBit = high,
        IsSigned = signed, Slope = slope, Intercept = intercept, Padding = padding, PaddingLimit = limit, PixelBytes = 2,
    };

    [Fact]
    public void EveryStoredValueOfEveryBitLayoutIsConvertedAsTheStandardSays()
    {
        ushort[] all = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i), .. Enumerable.Range(7, 11).Select(i => (ushort)i)];
        var hu = new float[all.Length];
        for (int stored = 1; stored <= 16; stored++)
        {
            foreach (int high in new[] { stored - 1, 15, (stored + 14) / 2 })
            {
                foreach (bool signed in new[] { false, true })
                {
                    new HounsfieldConversion(Format(stored, high, signed, 0.5, 3)).Convert(all, hu);
                    for (int i = 0; i < all.Length; i++)
                    {
                        // The stored bits, moved down and masked; then the sign bit's weight is negative.
                        int value = (all[i] >> (high - stored + 1)) & ((1 << stored) - 1);
                        if (signed && (value >> (stored - 1)) == 1)
                            value -= 1 << stored;
                        float expected = (value * 0.5f) + 3;
                        if (expected is -2048 or -3024)
                            expected = -1000;
                        if (hu[i] != expected)
                            Assert.Fail($"{stored} bits up to {high}, signed {signed}, stored {all[i]}: {hu[i]} instead of {expected}");
                    }
                }
            }
        }
    }

    public static TheoryData<int, bool, int, int?, int, float> Cases => new()
    {
        // Stored value, signed, padding, limit, and HU: slope 1, intercept -1024.
        { -2000, true, -2000, null, -1024, -1000 },       // GE: declared padding.
        { 63536, true, 63536, null, -1024, -1000 },       // the same with VR US, as LIDC-IDRI-0001 has it
        { -1024, true, -2000, null, -1024, -1000 },       // -2048 HU, undeclared
        { -1023, true, -2000, null, -1024, -2047 },       // a value below -1024 HU stays
        { 0, false, 0, null, -1024, -1000 },              // padding 0 is -1024 HU
        { 0, true, 0, null, 0, 0 },                       // declared padding 0 that would be water is not believed
        { -1500, true, -2000, -1400, 0, -1000 },          // a range
        { -1399, true, -2000, -1400, 0, -1399 },
        { -1500, true, -1400, -2000, 0, -1000 },          // a range the other way round
        { 50, true, -2000, 300, 0, 50 },                  // a range that reaches into tissue is not believed
        { 32767, true, 32767, null, 0, -1000 },           // padding brighter than anything in a body
        { 63536, false, 63536, null, 0, -1000 },
        { 1000, false, 63536, null, -1024, -24 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void PaddingBecomesAir(int stored, bool signed, int padding, int? limit, int intercept, float expected)
    {
        var conversion = new HounsfieldConversion(Format(16, 15, signed, 1, intercept, (ushort)padding, (ushort?)limit));
        foreach (int length in new[] { 1, 100 })
        {
            ushort[] values = [.. Enumerable.Repeat((ushort)stored, length)];
            var hu = new float[length];
            conversion.Convert(values, hu);
            Assert.All(hu, h => Assert.Equal(expected, h));
        }
    }

    [Fact]
    public void EightBitPixelsAreReadInBothByteOrders()
    {
        byte[] pixels = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        float[] expected = [.. pixels.Select(p => p - 1024f)];
        byte[] swapped = [2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 0, 15];
        B Make(string syntax, string vr, byte[] value) => new B(3, 5) { Syntax = syntax }
            .Word(0x0028_0100, 8).Word(0x0028_0101, 8).Word(0x0028_0102, 7).Word(0x0028_0103, 0).Element(0x7FE0_0010, vr, value);
        Assert.Equal(expected, B.Decode(Make(B.ExplicitLittle, "OW", [.. pixels, 0]).ToBytes()).Hu);
        Assert.Equal(expected, B.Decode(Make(B.ExplicitLittle, "OB", pixels).ToBytes()).Hu);
        Assert.Equal(expected, B.Decode(Make(B.BigEndian, "OB", pixels).ToBytes()).Hu);
        Assert.Equal(expected, B.Decode(Make(B.BigEndian, "OW", swapped).ToBytes()).Hu);
    }

    [Fact]
    public void EachSliceHasItsOwnRescale()
    {
        var random = new RandomStream(2);
        for (int i = 0; i < 20; i++)
        {
            double slope = random.Uniform(0.001, 3), intercept = random.Uniform(-1100, 0);
            var (_, hu) = B.Decode(new B()
                .Text(0x0028_1053, "DS", slope.ToString("G12", System.Globalization.CultureInfo.InvariantCulture))
                .Text(0x0028_1052, "DS", intercept.ToString("G12", System.Globalization.CultureInfo.InvariantCulture)).ToBytes());
            for (int p = 0; p < hu.Length; p++)
                Assert.Equal((100 * p * slope) + intercept, hu[p], 1e-3);
        }
    }
}
