using System.Buffers.Binary;
using System.Globalization;
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

    /// <summary>An element's bytes as they stand; empty if absent.</summary>
    public ReadOnlySpan<byte> ValueOf(DicomTag tag) => _values.GetValueOrDefault(tag);

    /// <summary>What was read in another way than the standard writes it, one clause each.</summary>
    public List<string> Oddities { get; } = [];

    /// <summary>The text in the file's character set, printable and without padding (space, NUL); null if absent or empty.</summary>
    public string? Text(DicomTag tag)
    {
        if (!_values.TryGetValue(tag, out var value))
            return null;
        _values.TryGetValue(DicomTag.SpecificCharacterSet, out byte[]? set);
        string text = PrintableText.Line(SpecificCharacterSet.Decode(value, set)).Trim(' ');
        return text.Length == 0 ? null : text;
    }

    /// <summary>The backslash-separated texts, each without padding; empty if absent.</summary>
    public string[] Texts(DicomTag tag) => Text(tag)?.Split('\\').Select(part => part.Trim(' ', '\0')).ToArray() ?? [];

    /// <summary>The 16-bit number as its bits (US and SS alike); null if absent or empty.</summary>
    public ushort? Word(DicomTag tag)
    {
        if (!_values.TryGetValue(tag, out var value) || value.Length < 2)
            return null;
        return Syntax.IsBigEndian && tag.Group != 2
            ? BinaryPrimitives.ReadUInt16BigEndian(value)
            : BinaryPrimitives.ReadUInt16LittleEndian(value);
    }

    /// <summary>The decimal strings as numbers; null if absent or empty.</summary>
    /// <remarks>Decimal commas and a backslash at the end are read, as other programs do, and noted in <see cref="Oddities"/>.</remarks>
    /// <exception cref="VolumeFormatException">There are not <paramref name="count"/> of them, or one is no finite number.</exception>
    public double[]? Numbers(DicomTag tag, string name, int count)
    {
        string[] texts = Texts(tag);
        int length = texts.Length;
        while (length > 0 && texts[length - 1].Length == 0)
            length--;
        if (length == 0)
            return null;
        if (length < texts.Length)
            Oddities.Add($"{name} {tag} ends in a backslash, which was ignored");
        var numbers = new double[length];
        bool hasCommas = false;
        for (int i = 0; i < length; i++)
        {
            string text = texts[i];
            if (text.Count(c => c == ',') == 1 && !text.Contains('.'))
                (text, hasCommas) = (text.Replace(',', '.'), true);
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) || !double.IsFinite(numbers[i]))
                throw Bad(name, tag, texts[i], "a decimal number");
        }

        if (hasCommas)
            Oddities.Add($"{name} {tag} has decimal commas, which were read as points");
        return numbers.Length >= count ? numbers[..count] : throw Bad(name, tag, Text(tag)!, $"{count} numbers");
    }

    /// <summary>Two decimal strings; a single one stands for both and is noted. Null if absent or empty.</summary>
    /// <exception cref="VolumeFormatException">One is no finite number.</exception>
    public double[]? Pair(DicomTag tag, string name)
    {
        if (Texts(tag).Count(text => text.Length > 0) != 1)
            return Numbers(tag, name, 2);
        Oddities.Add($"{name} {tag} has one value, which was taken for rows and columns");
        double value = Numbers(tag, name, 1)![0];
        return [value, value];
    }

    /// <summary>The first decimal string as a number; null if absent or empty.</summary>
    /// <exception cref="VolumeFormatException">It is no finite number.</exception>
    public double? Number(DicomTag tag, string name) => Numbers(tag, name, 1)?[0];

    private VolumeFormatException Bad(string name, DicomTag tag, string found, string expected) =>
        new(File, $"{name} {tag} is '{(found.Length > 80 ? found[..80] + "..." : found)}'", expected,
            "Fetch the file again from its source, or leave this file out.");
}
