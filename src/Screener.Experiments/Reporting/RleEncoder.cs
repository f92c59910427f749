using System.Buffers.Binary;

namespace Screener.Reporting;

/// <summary>Encodes a frame of 8-bit samples in RLE Lossless (PS3.5 annex G): one segment for each sample of a pixel.</summary>
internal static class RleEncoder
{
    private const int HeaderBytes = 64, MostAtOnce = 128;

    /// <summary>Encodes a frame.</summary>
    /// <param name="pixels">Samples side by side, pixel by pixel, row by row.</param>
    /// <param name="width">Pixels in a row: no run goes on in the next one.</param>
    /// <param name="samples">Samples of a pixel.</param>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int samples)
    {
        var data = new List<byte>(HeaderBytes + (pixels.Length / 2));
        data.AddRange(new byte[HeaderBytes]);
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(header, samples);
        var row = new byte[width];
        for (int s = 0; s < samples; s++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(header[(4 + (4 * s))..], data.Count);
            for (int start = s; start < pixels.Length; start += width * samples)
            {
                for (int x = 0; x < width; x++)
                    row[x] = pixels[start + (x * samples)];
                Pack(row, data);
            }

            if (data.Count % 2 == 1)
                data.Add(0);
        }

        byte[] frame = [.. data];
        header.CopyTo(frame);
        return frame;
    }

    private static void Pack(ReadOnlySpan<byte> row, List<byte> to)
    {
        for (int i = 0; i < row.Length;)
        {
            int run = Run(row[i..]);
            if (run > 1)
            {
                to.Add((byte)(1 - run));
                to.Add(row[i]);
                i += run;
                continue;
            }

            // A literal goes on until three equal samples come: two cost as much either way.
            int end = i + 1;
            while (end < row.Length && end - i < MostAtOnce && Run(row[end..]) < 3)
                end++;
            to.Add((byte)(end - i - 1));
            to.AddRange(row[i..end]);
            i = end;
        }
    }

    private static int Run(ReadOnlySpan<byte> rest)
    {
        int length = 1;
        while (length < rest.Length && length < MostAtOnce && rest[length] == rest[0])
            length++;
        return length;
    }
}
