using Screener.Errors;
using Screener.Imaging.Dicom;
using Screener.Randomness;

namespace Screener.Tests.Imaging.Dicom;

public sealed class RleDecoderTests
{
    // PackBits by the rules of PS3.5 annex G.3, with runs, literals and no-operations thrown in at random.
    internal static byte[] Encode(ushort[] samples, int bytesPerSample, RandomStream random)
    {
        var segments = new List<byte[]>();
        for (int s = bytesPerSample - 1; s >= 0; s--)
        {
            byte[] plane = [.. samples.Select(v => (byte)(v >> (8 * s)))];
            var packed = new List<byte>();
            for (int i = 0; i < plane.Length;)
            {
                if (random.Chance(0.1))
                    packed.Add(128);
                int run = 1;
                while (i + run < plane.Length && run < 128 && plane[i + run] == plane[i])
                    run++;
                if (run > 1)
                {
                    packed.AddRange([(byte)(1 - run), plane[i]]);
                    i += run;
                    continue;
                }

                int literal = Math.Min(1 + random.NextInt(128), plane.Length - i);
                packed.Add((byte)(literal - 1));
                packed.AddRange(plane[i..(i + literal)]);
                i += literal;
            }

            if (packed.Count % 2 == 1)
                packed.Add(0);
            segments.Add([.. packed]);
        }

        var header = new uint[16];
        header[0] = (uint)bytesPerSample;
        for (int s = 0, at = 64; s < segments.Count; at += segments[s++].Length)
            header[s + 1] = (uint)at;
        return [.. header.SelectMany(BitConverter.GetBytes), .. segments.SelectMany(b => b)];
    }

    [Fact]
    public void RunsLiteralsAndNoOperationsOfEveryLengthAreDecoded()
    {
        var random = new RandomStream(4);
        for (int n = 1; n < 400; n += 3)
        {
            ushort[] samples = [.. Enumerable.Range(0, n).Select(_ => (ushort)(random.Chance(0.7) ? 0x1234 : random.NextInt(65536)))];
            for (int bytes = 1; bytes <= 2; bytes++)
            {
                var decoded = new ushort[n];
                RleDecoder.Decode(Encode(samples, bytes, random), bytes, decoded, "test");
                Assert.Equal(samples.Select(s => (ushort)(bytes == 1 ? s & 0xFF : s)), decoded);
            }
        }
    }

    [Fact]
    public void DamageIsRefusedWithItsReason()
    {
        byte[] good = Encode([.. Enumerable.Range(0, 300).Select(i => (ushort)i)], 2, new RandomStream(1));
        void Refused(byte[] data, int bytes, string reason) =>
            Assert.Contains(
                reason, Assert.Throws<VolumeFormatException>(() => RleDecoder.Decode(data, bytes, new ushort[300], "test")).Message);
        Refused(good[..60], 2, "60 bytes");
        Refused(good, 1, "2 segments");
        Refused(good[..^10], 2, "ends after");
        byte[] offset = (byte[])good.Clone();
        offset[7] = 0x7F;
        Refused(offset, 2, "RLE segment from byte");
        offset = (byte[])good.Clone();
        offset[8] = 1;
        offset[9] = 0;
        Refused(offset, 2, "RLE segment from byte");
    }
}
