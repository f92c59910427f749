using System.Buffers;
using System.Buffers.Binary;
using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>
/// Decodes one frame of lossless JPEG with Huffman codes (ITU-T T.81 annex H, "process 14"): one component, 2 to 16 bits,
/// predictors 1 to 7, point transform, restart intervals.
/// </summary>
internal ref struct JpegLosslessDecoder
{
    /// <summary>A byte of entropy-coded data holds at most eight samples: the shortest code has one bit.</summary>
    internal const int MaxSamplesPerByte = 8;

    private readonly ReadOnlySpan<byte> _data;
    private readonly Span<ushort> _samples;
    private readonly int _rows;
    private readonly int _columns;
    private readonly string _file;
    private readonly JpegHuffmanTable?[] _tables = new JpegHuffmanTable?[4];
    private int _position;
    private int _precision;
    private int _componentId;
    private int _restartInterval;

    private JpegLosslessDecoder(ReadOnlySpan<byte> data, int rows, int columns, Span<ushort> samples, string file)
    {
        _data = data;
        _samples = samples;
        (_rows, _columns, _file) = (rows, columns, file);
    }

    /// <summary>Decodes a frame.</summary>
    /// <param name="data">The JPEG stream, from SOI on.</param>
    /// <param name="rows">Rows that the data set declares.</param>
    /// <param name="columns">Columns that the data set declares.</param>
    /// <param name="samples">Receives the samples; its length is rows x columns.</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <exception cref="VolumeFormatException">The stream is damaged, of another JPEG process, or of another size.</exception>
    public static void Decode(ReadOnlySpan<byte> data, int rows, int columns, Span<ushort> samples, string file) =>
        new JpegLosslessDecoder(data, rows, columns, samples, file).Run();

    private void Run()
    {
        if (_data.Length < 2 || _data[0] != 0xFF || _data[1] != 0xD8)
            throw Damaged("pixel data that do not start with a JPEG image", "SOI (FFD8)");
        _position = 2;
        while (true)
        {
            byte marker = NextMarker();
            if (marker == 0xD9)
                throw Damaged("a JPEG image that ends before its scan", "one scan");
            if (marker is 0x01 or (>= 0xD0 and <= 0xD7))
                continue;
            var segment = NextSegment(marker);
            switch (marker)
            {
                case 0xC3:
                    ReadFrame(segment);
                    break;
                case 0xC4:
                    ReadTables(segment);
                    break;
                case 0xDD:
                    _restartInterval = segment.Length >= 2
                        ? BinaryPrimitives.ReadUInt16BigEndian(segment)
                        : throw Damaged("a short JPEG DRI segment", "a restart interval");
                    break;
                case 0xDA:
                    ReadScan(segment);
                    return;
                case (>= 0xC0 and <= 0xCF) and not 0xC8:
                    throw new VolumeFormatException(
                        _file, $"a JPEG image of process SOF{marker - 0xC0}", "SOF3 (lossless, Huffman), as the transfer syntax says",
                        "Convert the file with dcmdjpeg (dcmtk) or gdcmconv --raw.");
            }
        }
    }

    private byte NextMarker()
    {
        while (_position + 1 < _data.Length)
        {
            if (_data[_position] != 0xFF)
                throw Damaged($"byte {_data[_position]:X2} where a JPEG marker should be", "FF");
            byte marker = _data[_position + 1];
            _position++;
            if (marker is 0xFF)
                continue;
            _position++;
            return marker;
        }

        throw Damaged("a JPEG image that ends before its scan", "one scan");
    }

    private ReadOnlySpan<byte> NextSegment(byte marker)
    {
        int length = _position + 2 <= _data.Length ? BinaryPrimitives.ReadUInt16BigEndian(_data[_position..]) : 0;
        if (length < 2 || length > _data.Length - _position)
            throw Damaged(
                $"JPEG segment FF{marker:X2} of {length} bytes, where {_data.Length - _position} are left", "segments within the data");
        var segment = _data.Slice(_position + 2, length - 2);
        _position += length;
        return segment;
    }

    private void ReadFrame(ReadOnlySpan<byte> segment)
    {
        if (segment.Length < 9)
            throw Damaged("a short JPEG frame header", "its size and one component");
        _precision = segment[0];
        int rows = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]), columns = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        if (segment[5] != 1)
            throw Damaged($"a JPEG image of {segment[5]} components", "one component (grey values)");
        if (_precision is < 2 or > 16)
            throw Damaged($"a JPEG image of {_precision} bits", "2 to 16");
        if (rows != _rows || columns != _columns)
            throw Damaged($"a JPEG image of {rows} x {columns} pixels", $"{_rows} x {_columns}, as the data set says");
        _componentId = segment[6];
    }

    private void ReadTables(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 0)
        {
            int codes = 0;
            for (int i = 1; i <= 16 && i < segment.Length; i++)
                codes += segment[i];
            // Only class 0 exists in lossless JPEG; bits above 3 would be the class.
            if (segment.Length < 17 + codes || segment[0] > 3)
                throw Damaged("a damaged JPEG Huffman table", "tables 0 to 3 with 16 counts and as many categories");
            _tables[segment[0]] = new JpegHuffmanTable(segment.Slice(1, 16), segment.Slice(17, codes), _file);
            segment = segment[(17 + codes)..];
        }
    }

    private void ReadScan(ReadOnlySpan<byte> segment)
    {
        if (_precision == 0)
            throw Damaged("a JPEG scan before its frame header", "SOF3 first");
        if (segment.Length < 6 || segment[0] != 1 || segment[1] != _componentId)
            throw Damaged("a JPEG scan of other components than the frame's", "its one component");
        int predictor = segment[3], transform = segment[5] & 15;
        if (predictor is < 1 or > 7 || transform >= _precision)
            throw Damaged(
                $"JPEG predictor {predictor} and point transform {transform} for {_precision} bits",
                "predictor 1 to 7 and a transform below the precision");
        var table = (segment[2] >> 4) < 4 ? _tables[segment[2] >> 4] : null;
        if (table is null)
            throw Damaged($"a JPEG scan with Huffman table {segment[2] >> 4}", "a table that the image defines");
        if (_restartInterval % _columns != 0)
            throw Damaged($"a JPEG restart interval of {_restartInterval} samples", $"whole lines of {_columns} (T.81, H.1.1)");

        int rowsPerInterval = _restartInterval == 0 ? _rows : Math.Min(_rows, _restartInterval / _columns);
        byte[] plain = ArrayPool<byte>.Shared.Rent(_data.Length - _position + JpegBitSource.Padding);
        int[] differences = ArrayPool<int>.Shared.Rent(_columns);
        try
        {
            for (int row = 0; row < _rows; row += rowsPerInterval)
            {
                if (row > 0)
                    SkipRestartMarker();
                int length = Unstuff(plain);
                var bits = new JpegBitSource(plain, length, table);
                int end = Math.Min(_rows, row + rowsPerInterval);
                for (int r = row; r < end; r++)
                {
                    var line = differences.AsSpan(0, _columns);
                    if (!bits.ReadDifferences(line))
                        throw Damaged($"JPEG data that are damaged or end at line {r} of {_rows}", "a whole image");
                    var current = _samples.Slice(r * _columns, _columns);
                    if (r == row)
                        JpegPredictor.FirstLine(line, current, 1 << (_precision - transform - 1));
                    else
                        JpegPredictor.Line(predictor, line, _samples.Slice((r - 1) * _columns, _columns), current);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
            ArrayPool<int>.Shared.Return(differences);
        }

        if (transform > 0)
        {
            foreach (ref ushort sample in _samples)
                sample = (ushort)(sample << transform);
        }
    }

    private void SkipRestartMarker()
    {
        if (NextMarker() is not (>= 0xD0 and <= 0xD7))
            throw Damaged("no JPEG restart marker where one is due", "RST0 to RST7");
    }

    // Copies the entropy-coded bytes up to the next marker without the zero that follows each FF, and stops before the marker.
    private int Unstuff(Span<byte> plain)
    {
        int length = 0;
        while (true)
        {
            var rest = _data[_position..];
            int run = rest.IndexOf((byte)0xFF);
            bool isStuffed = run >= 0 && run + 1 < rest.Length && rest[run + 1] == 0;
            int copy = run < 0 ? rest.Length : isStuffed ? run + 1 : run;
            rest[..copy].CopyTo(plain[length..]);
            length += copy;
            _position += copy;
            if (!isStuffed)
                break;
            _position++;
        }

        plain.Slice(length, JpegBitSource.Padding).Clear();
        return length;
    }

    private readonly VolumeFormatException Damaged(string found, string expected) =>
        new(_file, found, expected, "Fetch the file again from its source.");
}
