using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Screener.Imaging;
using Screener.Imaging.Dicom;

namespace Screener.Phantoms.Dicom;

/// <summary>Data elements in explicit VR little-endian, in the order in which they are written (which must be ascending).</summary>
internal sealed class DicomElementWriter
{
    private readonly MemoryStream _bytes = new();

    /// <summary>The bytes so far.</summary>
    public int Length => (int)_bytes.Length;

    /// <summary>Writes a text, padded to an even length as its VR wants (UI with NUL, others with a space).</summary>
    public void Write(DicomTag tag, string vr, string text)
    {
        byte[] value = Encoding.UTF8.GetBytes(text);
        if (value.Length % 2 == 1)
            value = [.. value, vr == "UI" ? (byte)0 : (byte)' '];
        Write(tag, vr, value);
    }

    /// <summary>Writes a 16-bit number (US).</summary>
    public void Write(DicomTag tag, ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        Write(tag, "US", bytes);
    }

    /// <summary>Writes bytes, of even length.</summary>
    public void Write(DicomTag tag, string vr, ReadOnlySpan<byte> value)
    {
        Span<byte> header = stackalloc byte[12];
        BinaryPrimitives.WriteUInt16LittleEndian(header, tag.Group);
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], tag.Element);
        header[4] = (byte)vr[0];
        header[5] = (byte)vr[1];
        if (vr is "OB" or "OW")
        {
            header[6..8].Clear();
            BinaryPrimitives.WriteInt32LittleEndian(header[8..], value.Length);
            _bytes.Write(header);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)value.Length);
            _bytes.Write(header[..8]);
        }

        _bytes.Write(value);
    }

    /// <summary>Appends all elements to a file.</summary>
    public void CopyTo(Stream file) => _bytes.WriteTo(file);

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
}
