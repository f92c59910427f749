using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Screener.Errors;

namespace Screener.Annotations;

/// <summary>Reads LIDC-IDRI's CT annotation files (<c>LidcReadMessage</c>, one XML file per series).</summary>
public static class LidcXmlReader
{
    // The largest file of the collection has about 3 million characters.
    private const int MaxCharacters = 64 << 20;

    private const int MaxReaders = 4;

    private const int MaxCoordinate = 1 << 16;

    /// <summary>Reads a file.</summary>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="AnnotationException">It is damaged, too large, or not a CT reading.</exception>
    public static LidcReading Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new MissingInputException(path, "nothing there", "an LIDC-IDRI annotation file", "Check the path.");
        try
        {
            using var stream = File.OpenRead(path);
            return Read(stream, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MissingInputException(path, e.Message.TrimEnd('.'), "a file that can be read", "Check its permissions.", e);
        }
    }

    /// <summary>Reads a stream.</summary>
    /// <param name="stream">The XML; stays open.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <exception cref="AnnotationException">It is damaged, too large, or not a CT reading.</exception>
    public static LidcReading Read(Stream stream, string source)
    {
        var root = Load(stream, source);
        if (root.Name.LocalName == "IdriReadMessage")
        {
            throw new AnnotationException(
                source, "an IdriReadMessage, the reading of a chest X-ray", "a LidcReadMessage, the reading of a CT series", "Take the series' other XML file; this one has no CT contours.");
        }

        if (root.Name.LocalName != "LidcReadMessage")
            throw new AnnotationException(source, $"the XML element '{Short(root.Name.LocalName)}'", "a LidcReadMessage", "Give an annotation file of LIDC-IDRI.");

        var space = root.Name.Namespace;
        string uid = root.Element(space + "ResponseHeader")?.Element(space + "SeriesInstanceUid")?.Value.Trim() ?? "";
        var readers = root.Elements(space + "readingSession").Select(s => ReadSession(s, source)).ToList();
        if (readers.Count is 0 or > MaxReaders)
            throw new AnnotationException(source, $"{readers.Count} readingSession elements", $"1 to {MaxReaders}", "The file is damaged: download it again.");
        return new LidcReading(uid, readers, source);
    }

    private static XElement Load(Stream stream, string source)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = MaxCharacters,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };
        try
        {
            using var reader = XmlReader.Create(stream, settings);
            return XElement.Load(reader);
        }
        catch (XmlException e)
        {
            throw new AnnotationException(source, $"damaged or unsafe XML ({e.Message.TrimEnd('.')})", "a LidcReadMessage without a document type", "Download the file again.", e);
        }
    }

    private static LidcReader ReadSession(XElement session, string source)
    {
        var space = session.Name.Namespace;
        return new LidcReader([.. session.Elements(space + "unblindedReadNodule").Select(nodule => new LidcNodule(
            nodule.Element(space + "noduleID")?.Value.Trim() ?? "",
            [.. nodule.Elements(space + "roi").Select(roi => ReadContour(roi, source))]))]);
    }

    private static LidcContour ReadContour(XElement roi, string source)
    {
        var space = roi.Name.Namespace;
        string Text(XElement parent, string name) =>
            parent.Element(space + name)?.Value.Trim() ?? throw Damaged(source, $"a {parent.Name.LocalName} without {name}", name);
        string uid = Text(roi, "imageSOP_UID");
        string inclusion = Text(roi, "inclusion");
        bool isInclusion = inclusion.Equals("TRUE", StringComparison.OrdinalIgnoreCase);
        if (!isInclusion && !inclusion.Equals("FALSE", StringComparison.OrdinalIgnoreCase))
            throw Damaged(source, $"inclusion '{Short(inclusion)}'", "TRUE or FALSE");
        string z = Text(roi, "imageZposition");
        if (!double.TryParse(z, NumberStyles.Float, CultureInfo.InvariantCulture, out double position) || !double.IsFinite(position))
            throw Damaged(source, $"imageZposition '{Short(z)}'", "millimetres");
        var points = roi.Elements(space + "edgeMap").Select(p => (Coordinate(Text(p, "xCoord"), source), Coordinate(Text(p, "yCoord"), source))).ToList();
        if (points.Count == 0)
            throw Damaged(source, "a roi without edgeMap", "at least one point");
        return new LidcContour(uid, position, isInclusion, points);
    }

    private static int Coordinate(string text, string source) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value is >= 0 and < MaxCoordinate
            ? value
            : throw Damaged(source, $"the coordinate '{Short(text)}'", $"a whole number from 0 to {MaxCoordinate - 1}");

    private static AnnotationException Damaged(string source, string found, string expected) =>
        new(source, found, expected, "The file is damaged: download it again.");

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
