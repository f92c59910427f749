using System.Buffers.Binary;
using System.IO.Compression;
using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>
/// Walks the elements of one DICOM file (PS3.5, PS3.10) up to its pixel data, keeps the few that matter and steps over
/// the rest, sequences included, without building them.
/// </summary>
/// <remarks>
/// Works on the first bytes of a file as well as on the whole: if the bytes end before the pixel data begin and the file
/// goes on, the answer is null and the caller comes back with more. Every step moves forward by at least eight bytes, so
/// damaged input costs time linear in its size.
/// </remarks>
internal sealed class DicomParser
{
    /// <summary>Sequences nested deeper than this are taken as damage.</summary>
    internal const int MaxDepth = 64;

    /// <summary>A deflated slice may inflate to this many bytes: far above any CT slice, and a bound for hostile input.</summary>
    internal const int MaxInflatedBytes = DicomContainer.MaxFileBytes;

    // What is inflated beyond these bytes must not be more than so many times as long as its deflate stream: no image but an empty one is.
    private const int FreeInflatedBytes = 8 << 20, MaxInflation = 100;

    private const int MaxKeptValue = 1 << 16;
    private const uint Undefined = uint.MaxValue;
    private const string Remedy = "Fetch the file again from its source, or leave this file out.";

    private readonly DicomDataSet _set;
    private readonly Action<long>? _reserve;
    private readonly IReadOnlySet<DicomTag>? _wanted;
    private byte[] _bytes;
    private int _length;
    private long _total;
    private long _position;
    private bool _implicit;
    private bool _bigEndian;

    private DicomParser(
        DicomDataSet set, byte[] bytes, int length, long total, Action<long>? reserve, IReadOnlySet<DicomTag>? wanted) =>
        (_set, _bytes, _length, _total, _reserve, _wanted) = (set, bytes, length, total, reserve, wanted);

    /// <summary>True if the bytes start like a DICOM file: the DICM mark, or a plausible first element without it.</summary>
    public static bool LooksLikeDicom(ReadOnlySpan<byte> head) => StartOf(head) >= 0;

    /// <summary>True if the bytes have the DICM mark.</summary>
    public static bool HasMark(ReadOnlySpan<byte> head) => StartOf(head) > 0;

    /// <summary>Parses a file of which the first <paramref name="length"/> bytes are at hand.</summary>
    /// <param name="bytes">The file's first bytes; the data set refers to this array.</param>
    /// <param name="length">How many of them count.</param>
    /// <param name="total">The file's length.</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="reserve">Asked for memory before a deflated file takes so many bytes; may wait.</param>
    /// <param name="wanted">Elements that are kept beside those that a CT series is read by.</param>
    /// <returns>The data set, or null if more bytes are needed (never when all are at hand).</returns>
    /// <exception cref="VolumeFormatException">The file is damaged or not DICOM.</exception>
    public static DicomDataSet? Parse(
        byte[] bytes, int length, long total, string file, Action<long>? reserve = null, IReadOnlySet<DicomTag>? wanted = null)
    {
        int start = StartOf(bytes.AsSpan(0, length));
        if (start < 0)
        {
            throw new VolumeFormatException(file, "neither the DICM mark nor a DICOM element at its start", "a DICOM file", Remedy);
        }

        var set = new DicomDataSet(file) { HasMark = start > 0 };
        var parser = new DicomParser(set, bytes, length, total, reserve, wanted) { _position = start };
        return parser.ReadMeta() && parser.ReadDataSet() ? set : null;
    }

    private static int StartOf(ReadOnlySpan<byte> head)
    {
        if (head.Length >= 132 && head.Slice(128, 4).SequenceEqual("DICM"u8))
            return 132;
        if (head.Length >= 4 && head[..4].SequenceEqual("DICM"u8))
            return 4;
        return head.Length >= 8 && GuessSyntax(head, 8) is not null ? 0 : -1;
    }

    // The syntax of a data set that does not say it, from its first element: group 0002 or 0008 in either byte order,
    // then either a VR or a length that is short, as the first elements' are.
    private static TransferSyntax? GuessSyntax(ReadOnlySpan<byte> first, ushort group)
    {
        ushort little = BinaryPrimitives.ReadUInt16LittleEndian(first), big = BinaryPrimitives.ReadUInt16BigEndian(first);
        bool hasVr = IsKnownVr(first[4], first[5]);
        if (little == group || little == 2)
        {
            if (hasVr)
                return TransferSyntax.ExplicitLittleEndian;
            return BinaryPrimitives.ReadUInt32LittleEndian(first[4..]) <= 1024
                && BinaryPrimitives.ReadUInt16LittleEndian(first[2..]) < 0x0100
                ? TransferSyntax.ImplicitLittleEndian
                : null;
        }

        return big == group && hasVr ? TransferSyntax.ExplicitBigEndian : null;
    }

    private bool ReadMeta()
    {
        long end = long.MaxValue;
        string? uid = null;
        while (_position + 2 <= _total)
        {
            if (!Have(8))
            {
                if (_position + 8 > _total)
                    break;
                return false;
            }

            if (BinaryPrimitives.ReadUInt16LittleEndian(Span(2)) != 2)
                break;
            // A deflate stream may begin like group 0002: there, and only there, the group length decides.
            if (_position >= end && uid == TransferSyntax.DeflatedLittleEndian.Uid)
                break;
            if (!ReadHeader(out var tag, out _, out uint length) || !ReadValue(tag, length))
                return false;
            uid = _set.Text(DicomTag.TransferSyntaxUid);
            if (tag == DicomTag.MetaGroupLength && length == 4)
                end = _position + BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan((int)_position - 4));
        }

        return ChooseSyntax(uid);
    }

    private bool ChooseSyntax(string? uid)
    {
        if (_position + 8 > _total)
        {
            _set.Syntax = uid is null ? TransferSyntax.ImplicitLittleEndian : TransferSyntax.Of(uid);
            return true;
        }

        if (!Have(8))
            return false;
        var first = Span(8);
        var syntax = uid is null ? null : TransferSyntax.Of(uid);
        if (syntax is null)
        {
            syntax = GuessSyntax(first, 8)
                ?? throw Damaged("no transfer syntax, and a first element that does not tell it", "a Transfer Syntax UID (0002,0010)");
        }
        else if (syntax == TransferSyntax.ImplicitLittleEndian || syntax == TransferSyntax.ExplicitLittleEndian)
        {
            // Some writers declare one and write the other. The VR letters of the first element, or their absence, settle it.
            bool hasVr = IsKnownVr(first[4], first[5]);
            uint asLength = BinaryPrimitives.ReadUInt32LittleEndian(first[4..]);
            if (syntax.IsImplicit && hasVr && asLength > _total - _position)
                syntax = TransferSyntax.ExplicitLittleEndian;
            else if (!syntax.IsImplicit && !hasVr && asLength <= _total - _position)
                syntax = TransferSyntax.ImplicitLittleEndian;
        }

        _set.Syntax = syntax;
        _implicit = syntax.IsImplicit;
        _bigEndian = syntax.IsBigEndian;
        return !syntax.IsDeflated || Inflate();
    }

    private bool Inflate()
    {
        if (_length < _total)
            return false;
        using var compressed = new MemoryStream(_bytes, (int)_position, _length - (int)_position, writable: false);
        using var inflater = new DeflateStream(compressed, CompressionMode.Decompress);
        _reserve?.Invoke(4L * (_length - _position));
        var inflated = new byte[Math.Clamp(4L * (_length - _position), 4096, MaxInflatedBytes)];
        long most = Math.Clamp(MaxInflation * (_length - _position), FreeInflatedBytes, MaxInflatedBytes);
        int count = 0;
        try
        {
            while (true)
            {
                int read = inflater.Read(inflated, count, inflated.Length - count);
                if (read == 0)
                    break;
                count += read;
                if (count == inflated.Length)
                {
                    if (count >= most)
                        throw Damaged($"{_length - _position} bytes of deflated data that inflate to more than {most >> 20} MiB",
                            "one CT slice");
                    _reserve?.Invoke(2L * count);
                    Array.Resize(ref inflated, (int)Math.Min(most, 2L * count));
                }
            }
        }
        catch (InvalidDataException error)
        {
            throw new VolumeFormatException(_set.File, "a damaged deflate stream", TransferSyntax.DeflatedLittleEndian.Name, Remedy, error);
        }

        (_bytes, _length, _total, _position) = (inflated, count, count, 0);
        return true;
    }

    private bool ReadDataSet()
    {
        // Fewer than eight bytes cannot be an element: padding that some writers leave.
        while (_position + 8 <= _total)
        {
            if (!Have(8) || !ReadHeader(out var tag, out ushort vr, out uint length))
                return false;
            if (tag == DicomTag.PixelData)
            {
                LocatePixels(vr, length);
                return true;
            }

            if (tag is { Group: 0, Element: 0 } && length == 0)
                break;
            if (tag == DicomTag.ItemDelimitation || tag == DicomTag.SequenceDelimitation)
                continue;
            bool more = length == Undefined ? SkipSequence(vr is Un or 0, 0) : ReadValue(tag, length);
            if (!more)
                return false;
        }

        return true;
    }

    private void LocatePixels(ushort vr, uint length)
    {
        _set.Bytes = _bytes;
        _set.PixelOffset = (int)_position;
        _set.PixelLength = length == Undefined ? -1 : length;
        _set.PixelsAreWords = vr != Ob;
        _set.BytesFromPixels = _total - _position;
    }

    private bool ReadValue(DicomTag tag, uint length)
    {
        if (length > _total - _position)
            throw Damaged(
                $"element {tag} of {length} bytes at byte {_position}, where {_total - _position} are left",
                "elements that end within the file");
        if (tag.IsKept || _wanted?.Contains(tag) == true)
        {
            if (length > MaxKeptValue)
                throw Damaged($"element {tag} of {length} bytes", $"at most {MaxKeptValue}");
            if (!Have((int)length))
                return false;
            _set.Add(tag, Span((int)length));
        }

        _position += length;
        return true;
    }

    // Steps over a sequence, or over the fragments of encapsulated data, of undefined length.
    private bool SkipSequence(bool isImplicit, int depth)
    {
        if (depth >= MaxDepth)
            throw Damaged($"sequences nested deeper than {MaxDepth}", "an ordinary data set");
        while (true)
        {
            if (!ReadItemHeader(out var tag, out uint length))
                return false;
            if (tag == DicomTag.SequenceDelimitation)
                return true;
            if (tag != DicomTag.Item)
                throw Damaged($"element {tag} at byte {_position - 8} within a sequence", "an item or the sequence's end");
            if (length == Undefined)
            {
                if (!SkipItem(isImplicit, depth))
                    return false;
            }
            else if (!ReadValue(tag, length))
            {
                return false;
            }
        }
    }

    private bool SkipItem(bool isImplicit, int depth)
    {
        while (true)
        {
            if (!ReadItemHeader(out var tag, out uint length))
                return false;
            if (tag == DicomTag.ItemDelimitation)
                return true;
            ushort vr = 0;
            if (tag.Group != 0xFFFE)
            {
                _position -= 8;
                bool outer = _implicit;
                _implicit = isImplicit;
                bool have = ReadHeader(out tag, out vr, out length);
                _implicit = outer;
                if (!have)
                    return false;
            }

            if (length == Undefined)
            {
                if (!SkipSequence(isImplicit || vr is Un or 0, depth + 1))
                    return false;
            }
            else if (length > _total - _position)
            {
                throw Damaged(
                    $"element {tag} of {length} bytes at byte {_position}, where {_total - _position} are left",
                    "elements that end within the file");
            }
            else
            {
                _position += length;
            }
        }
    }

    private bool ReadItemHeader(out DicomTag tag, out uint length)
    {
        (tag, length) = (default, 0);
        if (!Require(8))
            return false;
        tag = new DicomTag(U16(0), U16(2));
        length = U32(4);
        _position += 8;
        return true;
    }

    private bool ReadHeader(out DicomTag tag, out ushort vr, out uint length)
    {
        (tag, vr, length) = (default, 0, 0);
        if (!Require(8))
            return false;
        tag = new DicomTag(U16(0), U16(2));
        byte a = _bytes[_position + 4], b = _bytes[_position + 5];
        bool isLetters = a is >= (byte)'A' and <= (byte)'Z' && b is >= (byte)'A' and <= (byte)'Z';
        // The meta header is always explicit. Where an explicit file has no VR letters, its writer copied an implicit element.
        if (tag.Group == 0xFFFE || (_implicit && tag.Group != 2) || !isLetters)
        {
            length = U32(4);
            _position += 8;
            return true;
        }

        vr = (ushort)((a << 8) | b);
        if (IsShort(vr))
        {
            length = U16(6);
            _position += 8;
            return true;
        }

        // OB, OW, SQ, UN, ... and every VR that is not known: later ones all have the long form (PS3.5, 7.1.2).
        if (!Require(12))
            return false;
        length = U32(8);
        _position += 12;
        return true;
    }

    private const ushort Ob = ('O' << 8) | 'B', Un = ('U' << 8) | 'N';

    private static bool IsShort(ushort vr) => ShortVrs.Contains(vr);

    private static bool IsKnownVr(byte a, byte b) => ShortVrs.Contains((ushort)((a << 8) | b)) || LongVrs.Contains((ushort)((a << 8) | b));

    private static readonly HashSet<ushort> ShortVrs = Codes("AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US");
    private static readonly HashSet<ushort> LongVrs = Codes("OB OD OF OL OV OW SQ SV UC UN UR UT UV");

    private static HashSet<ushort> Codes(string names) => [.. names.Split(' ').Select(name => (ushort)((name[0] << 8) | name[1]))];

    private bool Have(int count) => _position + count <= _length;

    private bool Require(int count)
    {
        if (_position + count > _total)
            throw Damaged($"its end at byte {_total}, within an element or a sequence", "a whole data set");
        return Have(count);
    }

    private ReadOnlySpan<byte> Span(int count) => _bytes.AsSpan((int)_position, count);

    private ushort U16(int offset)
    {
        var span = _bytes.AsSpan((int)_position + offset);
        return _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(span) : BinaryPrimitives.ReadUInt16LittleEndian(span);
    }

    private uint U32(int offset)
    {
        var span = _bytes.AsSpan((int)_position + offset);
        return _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(span) : BinaryPrimitives.ReadUInt32LittleEndian(span);
    }

    private VolumeFormatException Damaged(string found, string expected) => new(_set.File, found, expected, Remedy);
}
