using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>The kept elements of one file and where its pixels lie. Values are looked at only when asked for.</summary>
/// <param name="file">The file's name, for messages.</param>
internal sealed class DicomDataSet(string file)
{
    private readonly Dictionary<DicomTag, byte[]> _values = [];

    /// <summary>The file's name, for messages.</summary>
    public string File { get; } = file;

    /// <summary>How the data set is written.</summary>
    public TransferSyntax Syntax { get; set; } = TransferSyntax.ImplicitLittleEndian;

    /// <summary>True if the file has the DICM mark; without it, it was only guessed to be DICOM.</summary>
    public bool HasMark { get; set; }

    /// <summary>What <see cref="PixelOffset"/> counts in: the file's bytes, or their inflated copy.</summary>
    public byte[] Bytes { get; set; } = [];

    /// <summary>Where the value of the pixel data starts in <see cref="Bytes"/>; -1 without pixel data.</summary>
    public int PixelOffset { get; set; } = -1;

    /// <summary>The pixel data's length in bytes; -1 if it is a sequence of fragments (undefined length).</summary>
    public long PixelLength { get; set; }

    /// <summary>True if the pixel data are 16-bit words (OW or implicit), which big-endian files swap; false for bytes (OB).</summary>
    public bool PixelsAreWords { get; set; }

    /// <summary>The number of bytes that the pixels may occupy: up to the end of the file or of the inflated data.</summary>
    public long BytesFromPixels { get; set; }

    /// <summary>Keeps an element; the first of repeated ones counts.</summary>
    public void Add(DicomTag tag, ReadOnlySpan<byte> value) => _values.TryAdd(tag, value.ToArray());

    /// <summary>The text without padding (space, NUL); null if absent or empty.</summary>
    public string? Text(DicomTag tag)
    {
        if (!_values.TryGetValue(tag, out var value))
            return null;
        string text = TextEncoding.GetString(value).Trim(' ', '\0', '\t', '\r', '\n');
        return text.Length == 0 ? null : text;
    }

    /// <summary>The backslash-separated texts, each without padding; empty if absent.</summary>
    public string[] Texts(DicomTag tag) =>
        Text(tag)?.Split('\\').Select(part => part.Trim(' ', '\0')).ToArray() ?? [];

    /// <summary>The 16-bit number as its bits (US and SS alike); null if absent or empty.</summary>
    public ushort? Word(DicomTag tag)
    {
        if (!_values.TryGetValue(tag, out var value) || value.Length < 2)
            return null;
        return Syntax.IsBigEndian && tag.Group != 2 ? BinaryPrimitives.ReadUInt16BigEndian(value) : BinaryPrimitives.ReadUInt16LittleEndian(value);
    }

    /// <summary>The decimal strings as numbers; null if absent or empty.</summary>
    /// <exception cref="VolumeFormatException">There are not <paramref name="count"/> of them, or one is no finite number.</exception>
    public double[]? Numbers(DicomTag tag, string name, int count)
    {
        string[] texts = Texts(tag);
        if (texts.Length == 0)
            return null;
        var numbers = new double[texts.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            if (!double.TryParse(texts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) || !double.IsFinite(numbers[i]))
                throw Bad(name, tag, texts[i], "a decimal number");
        }

        return numbers.Length >= count ? numbers[..count] : throw Bad(name, tag, Text(tag)!, $"{count} numbers");
    }

    /// <summary>The first decimal string as a number; null if absent or empty.</summary>
    /// <exception cref="VolumeFormatException">It is no finite number.</exception>
    public double? Number(DicomTag tag, string name) => Numbers(tag, name, 1)?[0];

    private Encoding TextEncoding =>
        _values.TryGetValue(DicomTag.SpecificCharacterSet, out var set) && Encoding.Latin1.GetString(set).Contains("192", StringComparison.Ordinal)
            ? Encoding.UTF8
            : Encoding.Latin1;

    private VolumeFormatException Bad(string name, DicomTag tag, string found, string expected) =>
        new(File, $"{name} {tag} is '{(found.Length > 80 ? found[..80] + "..." : found)}'", expected, "Fetch the file again from its source, or leave this file out.");
}
