using System.Globalization;
using System.Text;
using System.Xml;
using Screener.Errors;
using Screener.Imaging;
using Screener.Storage;

namespace Screener.Annotations;

/// <summary>Reads LIDC-IDRI's CT annotation files (<c>LidcReadMessage</c>, one XML file per series).</summary>
public static class LidcXmlReader
{
    // The largest file of the collection has about 3 million characters.
    private const int MaxCharacters = 16 << 20;

    private const int MaxReaders = 4;

    private const int MaxCoordinate = 1 << 16;

    private const int MaxDepth = 16;

    private const int MaxText = 4096;

    // What follows compares nodules point by point and draws each outline into a slice.
    // By its length no file of the collection has half of this.
    private const int MaxPoints = 100_000, MaxContours = 10_000, MaxNodules = 2000;

    /// <summary>Reads a file.</summary>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="AnnotationException">It is damaged, too large, or not a CT reading.</exception>
    public static LidcReading Read(string path) => Open(path, stream => Read(stream, path));

    /// <summary>Reads a stream.</summary>
    /// <param name="stream">The XML; stays open.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <exception cref="AnnotationException">It is damaged, too large, or not a CT reading.</exception>
    public static LidcReading Read(Stream stream, string source)
    {
        var parser = new Parser(source);
        Walk(stream, source, parser, headerOnly: false);
        if (parser.Readers.Count is 0 or > MaxReaders)
            throw new AnnotationException(
                source, $"{parser.Readers.Count} readingSession elements", $"1 to {MaxReaders}", "The file is damaged: download it again.");
        return new LidcReading(parser.SeriesUid, parser.Readers, source);
    }

    /// <summary>The SeriesInstanceUID that a file is about, without reading its outlines; empty if it has none.</summary>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="AnnotationException">It is damaged at its start, or not a CT reading.</exception>
    public static string ReadSeriesUid(string path) => Open(path, stream =>
    {
        var parser = new Parser(path);
        Walk(stream, path, parser, headerOnly: true);
        return parser.SeriesUid;
    });

    private static T Open<T>(string path, Func<Stream, T> read)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new MissingInputException(path, "nothing there", "an LIDC-IDRI annotation file", "Check the path.");
        return InputFile.Reading(path, "a file that can be read", "Check its permissions.", () =>
        {
            using var stream = InputFile.Open(path);
            return read(stream);
        });
    }

    private static void Walk(Stream stream, string source, Parser parser, bool headerOnly)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = MaxCharacters,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            IgnoreWhitespace = true,
        };
        try
        {
            using var reader = XmlReader.Create(stream, settings);
            while (reader.Read())
            {
                switch (reader.NodeType)
                {
                    case XmlNodeType.Element:
                        if (reader.Depth == 0)
                            RequireCtReading(reader.LocalName, source);
                        if (reader.Depth > MaxDepth)
                            throw Damaged(source, $"elements {reader.Depth} deep", $"at most {MaxDepth}");
                        parser.Start(reader.LocalName);
                        if (reader.IsEmptyElement)
                            parser.End(reader.LocalName);
                        break;
                    case XmlNodeType.Text or XmlNodeType.CDATA:
                        parser.Text(reader.Value);
                        break;
                    case XmlNodeType.EndElement:
                        parser.End(reader.LocalName);
                        if (headerOnly && reader.LocalName == "ResponseHeader")
                            return;
                        break;
                }
            }
        }
        catch (XmlException e)
        {
            throw new AnnotationException(
                source, $"damaged or unsafe XML ({e.Message.TrimEnd('.')})", "a LidcReadMessage without a document type",
                "Download the file again.", e);
        }
    }

    private static void RequireCtReading(string root, string source)
    {
        if (root == "IdriReadMessage")
        {
            throw new AnnotationException(
                source, "an IdriReadMessage, the reading of a chest X-ray", "a LidcReadMessage, the reading of a CT series",
                "Take the series' other XML file; this one has no CT contours.");
        }

        if (root != "LidcReadMessage")
            throw new AnnotationException(
                source, $"the XML element '{Short(root)}'", "a LidcReadMessage", "Give an annotation file of LIDC-IDRI.");
    }

    private static AnnotationException Damaged(string source, string found, string expected) =>
        new(source, found, expected, "The file is damaged: download it again.");

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "...";

    /// <summary>Takes the file element by element: what it has read of the nodule and the roi that are open.</summary>
    private sealed class Parser(string source)
    {
        private readonly Dictionary<string, int> _characteristics = [];
        private readonly Dictionary<string, string> _roi = [];
        private readonly Stack<string> _open = new();
        private readonly List<LidcReader> _readers = [];
        private List<LidcNodule> _nodules = [];
        private List<LidcContour> _contours = [];
        private List<(int X, int Y)> _points = [];
        private readonly StringBuilder _text = new();
        private int? _x, _y;
        private int _pointCount, _contourCount, _noduleCount;
        private string _noduleId = "";

        internal string SeriesUid { get; private set; } = "";

        internal IReadOnlyList<LidcReader> Readers => _readers;

        internal void Start(string name)
        {
            _text.Clear();
            _open.Push(name);
            switch (name)
            {
                case "readingSession":
                    _nodules = [];
                    break;
                case "unblindedReadNodule":
                    (_contours, _noduleId) = ([], "");
                    _characteristics.Clear();
                    break;
                case "roi":
                    _points = [];
                    _roi.Clear();
                    break;
                case "edgeMap":
                    (_x, _y) = (null, null);
                    break;
            }
        }

        // Comments and CDATA cut an element's text into any number of parts.
        internal void Text(string text)
        {
            if (_text.Length + text.Length > MaxText)
                throw Damaged(source, $"text of more than {MaxText} characters", "numbers and identifiers");
            _text.Append(text);
        }

        internal void End(string name)
        {
            _open.Pop();
            string parent = _open.Count > 0 ? _open.Peek() : "", text = _text.ToString().Trim();
            _text.Clear();
            switch (parent, name)
            {
                case ("ResponseHeader", "SeriesInstanceUid"):
                    SeriesUid = text;
                    break;
                case ("unblindedReadNodule", "noduleID"):
                    _noduleId = text;
                    break;
                case ("characteristics", _):
                    if (int.TryParse(text, CultureInfo.InvariantCulture, out int grade))
                        _characteristics[name] = grade;
                    break;
                case ("roi", "imageZposition" or "imageSOP_UID" or "inclusion"):
                    _roi[name] = text;
                    break;
                case ("edgeMap", "xCoord"):
                    _x = Coordinate(text);
                    break;
                case ("edgeMap", "yCoord"):
                    _y = Coordinate(text);
                    break;
                case ("roi", "edgeMap"):
                    Charge(ref _pointCount, MaxPoints, "points");
                    _points.Add((_x ?? throw Without("edgeMap", "xCoord"), _y ?? throw Without("edgeMap", "yCoord")));
                    break;
                case ("unblindedReadNodule", "roi"):
                    Charge(ref _contourCount, MaxContours, "outlines");
                    _contours.Add(Contour());
                    break;
                case ("readingSession", "unblindedReadNodule"):
                    Charge(ref _noduleCount, MaxNodules, "nodules");
                    _nodules.Add(new LidcNodule(_noduleId, _contours, Characteristics()));
                    break;
                case ("LidcReadMessage", "readingSession"):
                    _readers.Add(new LidcReader(_nodules));
                    break;
            }
        }

        private void Charge(ref int count, int most, string what)
        {
            if (++count > most)
                throw Damaged(source, $"more than {most} {what}", "those of one CT");
        }

        private LidcContour Contour()
        {
            string uid = OfRoi("imageSOP_UID"), inclusion = OfRoi("inclusion"), z = OfRoi("imageZposition");
            bool isInclusion = inclusion.Equals("TRUE", StringComparison.OrdinalIgnoreCase);
            if (!isInclusion && !inclusion.Equals("FALSE", StringComparison.OrdinalIgnoreCase))
                throw Damaged(source, $"inclusion '{Short(inclusion)}'", "TRUE or FALSE");
            if (!double.TryParse(z, NumberStyles.Float, CultureInfo.InvariantCulture, out double position) || !double.IsFinite(position))
                throw Damaged(source, $"imageZposition '{Short(z)}'", "millimetres");
            if (_points.Count == 0)
                throw Without("roi", "edgeMap");
            return new LidcContour(uid, position, isInclusion, _points);
        }

        private NoduleCharacteristics? Characteristics()
        {
            if (_characteristics.Count == 0)
                return null;
            return new NoduleCharacteristics(
                Grade("subtlety"), Grade("internalStructure"), Grade("calcification"), Grade("sphericity"), Grade("margin"),
                Grade("lobulation"), Grade("spiculation"), Grade("texture"), Grade("malignancy"));

            int? Grade(string name) => _characteristics.TryGetValue(name, out int grade) ? grade : null;
        }

        private string OfRoi(string name) => _roi.TryGetValue(name, out string? text) ? text : throw Without("roi", name);

        private AnnotationException Without(string element, string part) => Damaged(source, $"a {element} without {part}", part);

        private int Coordinate(string text) =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
                && value is >= 0 and < MaxCoordinate
                ? value
                : throw Damaged(source, $"the coordinate '{Short(text)}'", $"a whole number from 0 to {MaxCoordinate - 1}");
    }
}
