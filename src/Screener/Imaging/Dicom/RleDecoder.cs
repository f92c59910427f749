using System.Buffers.Binary;
using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>Decodes one frame of RLE Lossless (PS3.5 annex G): PackBits, one segment per byte of a sample, high byte first.</summary>
internal static class RleDecoder
{
    /// <summary>A segment of n bytes holds at most 64 n: two bytes make a run of 128.</summary>
    internal const int MaxExpansion = 64;

    private const int HeaderBytes = 64;

    /// <summary>Decodes a frame.</summary>
    /// <param name="data">The frame: a header of 16 little-endian numbers, then the segments.</param>
    /// <param name="bytesPerSample">1 or 2.</param>
    /// <param name="samples">Receives the samples; its length is the frame's.</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <exception cref="VolumeFormatException">The frame is damaged.</exception>
    public static void Decode(ReadOnlySpan<byte> data, int bytesPerSample, Span<ushort> samples, string file)
    {
        if (data.Length < HeaderBytes)
            throw Damaged(file, $"RLE data of {data.Length} bytes", "a header of 64 bytes and the segments");
        uint segments = BinaryPrimitives.ReadUInt32LittleEndian(data);
        if (segments != bytesPerSample)
            throw Damaged(
                file, $"RLE data of {segments} segments", $"{bytesPerSample} for one sample of {8 * bytesPerSample} bits a pixel");
        samples.Clear();
        for (int s = 0; s < bytesPerSample; s++)
        {
            uint start = BinaryPrimitives.ReadUInt32LittleEndian(data[(4 + (4 * s))..]);
            uint end = s + 1 < bytesPerSample ? BinaryPrimitives.ReadUInt32LittleEndian(data[(8 + (4 * s))..]) : (uint)data.Length;
            if (start < HeaderBytes || end < start || end > data.Length)
                throw Damaged(file, $"an RLE segment from byte {start} to {end} of {data.Length}", "segments within the data");
            DecodeSegment(data[(int)start..(int)end], 8 * (bytesPerSample - 1 - s), samples, file);
        }
    }

    private static void DecodeSegment(ReadOnlySpan<byte> data, int shift, Span<ushort> samples, string file)
    {
        int read = 0, done = 0;
        while (done < samples.Length)
        {
            if (read >= data.Length)
                throw Damaged(file, $"an RLE segment that ends after {done} of {samples.Length} samples", "a whole frame");
            int control = (sbyte)data[read++];
            if (control >= 0)
            {
                // Runs may be padded beyond the frame: what does not fit is not part of it.
                int count = Math.Min(control + 1, samples.Length - done);
                if (count > data.Length - read)
                    throw Damaged(file, $"an RLE segment that ends after {done} of {samples.Length} samples", "a whole frame");
                var literal = data.Slice(read, count);
                var target = samples.Slice(done, count);
                for (int i = 0; i < literal.Length; i++)
                    target[i] |= (ushort)(literal[i] << shift);
                read += control + 1;
                done += count;
            }
            else if (control != -128)
            {
                if (read >= data.Length)
                    throw Damaged(file, $"an RLE segment that ends after {done} of {samples.Length} samples", "a whole frame");
                int count = Math.Min(1 - control, samples.Length - done);
                ushort value = (ushort)(data[read++] << shift);
                foreach (ref ushort sample in samples.Slice(done, count))
                    sample |= value;
                done += count;
            }
        }
    }

    private static VolumeFormatException Damaged(string file, string found, string expected) =>
        new(file, found, expected, "Fetch the file again from its source.");
}
