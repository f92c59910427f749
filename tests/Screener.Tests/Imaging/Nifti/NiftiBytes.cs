using System.Buffers.Binary;
using System.IO.Compression;

namespace Screener.Tests.Imaging.Nifti;

/// <summary>A NIfTI-1 file put together by hand, field by field, apart from the product's writer.</summary>
public sealed class NiftiBytes
{
    /// <summary>A 2 x 3 x 4 volume (D, H, W) of int16 0, 1, 2 .. 23, sform with 1, 2, 3 mm along W, H, D.</summary>
    public static NiftiBytes Small(bool bigEndian = false)
    {
        var file = new NiftiBytes { IsBigEndian = bigEndian };
        file.Int32(0, 348).Int16(40, 3, 4, 3, 2, 1, 1, 1, 1).Int16(70, 4, 16).Single(76, 1, 1, 2, 3, 1, 1, 1, 1).Single(108, 352);
        file.Bytes[123] = 2;
        file.Int16(254, 1).Single(280, 1, 0, 0, -10, 0, 2, 0, -20, 0, 0, 3, -30);
        "n+1\0"u8.CopyTo(file.Bytes.AsSpan(344));
        var voxels = new short[24];
        for (int i = 0; i < 24; i++)
            voxels[i] = (short)i;
        file.Bytes = [.. file.Bytes, .. new byte[48]];
        return file.Int16(352, voxels);
    }

    public bool IsBigEndian { get; init; }

    public byte[] Bytes { get; set; } = new byte[352];

    public NiftiBytes Int16(int offset, params ReadOnlySpan<short> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            var at = Bytes.AsSpan(offset + (2 * i));
            if (IsBigEndian)
                BinaryPrimitives.WriteInt16BigEndian(at, values[i]);
            else
                BinaryPrimitives.WriteInt16LittleEndian(at, values[i]);
        }

        return this;
    }

    public NiftiBytes Int32(int offset, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Bytes.AsSpan(offset), IsBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
        return this;
    }

    public NiftiBytes Single(int offset, params ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
            Int32(offset + (4 * i), BitConverter.SingleToInt32Bits(values[i]));
        return this;
    }

    public NiftiBytes Then(params ReadOnlySpan<byte> more)
    {
        Bytes = [.. Bytes, .. more];
        return this;
    }

    public static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return packed.ToArray();
    }
}
