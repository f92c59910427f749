using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Screener.Imaging;
using Screener.Storage;

namespace Screener.Reporting;

/// <summary>Writes pictures as PNG (ISO/IEC 15948): 8-bit greyscale where every pixel is grey, otherwise 8-bit RGB.</summary>
public static class PngImage
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The bytes of a PNG file.</summary>
    public static byte[] Encode(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var stream = new MemoryStream();
        Encode(image, stream);
        return stream.ToArray();
    }

    /// <summary>Writes a PNG file.</summary>
    /// <exception cref="Errors.OutputException">The file cannot be written.</exception>
    public static void Save(RgbImage image, string path)
    {
        ArgumentNullException.ThrowIfNull(image);
        AtomicFile.Write(path, stream => Encode(image, stream));
    }

    /// <summary>The width and height that a PNG file's header gives.</summary>
    /// <param name="png">The file's bytes.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <exception cref="Errors.VolumeFormatException">It is no PNG file.</exception>
    public static (int Width, int Height) SizeOf(ReadOnlySpan<byte> png, string source)
    {
        // Signature, length, "IHDR", width, height.
        return png.Length >= 24 && png.StartsWith(Signature) && png.Slice(12, 4).SequenceEqual("IHDR"u8)
            ? (BinaryPrimitives.ReadInt32BigEndian(png[16..]), BinaryPrimitives.ReadInt32BigEndian(png[20..]))
            : throw new Errors.VolumeFormatException(source, "bytes that are not a PNG picture", "a PNG file", "Draw the picture again.");
    }

    /// <summary>Signature and IHDR.</summary>
    internal static void WriteHeader(Stream stream, RgbImage image, bool grey)
    {
        stream.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], image.Height);
        header[8] = 8;
        header[9] = grey ? (byte)0 : (byte)2;
        header[10..].Clear();
        WriteChunk(stream, "IHDR"u8, header);
    }

    /// <summary>The filtered and compressed rows.</summary>
    internal static ReadOnlySpan<byte> Compressed(RgbImage image, bool grey)
    {
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            WriteRows(image, grey, zlib);
        return compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
    }

    /// <summary>A chunk: length, type, data, checksum.</summary>
    internal static void WriteChunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        stream.Write(number);
        stream.Write(type);
        stream.Write(data);
        var crc = new Crc32();
        crc.Append(type);
        crc.Append(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, crc.GetCurrentHashAsUInt32());
        stream.Write(number);
    }

    private static void Encode(RgbImage image, Stream stream)
    {
        bool grey = IsGrey(image);
        WriteHeader(stream, image, grey);
        WriteChunk(stream, "IDAT"u8, Compressed(image, grey));
        WriteChunk(stream, "IEND"u8, []);
    }

    private static bool IsGrey(RgbImage image)
    {
        for (int y = 0; y < image.Height; y++)
        {
            foreach (var p in image.Row(y))
            {
                if (p.R != p.G || p.G != p.B)
                    return false;
            }
        }

        return true;
    }

    private static void WriteRows(RgbImage image, bool grey, Stream zlib)
    {
        int step = grey ? 1 : 3, length = image.Width * step;
        byte[] above = new byte[length], row = new byte[length], best = new byte[length + 1], trial = new byte[length + 1];
        for (int y = 0; y < image.Height; y++)
        {
            if (grey)
            {
                for (int x = 0; x < image.Width; x++)
                    row[x] = image[x, y].R;
            }
            else
            {
                MemoryMarshal.AsBytes(image.Row(y)).CopyTo(row);
            }

            // The usual rule of thumb: the filter whose differences are smallest compresses best.
            long least = long.MaxValue;
            foreach (byte filter in (ReadOnlySpan<byte>)[0, 1, 2, 4])
            {
                long sum = Filter(filter, row, above, step, trial);
                if (sum < least)
                {
                    least = sum;
                    (best, trial) = (trial, best);
                }
            }

            zlib.Write(best);
            (above, row) = (row, above);
        }
    }

    // Filters: 0 none, 1 the pixel to the left, 2 the pixel above, 4 Paeth's choice among left, above and above left.
    private static long Filter(byte filter, byte[] row, byte[] above, int step, byte[] output)
    {
        output[0] = filter;
        long sum = 0;
        for (int i = 0; i < row.Length; i++)
        {
            int left = i >= step ? row[i - step] : 0, up = above[i], corner = i >= step ? above[i - step] : 0;
            int predicted = filter switch { 0 => 0, 1 => left, 2 => up, _ => Paeth(left, up, corner) };
            byte difference = (byte)(row[i] - predicted);
            output[i + 1] = difference;
            sum += difference < 128 ? difference : 256 - difference;
        }

        return sum;
    }

    private static int Paeth(int left, int up, int corner)
    {
        int p = left + up - corner, pl = Math.Abs(p - left), pu = Math.Abs(p - up), pc = Math.Abs(p - corner);
        return pl <= pu && pl <= pc ? left : pu <= pc ? up : corner;
    }
}
