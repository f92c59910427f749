using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Xml;

namespace Screener.Imaging.Nifti;

/// <summary>
/// Names of labels in a NIfTI header's extensions: an XML table of keys and names, as TotalSegmentator writes it behind its own numbers,
/// which differ between its versions.
/// </summary>
internal static class LabelNames
{
    // A hundred names have some ten thousand bytes.
    internal const int MostBytes = 1 << 20;

    /// <summary>The names; none where there is no table, or one that cannot be read: labels are numbers first.</summary>
    /// <param name="extensions">The bytes between the header and the voxels.</param>
    /// <param name="isBigEndian">The file's byte order.</param>
    internal static IReadOnlyDictionary<byte, string> Of(ReadOnlySpan<byte> extensions, bool isBigEndian)
    {
        if (extensions.Length < 4 || extensions[0] == 0)
            return new Dictionary<byte, string>();
        for (var rest = extensions[4..]; rest.Length >= 8;)
        {
            int size = isBigEndian ? BinaryPrimitives.ReadInt32BigEndian(rest) : BinaryPrimitives.ReadInt32LittleEndian(rest);
            if (size < 8 || size > rest.Length)
                break;
            string text = Encoding.UTF8.GetString(rest[8..size]).Trim('\0', ' ', '\n', '\r');
            if (text.Contains("<LabelTable", StringComparison.Ordinal) && Parse(text) is { Count: > 0 } names)
                return names;
            rest = rest[size..];
        }

        return new Dictionary<byte, string>();
    }

    private static Dictionary<byte, string>? Parse(string text)
    {
        var names = new Dictionary<byte, string>();
        try
        {
            using var xml = XmlReader.Create(
                new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            while (xml.ReadToFollowing("Label"))
            {
                if (byte.TryParse(xml.GetAttribute("Key"), NumberStyles.None, CultureInfo.InvariantCulture, out byte label)
                    && xml.ReadElementContentAsString().Trim() is { Length: > 0 and <= 100 } name)
                    names[label] = name;
            }

            return names;
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
