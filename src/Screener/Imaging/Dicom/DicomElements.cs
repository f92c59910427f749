using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Screener.Imaging.Dicom;

/// <summary>The elements of a data set or of an item of a sequence, written in explicit VR little-endian in the order of their
/// numbers.</summary>
internal sealed class DicomElements
{
    private static readonly HashSet<string> LongVrs = ["OB", "OW", "SQ", "UT"];

    private readonly SortedDictionary<uint, (string Vr, byte[] Value)> _elements = [];

    /// <summary>The bytes that they take.</summary>
    public int Length => _elements.Values.Sum(e => e.Value.Length + (LongVrs.Contains(e.Vr) ? 12 : 8));

    /// <summary>Sets a text, padded to an even length as its VR wants (UI with NUL, others with a space).</summary>
    public void Write(DicomTag tag, string vr, string text) => Write(tag, vr, Encoding.UTF8.GetBytes(text));

    /// <summary>Sets a 16-bit number (US).</summary>
    public void Write(DicomTag tag, ushort value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        Write(tag, "US", bytes);
    }

    /// <summary>Sets 32-bit numbers (UL).</summary>
    public void Write(DicomTag tag, params ReadOnlySpan<uint> values)
    {
        var bytes = new byte[4 * values.Length];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), values[i]);
        Write(tag, "UL", bytes);
    }

    /// <summary>Sets another element's number (AT).</summary>
    public void Write(DicomTag tag, DicomTag value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value.Group);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), value.Element);
        Write(tag, "AT", bytes);
    }

    /// <summary>Sets a sequence.</summary>
    public void Write(DicomTag tag, params IReadOnlyList<DicomElements> items)
    {
        using var bytes = new MemoryStream();
        Span<byte> header = stackalloc byte[8];
        foreach (var item in items)
        {
            Header(header, DicomTag.Item);
            BinaryPrimitives.WriteInt32LittleEndian(header[4..], item.Length);
            bytes.Write(header);
            item.CopyTo(bytes);
        }

        Write(tag, "SQ", bytes.ToArray());
    }

    /// <summary>Sets a sequence of one code.</summary>
    public void WriteCode(DicomTag tag, (string Value, string Scheme, string Meaning) code)
    {
        var item = new DicomElements();
        item.Write(new DicomTag(0x0008, 0x0100), "SH", code.Value);
        item.Write(new DicomTag(0x0008, 0x0102), "SH", code.Scheme);
        item.Write(new DicomTag(0x0008, 0x0104), "LO", code.Meaning);
        Write(tag, item);
    }

    /// <summary>Sets bytes.</summary>
    public void Write(DicomTag tag, string vr, ReadOnlySpan<byte> value) => _elements[((uint)tag.Group << 16) | tag.Element] =
        (vr, value.Length % 2 == 0 ? value.ToArray() : [.. value, vr is "UI" or "OB" ? (byte)0 : (byte)' ']);

    /// <summary>Appends all elements to a file.</summary>
    public void CopyTo(Stream file)
    {
        foreach (var (number, (vr, value)) in _elements)
        {
            WriteHeader(file, new DicomTag((ushort)(number >> 16), (ushort)number), vr, (uint)value.Length);
            file.Write(value);
        }
    }

    /// <summary>Appends what stands before an element's value.</summary>
    public static void WriteHeader(Stream file, DicomTag tag, string vr, uint length)
    {
        Span<byte> header = stackalloc byte[12];
        header.Clear();
        Header(header, tag);
        header[4] = (byte)vr[0];
        header[5] = (byte)vr[1];
        if (LongVrs.Contains(vr))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(header[8..], length);
            file.Write(header);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(header[6..], checked((ushort)length));
            file.Write(header[..8]);
        }
    }

    /// <summary>Appends an item of encapsulated pixel data, or their end.</summary>
    public static void WriteItem(Stream file, DicomTag tag, ReadOnlySpan<byte> value)
    {
        Span<byte> header = stackalloc byte[8];
        Header(header, tag);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], value.Length);
        file.Write(header);
        file.Write(value);
    }

    /// <summary>A decimal string: as many digits as fit its 16 characters.</summary>
    public static string Decimal(double value)
    {
        // A negative zero would be written as "-0".
        value += 0.0;
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        for (int digits = 15; text.Length > 16; digits--)
            text = value.ToString("G" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return text;
    }

    /// <summary>Decimal strings, separated by backslashes.</summary>
    public static string Decimals(ReadOnlySpan<double> values)
    {
        var texts = new string[values.Length];
        for (int i = 0; i < texts.Length; i++)
            texts[i] = Decimal(values[i]);
        return string.Join('\\', texts);
    }

    private static void Header(Span<byte> to, DicomTag tag)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(to, tag.Group);
        BinaryPrimitives.WriteUInt16LittleEndian(to[2..], tag.Element);
    }
}
