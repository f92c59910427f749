using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Screener.Imaging.Dicom;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>
/// Makes one CT slice as a DICOM file by hand, byte by byte, so that every oddity can be put in. Shares no code with the reader or writer.
/// </summary>
internal sealed class DicomFileBuilder
{
    public const string ImplicitLittle = "1.2.840.10008.1.2", ExplicitLittle = "1.2.840.10008.1.2.1", BigEndian = "1.2.840.10008.1.2.2",
        Deflated = "1.2.840.10008.1.2.1.99", Rle = "1.2.840.10008.1.2.5", Jpeg57 = "1.2.840.10008.1.2.4.57", Jpeg70 =
            "1.2.840.10008.1.2.4.70";

    private readonly SortedDictionary<uint, Func<DicomFileBuilder, byte[]>> _elements = [];

    public DicomFileBuilder(int rows = 4, int columns = 5)
    {
        Text(0x0008_0008, "CS", "ORIGINAL\\PRIMARY\\AXIAL");
        Text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.2");
        Text(0x0008_0018, "UI", "1.2.3.100");
        Text(0x0008_0060, "CS", "CT");
        Text(0x0020_000D, "UI", "1.2.3.1");
        Text(0x0020_000E, "UI", "1.2.3.2");
        Text(0x0020_0032, "DS", "-10\\-20\\30");
        Text(0x0020_0037, "DS", "1\\0\\0\\0\\1\\0");
        Word(0x0028_0002, 1);
        Text(0x0028_0004, "CS", "MONOCHROME2");
        Word(0x0028_0010, (ushort)rows);
        Word(0x0028_0011, (ushort)columns);
        Text(0x0028_0030, "DS", "0.8\\0.7");
        Word(0x0028_0100, 16);
        Word(0x0028_0101, 16);
        Word(0x0028_0102, 15);
        Word(0x0028_0103, 1);
        Text(0x0028_1052, "DS", "-1024");
        Text(0x0028_1053, "DS", "1");
        Pixels16([.. Enumerable.Range(0, rows * columns).Select(i => (ushort)(100 * i))]);
    }

    public string Syntax { get; init; } = ExplicitLittle;

    /// <summary>Written without preamble and meta header.</summary>
    public bool Bare { get; init; }

    /// <summary>Appended after everything.</summary>
    public byte[] Trailer { get; init; } = [];

    private bool IsBig => Syntax == BigEndian;

    private bool IsImplicit => Syntax == ImplicitLittle;

    public DicomFileBuilder Remove(uint tag)
    {
        _elements.Remove(tag);
        return this;
    }

    /// <summary>A text element exactly as given: no padding is added.</summary>
    public DicomFileBuilder Text(uint tag, string vr, string text) => Element(
        tag, vr, Encoding.UTF8.GetBytes(text.Length % 2 == 0 ? text : text + (vr == "UI" ? "\0" : " ")));

    public DicomFileBuilder Word(uint tag, ushort value, string vr = "US") =>
        Raw(tag, b => b.Header(tag, vr, 2, b.IsBig ? [(byte)(value >> 8), (byte)value] : [(byte)value, (byte)(value >> 8)]));

    public DicomFileBuilder Element(uint tag, string vr, byte[] value) => Raw(tag, b => b.Header(tag, vr, (uint)value.Length, value));

    /// <summary>Any bytes at the place of a tag, made for the file's syntax.</summary>
    public DicomFileBuilder Raw(uint tag, Func<DicomFileBuilder, byte[]> bytes)
    {
        _elements[tag] = bytes;
        return this;
    }

    public DicomFileBuilder Pixels16(ushort[] values, string vr = "OW") => Raw(0x7FE0_0010, b =>
    {
        var bytes = new byte[2 * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (b.IsBig)
                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2 * i), values[i]);
            else
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), values[i]);
        }

        return b.Header(0x7FE0_0010, vr, (uint)bytes.Length, bytes);
    });

    /// <summary>Encapsulated pixel data: an offset table (empty or of one entry) and fragments.</summary>
    public DicomFileBuilder Fragments(bool offsetTable, params byte[][] fragments) => Raw(0x7FE0_0010, b =>
    [
        .. b.Header(0x7FE0_0010, "OB", uint.MaxValue, []),
        .. b.Header(0xFFFE_E000, "", offsetTable ? 4u : 0, offsetTable ? new byte[4] : []),
        .. fragments.SelectMany(f => b.Header(0xFFFE_E000, "", (uint)f.Length, f)),
        .. b.Header(0xFFFE_E0DD, "", 0, []),
    ]);

    /// <summary>An element header in the file's syntax, then a value.</summary>
    public byte[] Header(uint tag, string vr, uint length, byte[] value)
    {
        using var bytes = new MemoryStream();
        void U16(uint x) => bytes.Write(IsBig ? [(byte)(x >> 8), (byte)x] : [(byte)x, (byte)(x >> 8)]);
        void U32(uint x) => bytes.Write(
            IsBig
                ? [(byte)(x >> 24), (byte)(x >> 16), (byte)(x >> 8), (byte)x]
                : [(byte)x, (byte)(x >> 8), (byte)(x >> 16), (byte)(x >> 24)]);
        U16(tag >> 16);
        U16(tag & 0xFFFF);
        if (IsImplicit || tag >> 16 == 0xFFFE)
        {
            U32(length);
        }
        else
        {
            bytes.Write(Encoding.ASCII.GetBytes(vr));
            if (vr is "OB" or "OW" or "OF" or "OD" or "OL" or "OV" or "SQ" or "UC" or "UN" or "UR" or "UT" or "ZZ")
            {
                U16(0);
                U32(length);
            }
            else
            {
                U16(length);
            }
        }

        bytes.Write(value);
        return bytes.ToArray();
    }

    public byte[] ToBytes()
    {
        byte[] data = [.. _elements.Values.SelectMany(make => make(this)), .. Trailer];
        if (Bare)
            return data;
        if (Syntax == Deflated)
        {
            using var deflated = new MemoryStream();
            using (var stream = new DeflateStream(deflated, CompressionLevel.Optimal))
                stream.Write(data);
            data = deflated.ToArray();
        }

        var meta = new DicomFileBuilder(bare: true);
        meta.Text(0x0002_0002, "UI", "1.2.840.10008.5.1.4.1.1.2").Text(0x0002_0010, "UI", Syntax);
        byte[] rest = [.. meta._elements.Values.SelectMany(make => make(meta))];
        byte[] length = meta.Header(0x0002_0000, "UL", 4, BitConverter.GetBytes(rest.Length));
        return [.. new byte[128], .. "DICM"u8, .. length, .. rest, .. data];
    }

    private DicomFileBuilder(bool bare) => Bare = bare;

    /// <summary>Parses and decodes the file as the series reader does with each slice.</summary>
    public static (CtSliceHeader Header, float[] Hu) Decode(byte[] bytes)
    {
        var set = DicomParser.Parse(bytes, bytes.Length, bytes.Length, "test.dcm")!;
        var header = CtSliceHeader.Of(set, 0);
        header.Pixels.Check(header.File, header.Syntax);
        var hu = new float[header.Pixels.Rows * header.Pixels.Columns];
        PixelDecoder.Decode(set, header.Pixels, hu);
        return (header, hu);
    }
}
