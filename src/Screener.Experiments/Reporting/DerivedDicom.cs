using System.Globalization;
using Screener.Errors;
using Screener.Imaging.Dicom;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>A frame of an object that is derived from a series.</summary>
/// <param name="Slice">The image that it comes from: its index along D.</param>
/// <param name="Segment">The segment that it shows, from 1; 0 where there are none.</param>
internal readonly record struct DerivedFrame(int Slice, int Segment = 0);

/// <summary>A multi-frame DICOM object that is derived from a CT series: a series of its own in the same study.</summary>
internal sealed class DerivedDicom
{
    private readonly DicomOrigin _origin;
    private readonly string _sopClass, _instance = DicomFile.NewUid();

    /// <summary>Starts the object.</summary>
    /// <param name="origin">The CT series.</param>
    /// <param name="sopClass">The kind of object.</param>
    /// <param name="modality">The series' modality.</param>
    /// <param name="series">The series' number.</param>
    /// <param name="description">What the series is called.</param>
    internal DerivedDicom(DicomOrigin origin, string sopClass, string modality, int series, string description)
    {
        (_origin, _sopClass) = (origin, sopClass);
        var now = TimeProvider.System.GetLocalNow();
        Elements.Write(DicomTag.SopClassUid, "UI", sopClass);
        Elements.Write(DicomTag.SopInstanceUid, "UI", _instance);
        Elements.Write(new(0x0008, 0x0023), "DA", now.ToString("yyyyMMdd", CultureInfo.InvariantCulture));
        Elements.Write(new(0x0008, 0x0033), "TM", now.ToString("HHmmss", CultureInfo.InvariantCulture));
        Elements.Write(DicomTag.Modality, "CS", modality);
        Elements.Write(new(0x0008, 0x0070), "LO", "Screener for .NET");
        Elements.Write(DicomTag.SeriesDescription, "LO", Text(description, 64));
        Elements.Write(new(0x0008, 0x1090), "LO", "Screener");
        Elements.Write(new(0x0018, 0x1000), "LO", "1");
        Elements.Write(new(0x0018, 0x1020), "LO", Text(LibraryVersions.All()["screener"], 64));
        Elements.Write(DicomTag.SeriesInstanceUid, "UI", DicomFile.NewUid());
        Elements.Write(new(0x0020, 0x0011), "IS", Invariant($"{series}"));
        Elements.Write(DicomTag.InstanceNumber, "IS", "1");
        Elements.Write(DicomTag.Rows, (ushort)origin.Grid.Shape.Height);
        Elements.Write(DicomTag.Columns, (ushort)origin.Grid.Shape.Width);
        origin.CopyTo(Elements);
    }

    /// <summary>What else is said of it.</summary>
    internal DicomElements Elements { get; } = new();

    /// <summary>Says how pixels are stored.</summary>
    internal void Pixels(int bits, int samples, string photometric)
    {
        Elements.Write(DicomTag.SamplesPerPixel, (ushort)samples);
        Elements.Write(DicomTag.PhotometricInterpretation, "CS", photometric);
        Elements.Write(DicomTag.BitsAllocated, (ushort)bits);
        Elements.Write(DicomTag.BitsStored, (ushort)bits);
        Elements.Write(DicomTag.HighBit, (ushort)(bits - 1));
        Elements.Write(DicomTag.PixelRepresentation, 0);
    }

    /// <summary>Says where each frame lies and which image it comes from.</summary>
    /// <param name="frames">In their order.</param>
    /// <param name="derivation">What was done with the images.</param>
    internal void Frames(IReadOnlyList<DerivedFrame> frames, (string Value, string Scheme, string Meaning) derivation)
    {
        DicomTag segmentGroup = new(0x0062, 0x000A), segmentNumber = new(0x0062, 0x000B);
        bool hasSegments = frames[0].Segment > 0;
        string organization = DicomFile.NewUid();
        Elements.Write(DicomTag.NumberOfFrames, "IS", Invariant($"{frames.Count}"));
        var shared = new DicomElements();
        _origin.WriteGeometry(shared);
        Elements.Write(new(0x5200, 0x9229), shared);
        var places = frames.Select(f => f.Slice).Distinct().Order().Index().ToDictionary(p => p.Item, p => (uint)p.Index + 1);
        Elements.Write(new(0x5200, 0x9230), [.. frames.Select(Frame)]);
        var named = new DicomElements();
        named.Write(new(0x0020, 0x9164), "UI", organization);
        Elements.Write(new(0x0020, 0x9221), named);
        var position = Dimension(DicomTag.ImagePositionPatient, new(0x0020, 0x9113), "Position");
        Elements.Write(new(0x0020, 0x9222), hasSegments ? [Dimension(segmentNumber, segmentGroup, "Segment"), position] : [position]);
        _origin.WriteReferences(Elements, places.Keys);

        DicomElements Frame(DerivedFrame frame)
        {
            var groups = new DicomElements();
            var content = new DicomElements();
            uint place = places[frame.Slice];
            content.Write(new(0x0020, 0x9157), hasSegments ? [(uint)frame.Segment, place] : [place]);
            groups.Write(new(0x0020, 0x9111), content);
            _origin.WriteFrame(groups, frame.Slice, derivation);
            if (hasSegments)
            {
                var segment = new DicomElements();
                segment.Write(segmentNumber, (ushort)frame.Segment);
                groups.Write(segmentGroup, segment);
            }

            return groups;
        }

        DicomElements Dimension(DicomTag element, DicomTag group, string label)
        {
            var item = new DicomElements();
            item.Write(new(0x0020, 0x9164), "UI", organization);
            item.Write(new(0x0020, 0x9165), element);
            item.Write(new(0x0020, 0x9167), group);
            item.Write(new(0x0020, 0x9421), "LO", label);
            return item;
        }
    }

    /// <summary>Writes the object with pixels of a known length.</summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    /// <exception cref="OptionException">The pixels are too many for one object.</exception>
    internal void Write(string path, long bytes, Action<Stream> pixels)
    {
        long padded = bytes + (bytes % 2);
        if (padded >= uint.MaxValue)
            throw new OptionException(nameof(path), Invariant($"{bytes} bytes of pixels"), "less than 4 GiB in one DICOM object");
        Write(path, TransferSyntax.ExplicitLittleEndian, (uint)padded, file =>
        {
            pixels(file);
            file.Write(new byte[padded - bytes]);
        });
    }

    /// <summary>Writes the object with frames that are packed one by one.</summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    internal void Write(string path, TransferSyntax syntax, IEnumerable<byte[]> frames) => Write(path, syntax, uint.MaxValue, file =>
    {
        DicomElements.WriteItem(file, DicomTag.Item, []);
        foreach (byte[] frame in frames)
            DicomElements.WriteItem(file, DicomTag.Item, frame);
        DicomElements.WriteItem(file, DicomTag.SequenceDelimitation, []);
    });

    /// <summary>A text in letters that every character set has.</summary>
    internal static string Text(string text, int most)
    {
        string plain = string.Concat(text.Select(c => c is >= ' ' and <= '~' and not '\\' ? c : '?'));
        return plain.Length <= most ? plain : plain[..most];
    }

    private void Write(string path, TransferSyntax syntax, uint length, Action<Stream> pixels) => AtomicFile.Write(path, file =>
    {
        DicomFile.WriteMeta(file, _sopClass, _instance, syntax.Uid);
        Elements.CopyTo(file);
        DicomElements.WriteHeader(file, DicomTag.PixelData, "OB", length);
        pixels(file);
    });
}
