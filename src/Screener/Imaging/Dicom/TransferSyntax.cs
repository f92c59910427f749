namespace Screener.Imaging.Dicom;

/// <summary>How the pixels of a file are stored.</summary>
internal enum PixelEncoding
{
    /// <summary>As they are.</summary>
    Native,

    /// <summary>RLE Lossless (PS3.5 annex G).</summary>
    Rle,

    /// <summary>JPEG Lossless, Huffman, process 14 (ITU-T T.81).</summary>
    JpegLossless,

    /// <summary>Any other compression.</summary>
    Unsupported,
}

/// <summary>How a data set is written (PS3.5 section 10), as far as it is read here.</summary>
/// <param name="Uid">Its UID.</param>
/// <param name="Name">Its name in the standard.</param>
/// <param name="Encoding">How its pixels are stored.</param>
/// <param name="Converter">For <see cref="PixelEncoding.Unsupported"/>: the command that turns a file into one that is read.</param>
internal sealed record TransferSyntax(string Uid, string Name, PixelEncoding Encoding, string Converter = "")
{
    private const string Gdcm = "gdcmconv --raw in.dcm out.dcm";
    private const string DcmtkJpeg = "dcmdjpeg in.dcm out.dcm (dcmtk) or gdcmconv --raw in.dcm out.dcm";
    private const string DcmtkJpegLs = "dcmdjpls in.dcm out.dcm (dcmtk) or gdcmconv --raw in.dcm out.dcm";
    private const string Archive = "a recent dcm4che dcm2dcm, or fetch the series uncompressed from its archive";

    public static readonly TransferSyntax ImplicitLittleEndian = new(
        "1.2.840.10008.1.2", "Implicit VR Little Endian", PixelEncoding.Native);
    public static readonly TransferSyntax ExplicitLittleEndian = new(
        "1.2.840.10008.1.2.1", "Explicit VR Little Endian", PixelEncoding.Native);
    public static readonly TransferSyntax DeflatedLittleEndian = new(
        "1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", PixelEncoding.Native);
    public static readonly TransferSyntax ExplicitBigEndian = new("1.2.840.10008.1.2.2", "Explicit VR Big Endian", PixelEncoding.Native);

    public static readonly TransferSyntax Rle = new("1.2.840.10008.1.2.5", "RLE Lossless", PixelEncoding.Rle);

    private static readonly Dictionary<string, TransferSyntax> Known = new TransferSyntax[]
    {
        ImplicitLittleEndian,
        ExplicitLittleEndian,
        DeflatedLittleEndian,
        ExplicitBigEndian,
        Rle,
        new("1.2.840.10008.1.2.4.57", "JPEG Lossless, Non-Hierarchical (Process 14)", PixelEncoding.JpegLossless),
        new("1.2.840.10008.1.2.4.70", "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14, Selection Value 1)",
            PixelEncoding.JpegLossless),
        new("1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)", PixelEncoding.Unsupported, DcmtkJpeg),
        new("1.2.840.10008.1.2.4.51", "JPEG Extended (Process 2 and 4)", PixelEncoding.Unsupported, DcmtkJpeg),
        new("1.2.840.10008.1.2.4.53", "JPEG Spectral Selection (Process 6 and 8)", PixelEncoding.Unsupported, DcmtkJpeg),
        new("1.2.840.10008.1.2.4.55", "JPEG Full Progression (Process 10 and 12)", PixelEncoding.Unsupported, DcmtkJpeg),
        new("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless", PixelEncoding.Unsupported, DcmtkJpegLs),
        new("1.2.840.10008.1.2.4.81", "JPEG-LS Lossy (Near-Lossless)", PixelEncoding.Unsupported, DcmtkJpegLs),
        new("1.2.840.10008.1.2.4.90", "JPEG 2000 (Lossless Only)", PixelEncoding.Unsupported, Gdcm),
        new("1.2.840.10008.1.2.4.91", "JPEG 2000", PixelEncoding.Unsupported, Gdcm),
        new("1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2 Multi-component (Lossless Only)", PixelEncoding.Unsupported, Archive),
        new("1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2 Multi-component", PixelEncoding.Unsupported, Archive),
        new("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level", PixelEncoding.Unsupported, Archive),
        new("1.2.840.10008.1.2.4.110", "JPEG XL Lossless", PixelEncoding.Unsupported, Archive),
        new("1.2.840.10008.1.2.4.111", "JPEG XL JPEG Recompression", PixelEncoding.Unsupported, Archive),
        new("1.2.840.10008.1.2.4.112", "JPEG XL", PixelEncoding.Unsupported, Archive),
        new("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 (Lossless Only)", PixelEncoding.Unsupported, Archive),
        new("1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 with RPCL Options (Lossless Only)", PixelEncoding.Unsupported, Archive),
        new("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000", PixelEncoding.Unsupported, Archive),
        new("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression", PixelEncoding.Unsupported, Archive),
        new("1.2.840.113619.5.2", "GE private implicit big-endian", PixelEncoding.Unsupported, Gdcm),
    }.ToDictionary(syntax => syntax.Uid);

    /// <summary>
    /// The syntax of a UID; an unknown one is <see cref="PixelEncoding.Unsupported"/>, never refused before its pixels are wanted.
    /// </summary>
    public static TransferSyntax Of(string uid) =>
        Known.TryGetValue(uid, out var syntax)
            ? syntax
            : new TransferSyntax(uid, "unknown transfer syntax", PixelEncoding.Unsupported, Gdcm);

    /// <summary>Programs that unpack its pixels, with what stands before the two files on their command line; any one will do.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Unpackers => Converter switch
    {
        Gdcm => [["gdcmconv", "--raw"]],
        DcmtkJpeg => [["gdcmconv", "--raw"], ["dcmdjpeg"]],
        DcmtkJpegLs => [["gdcmconv", "--raw"], ["dcmdjpls"]],
        _ => [],
    };

    /// <summary>Element headers without a VR.</summary>
    public bool IsImplicit => this == ImplicitLittleEndian;

    /// <summary>Numbers with the most significant byte first.</summary>
    public bool IsBigEndian => this == ExplicitBigEndian;

    /// <summary>Everything after the meta header is one raw deflate stream.</summary>
    public bool IsDeflated => this == DeflatedLittleEndian;
}
