using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>Turns the pixel data of one file into HU.</summary>
internal static class PixelDecoder
{
    /// <summary>Decodes the one frame of a data set.</summary>
    /// <param name="set">A whole file's data set.</param>
    /// <param name="format">Its pixel format, already checked.</param>
    /// <param name="hu">Receives the slice, rows x columns.</param>
    /// <returns>The lowest and the highest HU but for padding; infinite if all is padding.</returns>
    /// <exception cref="VolumeFormatException">The pixel data are damaged or too short, or the rescale makes of them what no CT can
    /// be.</exception>
    public static (float Low, float High) Decode(DicomDataSet set, in PixelFormat format, Span<float> hu)
    {
        var (low, high) = DecodeUnchecked(set, format, hu);
        if (low < -PixelFormat.LargestHu || high > PixelFormat.LargestHu)
        {
            string made = FormattableString.Invariant($"{format.Rescale}, which make {low:G6} to {high:G6} HU of the stored values");
            throw new VolumeFormatException(set.File, made, PixelFormat.PossibleHu, PixelFormat.Damage);
        }

        return (low, high);
    }

    private static (float Low, float High) DecodeUnchecked(DicomDataSet set, in PixelFormat format, Span<float> hu)
    {
        var conversion = new HounsfieldConversion(format);
        if (set.Syntax.Encoding == PixelEncoding.Native && format.BitsAllocated == 16 && !set.Syntax.IsBigEndian)
        {
            return conversion.Convert(MemoryMarshal.Cast<byte, ushort>(NativePixels(set, format)), hu);
        }

        ushort[] rented = ArrayPool<ushort>.Shared.Rent(hu.Length);
        try
        {
            var samples = rented.AsSpan(0, hu.Length);
            if (set.Syntax.Encoding == PixelEncoding.Native)
                Unpack(NativePixels(set, format), set, format.BitsAllocated, samples);
            else
                Decompress(set, format, samples);
            return conversion.Convert(samples, hu);
        }
        finally
        {
            ArrayPool<ushort>.Shared.Return(rented);
        }
    }

    private static ReadOnlySpan<byte> NativePixels(DicomDataSet set, in PixelFormat format)
    {
        if (set.PixelLength < 0)
            throw Damaged(set, $"fragments under the uncompressed transfer syntax {set.Syntax.Name}", "plain pixel data");
        int expected = checked(format.Rows * format.Columns * (format.BitsAllocated / 8));
        // The declared length may be wrong in either direction; what counts is whether the pixels are there.
        long available = Math.Min(set.BytesFromPixels, set.PixelLength);
        if (available < expected)
            throw Damaged(set, $"{available} bytes of pixel data", $"{expected} for {format.Rows} x {format.Columns} pixels");
        // One byte more where there is one: an odd number of 8-bit pixels in 16-bit words ends in half a word.
        return set.Bytes.AsSpan(set.PixelOffset, (int)Math.Min(available, expected + 1L));
    }

    private static void Unpack(ReadOnlySpan<byte> bytes, DicomDataSet set, int bitsAllocated, Span<ushort> samples)
    {
        if (bitsAllocated == 16)
        {
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ushort>(bytes), samples);
            return;
        }

        // Two 8-bit pixels in a big-endian word: the first one is the low byte (PS3.5 annex D).
        int swap = set.Syntax.IsBigEndian && set.PixelsAreWords ? 1 : 0;
        for (int i = 0; i < samples.Length; i++)
            samples[i] = bytes[Math.Min(i ^ swap, bytes.Length - 1)];
    }

    private static void Decompress(DicomDataSet set, in PixelFormat format, Span<ushort> samples)
    {
        if (set.PixelLength >= 0)
            throw Damaged(set, $"plain pixel data under the compressed transfer syntax {set.Syntax.Name}", "fragments");
        byte[]? joined = null;
        try
        {
            var frame = Fragments(set, ref joined);
            if (set.Syntax.Encoding == PixelEncoding.Rle)
                RleDecoder.Decode(frame, format.BitsAllocated / 8, samples, set.File);
            else
                JpegLosslessDecoder.Decode(frame, format.Rows, format.Columns, samples, set.File);
        }
        finally
        {
            if (joined is not null)
                ArrayPool<byte>.Shared.Return(joined);
        }
    }

    // The first item is the basic offset table, empty or not: of no use for one frame, whose fragments are all the others.
    private static ReadOnlySpan<byte> Fragments(DicomDataSet set, ref byte[]? joined)
    {
        var data = set.Bytes.AsSpan(set.PixelOffset, (int)set.BytesFromPixels);
        ReadOnlySpan<byte> first = default;
        int count = -1, length = 0;
        for (int position = 0; position + 8 <= data.Length;)
        {
            var tag = new DicomTag(
                BinaryPrimitives.ReadUInt16LittleEndian(data[position..]), BinaryPrimitives.ReadUInt16LittleEndian(data[(position + 2)..]));
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(data[(position + 4)..]);
            if (tag == DicomTag.SequenceDelimitation)
                break;
            position += 8;
            if (tag != DicomTag.Item || size > data.Length - position)
                throw Damaged(
                    set, $"{tag} of {size} bytes among the pixel data's fragments, where {data.Length - position} are left",
                    "items within the file");
            var fragment = data.Slice(position, (int)size);
            position += (int)size;
            if (++count == 0)
                continue;
            if (count == 1)
            {
                first = fragment;
                length = fragment.Length;
                continue;
            }

            if (joined is null)
            {
                joined = ArrayPool<byte>.Shared.Rent(data.Length);
                first.CopyTo(joined);
            }

            fragment.CopyTo(joined.AsSpan(length));
            length += fragment.Length;
        }

        return joined is null ? first : joined.AsSpan(0, length);
    }

    private static VolumeFormatException Damaged(DicomDataSet set, string found, string expected) =>
        new(set.File, found, expected, "Fetch the file again from its source.");
}
