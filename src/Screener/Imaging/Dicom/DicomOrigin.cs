using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>What an object that is derived from a CT series must say of it (PS3.3): patient, study, frame of reference, images.</summary>
/// <remarks>Of the patient it holds what the standard demands: name, ID, birth date, sex, and the study's date, time, numbers and
/// referring physician, each as it stands in the first image.</remarks>
public sealed class DicomOrigin
{
    private static readonly (DicomTag Tag, string Vr, bool IsDemanded)[] Copied =
    [
        (DicomTag.SpecificCharacterSet, "CS", false),
        (new(0x0008, 0x0020), "DA", true), (new(0x0008, 0x0030), "TM", true), (new(0x0008, 0x0050), "SH", true),
        (new(0x0008, 0x0090), "PN", true), (new(0x0010, 0x0010), "PN", true), (DicomTag.PatientId, "LO", true),
        (new(0x0010, 0x0030), "DA", true), (new(0x0010, 0x0040), "CS", true), (DicomTag.StudyInstanceUid, "UI", true),
        (new(0x0020, 0x0010), "SH", true), (DicomTag.FrameOfReferenceUid, "UI", true), (new(0x0020, 0x1040), "LO", true),
        (new(0x0028, 0x2112), "DS", false), (new(0x0028, 0x2114), "CS", false),
    ];

    private static readonly DicomTag LossyCompression = new(0x0028, 0x2110);

    private readonly IReadOnlyList<CtSliceHeader> _slices;
    private readonly DicomDataSet _first;

    private DicomOrigin(VolumeGrid grid, IReadOnlyList<CtSliceHeader> slices, DicomDataSet first) =>
        (Grid, _slices, _first) = (grid, slices, first);

    /// <summary>The series' grid: one image per index along D.</summary>
    internal VolumeGrid Grid { get; }

    /// <summary>Refuses voxels that lie elsewhere than the images: in an object that refers to those they would be misplaced.</summary>
    /// <exception cref="ScoreMapException">They do.</exception>
    internal void Require(VolumeGrid grid, string what)
    {
        if (!grid.Matches(Grid))
            throw new ScoreMapException(
                what, $"{grid.Shape} voxels on another grid", $"the grid of the series, {Grid.Shape}", "Screen the series as it was read.");
    }

    internal static DicomOrigin Of(CtVolume volume, SeriesPlan plan, Func<IReadOnlySet<DicomTag>, DicomDataSet> read)
    {
        var slices = plan.Slices;
        string? lacking =
            slices.Any(s => s.SopInstanceUid.Length == 0) ? "images without SOPInstanceUID"
            : slices.DistinctBy(s => s.SopInstanceUid).Count() < slices.Count ? "images that share a SOPInstanceUID"
            : slices.Any(s => s.SeriesUid.Length == 0) ? "images without SeriesInstanceUID"
            : slices[0].StudyUid.Length == 0 ? "no StudyInstanceUID"
            : slices.Any(s => s.FrameOfReferenceUid.Length == 0) ? "images without FrameOfReferenceUID"
            : slices.DistinctBy(s => s.FrameOfReferenceUid).Count() > 1 ? "images of several frames of reference"
            : null;
        return lacking is null
            ? new DicomOrigin(volume.Grid, slices, read(Copied.Select(c => c.Tag).Append(LossyCompression).ToHashSet()))
            : throw new SeriesRejectedException(
                volume.Source, lacking, "UIDs by which a segmentation or a capture can refer to the images",
                "Fetch the series from its source, or write a NIfTI map with --out.");
    }

    /// <summary>Copies patient, study and frame of reference.</summary>
    internal void CopyTo(DicomElements to)
    {
        foreach (var (tag, vr, isDemanded) in Copied)
        {
            var value = _first.ValueOf(tag);
            if (isDemanded || value.Length > 0)
                to.Write(tag, vr, value);
        }

        to.Write(LossyCompression, "CS", _first.Text(LossyCompression) == "01" ? "01" : "00");
    }

    /// <summary>Says how the images lie: what all frames share.</summary>
    internal void WriteGeometry(DicomElements to)
    {
        var (slice, spacing) = (_slices[0], Grid.Spacing);
        var measures = new DicomElements();
        measures.Write(DicomTag.SliceThickness, "DS", DicomElements.Decimal(slice.Thickness ?? spacing.Depth));
        measures.Write(new(0x0018, 0x0088), "DS", DicomElements.Decimal(spacing.Depth));
        measures.Write(DicomTag.PixelSpacing, "DS", DicomElements.Decimals(slice.PixelSpacing));
        to.Write(new(0x0028, 0x9110), measures);
        var orientation = new DicomElements();
        orientation.Write(DicomTag.ImageOrientationPatient, "DS", DicomElements.Decimals(slice.Orientation));
        to.Write(new(0x0020, 0x9116), orientation);
    }

    /// <summary>Says where a frame lies, and that it comes from an image.</summary>
    /// <param name="to">The frame's functional groups.</param>
    /// <param name="slice">The image's index along D.</param>
    /// <param name="derivation">What was done with it.</param>
    internal void WriteFrame(DicomElements to, int slice, (string Value, string Scheme, string Meaning) derivation)
    {
        var position = new DicomElements();
        position.Write(DicomTag.ImagePositionPatient, "DS", DicomElements.Decimals(_slices[slice].Position));
        to.Write(new(0x0020, 0x9113), position);
        var source = Reference(slice);
        source.Write(new(0x0028, 0x135A), "CS", "YES");
        source.WriteCode(new(0x0040, 0xA170), ("121322", "DCM", "Source image for image processing operation"));
        var image = new DicomElements();
        image.Write(new(0x0008, 0x2112), source);
        image.WriteCode(new(0x0008, 0x9215), derivation);
        to.Write(new(0x0008, 0x9124), image);
    }

    /// <summary>Names the images that frames come from.</summary>
    internal void WriteReferences(DicomElements to, IEnumerable<int> slices) => to.Write(
        new(0x0008, 0x1115), [.. slices.Distinct().Order().GroupBy(s => _slices[s].SeriesUid).Select(series =>
        {
            var item = new DicomElements();
            item.Write(DicomTag.SeriesInstanceUid, "UI", series.Key);
            item.Write(new(0x0008, 0x114A), [.. series.Select(Reference)]);
            return item;
        })]);

    private DicomElements Reference(int slice)
    {
        var item = new DicomElements();
        item.Write(new(0x0008, 0x1150), "UI", _slices[slice].SopClassUid is { Length: > 0 } uid ? uid : SopClass.Ct);
        item.Write(new(0x0008, 0x1155), "UI", _slices[slice].SopInstanceUid);
        return item;
    }
}
