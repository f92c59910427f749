using System.Buffers.Binary;

namespace Screener.Imaging.Dicom;

/// <summary>The bits of one restart interval of a lossless JPEG, read as differences (ITU-T T.81, H.1.2.2 and F.2.2.1).</summary>
/// <param name="data">The bytes without stuffing, followed by <see cref="Padding"/> zeros.</param>
/// <param name="length">The number of bytes before the zeros.</param>
/// <param name="table">The scan's Huffman table.</param>
internal ref struct JpegBitSource(ReadOnlySpan<byte> data, int length, JpegHuffmanTable table)
{
    /// <summary>Zeros that must follow the data, so that reading ahead needs no check of its own.</summary>
    internal const int Padding = 8;

    private readonly ReadOnlySpan<byte> _data = data;
    private readonly int _length = length;
    private readonly JpegHuffmanTable _table = table;
    private int _position;
    private ulong _window;
    private int _count;

    /// <summary>Reads a line of differences.</summary>
    /// <returns>False if the bits hold no such code or end before the line does.</returns>
    public bool ReadDifferences(Span<int> differences)
    {
        ulong window = _window;
        int count = _count, position = _position;
        for (int i = 0; i < differences.Length; i++)
        {
            // One difference takes at most 16 bits of code and 16 of value.
            if (count < 32)
            {
                if (position <= _length)
                    window |= (ulong)BinaryPrimitives.ReadUInt32BigEndian(_data[position..]) << (32 - count);
                position += 4;
                count += 32;
            }

            int found = _table.Find(window);
            int bits = found >> 8, category = found & 0xFF;
            if (bits == 0)
                return false;
            window <<= bits;
            count -= bits;
            if (category == 0)
            {
                differences[i] = 0;
            }
            else if (category == 16)
            {
                differences[i] = 32768;
            }
            else
            {
                int value = (int)(window >> (64 - category));
                differences[i] = value < 1 << (category - 1) ? value - (1 << category) + 1 : value;
                window <<= category;
                count -= category;
            }
        }

        (_window, _count, _position) = (window, count, position);
        return (8L * position) - count <= 8L * _length;
    }
}
