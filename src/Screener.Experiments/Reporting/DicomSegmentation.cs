using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>Writes DICOM segmentations that refer to the images of the CT series.</summary>
/// <remarks>They hold of the patient what <see cref="DicomOrigin"/> holds. Each writing makes an object with UIDs of its own.</remarks>
public static class DicomSegmentation
{
    private const int FindingsSeries = 9001, ProbabilitySeries = 9002;

    private static readonly (string, string, string) Segmentation = ("113076", "DCM", "Segmentation");

    /// <summary>Writes findings as binary segments, one each; an empty one where there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="origin">The CT series.</param>
    /// <param name="method">What made the map.</param>
    /// <param name="findings">Found in a map of this series.</param>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void WriteFindings(string path, DicomOrigin origin, string method, Findings findings)
    {
        ArgumentNullException.ThrowIfNull(origin);
        ArgumentNullException.ThrowIfNull(findings);
        var dicom = new DerivedDicom(origin, SopClass.Segmentation, "SEG", FindingsSeries, $"Screener findings: {method}");
        Describe(dicom, "FINDINGS", "BINARY", 1);
        var segments = findings.List.Select((f, i) => Segment(
            i + 1, Invariant($"Finding {i + 1}") + (f.OrganName is null ? "" : $", {f.OrganName}"), FindingPictures.Caption(i + 1, f),
            method));
        dicom.Elements.Write(new(0x0062, 0x0002),
            findings.List.Count > 0 ? [.. segments] : [Segment(1, "No finding", "Nothing is above the threshold.", method)]);

        var shape = origin.Grid.Shape;
        int size = shape.Height * shape.Width;
        var places = findings.Places.Select(p => p.Indices().ToArray()).ToList();
        DerivedFrame[] frames =
            [.. places.SelectMany((voxels, i) => voxels.Select(v => v / size).Distinct().Order().Select(s => new DerivedFrame(s, i + 1)))];
        if (frames.Length == 0)
            frames = [new DerivedFrame(shape.Depth / 2, 1)];
        var at = frames.Index().ToDictionary(f => f.Item, f => f.Index);

        // One bit a voxel, the lowest first; frames follow each other without a gap.
        var bits = new byte[(((long)frames.Length * size) + 7) / 8];
        foreach (var (i, voxels) in places.Index())
        {
            foreach (int voxel in voxels)
            {
                long bit = ((long)at[new DerivedFrame(voxel / size, i + 1)] * size) + (voxel % size);
                bits[bit / 8] |= (byte)(1 << (int)(bit % 8));
            }
        }

        dicom.Frames(frames, Segmentation);
        dicom.Write(path, bits.Length, file => file.Write(bits));
    }

    /// <summary>Writes a calibrated map as probability, 1 - 10^-score: the part of a population's voxels that score lower.</summary>
    /// <param name="path">The file.</param>
    /// <param name="origin">The CT series.</param>
    /// <param name="method">What made the map.</param>
    /// <param name="map">A calibrated map of this series.</param>
    /// <param name="body">The patient; the probability is 0 outside.</param>
    /// <param name="cancellation">Stops the writing and leaves no file.</param>
    /// <exception cref="OptionException">The map is not calibrated.</exception>
    /// <exception cref="ScoreMapException">The map lies on another grid than the series.</exception>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void WriteProbability(
        string path, DicomOrigin origin, string method, AnomalyMap map, BodyMask body, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(origin);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(body);
        origin.Require(map.Grid, nameof(map));
        if (!map.IsCalibrated)
            throw new OptionException(nameof(map), "scores without a unit", "a calibrated map", "Choose a method such as ensemble.");
        var dicom = new DerivedDicom(origin, SopClass.Segmentation, "SEG", ProbabilitySeries, $"Screener probability: {method}");
        Describe(dicom, "PROBABILITY", "FRACTIONAL", 8);
        dicom.Elements.Write(new(0x0062, 0x0010), "CS", "PROBABILITY");
        dicom.Elements.Write(new(0x0062, 0x000E), byte.MaxValue);
        dicom.Elements.Write(
            new(0x0062, 0x0002),
            Segment(1, "Unusual", "The part of a population's voxels that score lower, 1 - 10^-score; 255 is 1.", method));
        int size = map.Shape.Height * map.Shape.Width;
        DerivedFrame[] frames = [.. Enumerable.Range(0, map.Shape.Depth)
            .Where(d => body.Voxels.AsSpan(d * size, size).ContainsAnyExcept((byte)0)).Select(d => new DerivedFrame(d, 1))];
        if (frames.Length == 0)
            frames = [new DerivedFrame(map.Shape.Depth / 2, 1)];
        dicom.Frames(frames, Segmentation);
        dicom.Write(path, (long)frames.Length * size, file =>
        {
            var frame = new byte[size];
            foreach (var (slice, _) in frames)
            {
                cancellation.ThrowIfCancellationRequested();
                for (int p = 0, i = slice * size; p < size; p++, i++)
                    frame[p] = body.Voxels[i] == 0 ? (byte)0 : (byte)Math.Round(255 * (1 - Math.Pow(10, -Math.Max(0, map.Voxels[i]))));
                file.Write(frame);
            }
        });
    }

    private static void Describe(DerivedDicom dicom, string label, string type, int bits)
    {
        var to = dicom.Elements;
        to.Write(DicomTag.ImageType, "CS", @"DERIVED\PRIMARY");
        dicom.Pixels(bits, 1, "MONOCHROME2");
        to.Write(new(0x0062, 0x0001), "CS", type);
        to.Write(new(0x0062, 0x0013), "CS", "NO");
        to.Write(new(0x0070, 0x0080), "CS", label);
        to.Write(new(0x0070, 0x0081), "LO", "What looks unlike what the model expects there; no diagnosis");
        to.Write(new(0x0070, 0x0084), "PN", "");
    }

    private static DicomElements Segment(int number, string label, string description, string method)
    {
        var segment = new DicomElements();
        segment.Write(new(0x0062, 0x0004), (ushort)number);
        segment.Write(new(0x0062, 0x0005), "LO", DerivedDicom.Text(label, 64));
        segment.Write(new(0x0062, 0x0006), "ST", DerivedDicom.Text(description, 1000));
        segment.Write(new(0x0062, 0x0008), "CS", "AUTOMATIC");
        segment.Write(new(0x0062, 0x0009), "LO", DerivedDicom.Text($"Screener {method}", 64));
        segment.WriteCode(new(0x0062, 0x0003), ("49755003", "SCT", "Morphologically Abnormal Structure"));
        segment.WriteCode(new(0x0062, 0x000F), ("52988006", "SCT", "Lesion"));
        return segment;
    }
}
