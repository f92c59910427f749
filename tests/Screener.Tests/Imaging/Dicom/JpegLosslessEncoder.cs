namespace Screener.Tests.Imaging.Dicom;

/// <summary>
/// A plain encoder of lossless JPEG (ITU-T T.81 annex H), written sample by sample from the standard, to test the decoder with what dcmtk
/// and gdcm do not write.
/// </summary>
internal static class JpegLosslessEncoder
{
    /// <summary>Encodes samples of <paramref name="precision"/> bits; with a point transform, their low bits are lost.</summary>
    public static byte[] Encode(
        ReadOnlySpan<ushort> samples, int rows, int columns, int precision, int predictor, int transform = 0, int restartRows = 0,
        bool longCodes = false)
    {
        var bytes = new List<byte> { 0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xFE, 0, 3, 65 };
        bytes.AddRange(
            [0xFF, 0xC3, 0, 11, (byte)precision, (byte)(rows >> 8), (byte)rows, (byte)(columns >> 8), (byte)columns, 1, 1, 0x11, 0]);
        // 17 categories: either all codes of five bits, or 1, 2, 3, ... 15, 16, 16 bits and with it codes longer than any table.
        byte[] counts = new byte[16];
        if (longCodes)
        {
            Array.Fill(counts, (byte)1);
            counts[15] = 2;
        }
        else
        {
            counts[4] = 17;
        }

        bytes.AddRange([0xFF, 0xC4, 0, 2 + 17 + 17, 2, .. counts]);
        bytes.AddRange(Enumerable.Range(0, 17).Select(i => (byte)i));
        if (restartRows > 0)
            bytes.AddRange([0xFF, 0xDD, 0, 4, (byte)(restartRows * columns >> 8), (byte)(restartRows * columns)]);
        bytes.AddRange([0xFF, 0xDA, 0, 8, 1, 1, 0x20, (byte)predictor, 0, (byte)transform]);

        var x = new int[samples.Length];
        for (int i = 0; i < x.Length; i++)
            x[i] = samples[i] >> transform;
        ulong pending = 0;
        int count = 0;
        void Put(int value, int bits)
        {
            for (int b = bits - 1; b >= 0; b--)
            {
                pending = (pending << 1) | (uint)((value >> b) & 1);
                if (++count < 8)
                    continue;
                bytes.Add((byte)pending);
                if ((byte)pending == 0xFF)
                    bytes.Add(0);
                (pending, count) = (0, 0);
            }
        }

        void Flush()
        {
            while (count != 0)
                Put(1, 1);
        }

        for (int r = 0; r < rows; r++)
        {
            bool first = r == 0;
            if (restartRows > 0 && r > 0 && r % restartRows == 0)
            {
                Flush();
                bytes.AddRange([0xFF, (byte)(0xD0 + ((r / restartRows - 1) % 8))]);
                first = true;
            }

            for (int c = 0; c < columns; c++)
            {
                int At(int dr, int dc) => x[((r - dr) * columns) + c - dc];
                int prediction = (first, c) switch
                {
                    (true, 0) => 1 << (precision - transform - 1),
                    (true, _) => At(0, 1),
                    (false, 0) => At(1, 0),
                    _ => predictor switch
                    {
                        1 => At(0, 1),
                        2 => At(1, 0),
                        3 => At(1, 1),
                        4 => At(0, 1) + At(1, 0) - At(1, 1),
                        5 => At(0, 1) + ((At(1, 0) - At(1, 1)) >> 1),
                        6 => At(1, 0) + ((At(0, 1) - At(1, 1)) >> 1),
                        _ => (At(0, 1) + At(1, 0)) >> 1,
                    },
                };
                int difference = (short)(x[(r * columns) + c] - prediction);
                if (difference == short.MinValue)
                {
                    PutCategory(16);
                    continue;
                }

                int category = 0;
                while (Math.Abs(difference) >> category != 0)
                    category++;
                PutCategory(category);
                Put(difference < 0 ? difference - 1 + (1 << category) : difference, category);
            }
        }

        Flush();
        bytes.AddRange([0xFF, 0xD9]);
        return [.. bytes];

        void PutCategory(int category)
        {
            if (!longCodes)
                Put(category, 5);
            else if (category < 15)
                Put((1 << (category + 1)) - 2, category + 1);
            else
                Put(category == 15 ? 0xFFFE : 0xFFFF, 16);
        }
    }
}
