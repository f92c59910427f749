using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>A Huffman table of a lossless JPEG (ITU-T T.81, annexes C and F.2.2.3): codes to difference categories 0..16.</summary>
internal sealed class JpegHuffmanTable
{
    /// <summary>Codes up to this length are found in one look.</summary>
    internal const int LookupBits = 12;

    private readonly ushort[] _lookup = new ushort[1 << LookupBits];
    private readonly int[] _firstCode = new int[18];
    private readonly int[] _firstIndex = new int[18];
    private readonly int[] _count = new int[18];
    private readonly byte[] _categories;

    /// <summary>Builds the table.</summary>
    /// <param name="counts">The number of codes of 1..16 bits.</param>
    /// <param name="categories">The categories in the order of their codes.</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <exception cref="VolumeFormatException">More codes than their lengths allow, or a category above 16.</exception>
    public JpegHuffmanTable(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> categories, string file)
    {
        _categories = categories.ToArray();
        int code = 0, index = 0;
        for (int bits = 1; bits <= 16; bits++)
        {
            _firstCode[bits] = code;
            _firstIndex[bits] = index;
            _count[bits] = counts[bits - 1];
            for (int i = 0; i < counts[bits - 1]; i++, code++, index++)
            {
                if (code >= 1 << bits || categories[index] > 16)
                    throw new VolumeFormatException(
                        file, "an impossible JPEG Huffman table", "a prefix code of difference categories 0 to 16",
                        "Fetch the file again from its source.");
                if (bits <= LookupBits)
                    _lookup.AsSpan(code << (LookupBits - bits), 1 << (LookupBits - bits)).Fill((ushort)((bits << 8) | categories[index]));
            }

            code <<= 1;
        }
    }

    /// <summary>
    /// The length of the code at the top of <paramref name="window"/> in the high byte and its category in the low one; 0 if there is no
    /// such code.
    /// </summary>
    /// <param name="window">The next bits, the first one highest.</param>
    public int Find(ulong window)
    {
        int entry = _lookup[window >> (64 - LookupBits)];
        return entry != 0 ? entry : FindLong(window);
    }

    private int FindLong(ulong window)
    {
        for (int bits = LookupBits + 1; bits <= 16; bits++)
        {
            int offset = (int)(window >> (64 - bits)) - _firstCode[bits];
            if (offset >= 0 && offset < _count[bits])
                return (bits << 8) | _categories[_firstIndex[bits] + offset];
        }

        return 0;
    }
}
