using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>What the header of one DICOM instance says, as far as a CT series needs it. Null: the file does not say.</summary>
/// <remarks>Made for every instance of a folder, images or not; what makes an instance unusable is judged only in the series that is read.</remarks>
internal sealed record CtSliceHeader
{
    /// <summary>The number of the file in its container.</summary>
    public required int Entry { get; init; }

    /// <summary>The file's name, for messages.</summary>
    public required string File { get; init; }

    /// <summary>How the file is written.</summary>
    public required TransferSyntax Syntax { get; init; }

    /// <summary>The kind of object (SOP class UID).</summary>
    public required string SopClassUid { get; init; }

    /// <summary>The image's UID; empty if the file has none.</summary>
    public required string SopInstanceUid { get; init; }

    /// <summary>The series' UID; empty if the file has none.</summary>
    public required string SeriesUid { get; init; }

    /// <summary>The study's UID.</summary>
    public required string StudyUid { get; init; }

    /// <summary>The patient's ID.</summary>
    public required string PatientId { get; init; }

    /// <summary>"CT", "SEG", "MR", ...</summary>
    public required string Modality { get; init; }

    /// <summary>The series' description.</summary>
    public required string Description { get; init; }

    /// <summary>ORIGINAL, PRIMARY, AXIAL, ...</summary>
    public required string[] ImageType { get; init; }

    /// <summary>Frames of a multi-frame image; 1 if not given.</summary>
    public required int Frames { get; init; }

    /// <summary>Centre of the first pixel, LPS mm.</summary>
    public required double[]? Position { get; init; }

    /// <summary>Direction of a row, then of a column, LPS.</summary>
    public required double[]? Orientation { get; init; }

    /// <summary>Distance between rows, then between columns, mm.</summary>
    public required double[]? PixelSpacing { get; init; }

    /// <summary>Gantry tilt in degrees; 0 if not given.</summary>
    public required double Tilt { get; init; }

    /// <summary>How the pixels are stored.</summary>
    public required PixelFormat Pixels { get; init; }

    /// <summary>A survey image (scout, topogram), not a slice.</summary>
    public bool IsLocalizer => ImageType.Any(t => t is "LOCALIZER" or "SCOUT" or "TOPOGRAM");

    /// <summary>One of the two CT images of a CT series: single-frame, or the enhanced kinds that are refused by name.</summary>
    public bool IsCtImage => Modality == "CT" && Pixels.HasPixels && SopClassUid is "" or SopClass.Ct or SopClass.EnhancedCt or SopClass.LegacyEnhancedCt;

    /// <summary>Reads the header.</summary>
    /// <exception cref="VolumeFormatException">A number in it is not one.</exception>
    public static CtSliceHeader Of(DicomDataSet set, int entry) => new()
    {
        Entry = entry,
        File = set.File,
        Syntax = set.Syntax,
        SopClassUid = set.Text(DicomTag.SopClassUid) ?? set.Text(DicomTag.MediaStorageSopClassUid) ?? "",
        SopInstanceUid = set.Text(DicomTag.SopInstanceUid) ?? "",
        SeriesUid = set.Text(DicomTag.SeriesInstanceUid) ?? "",
        StudyUid = set.Text(DicomTag.StudyInstanceUid) ?? "",
        PatientId = set.Text(DicomTag.PatientId) ?? "",
        Modality = set.Text(DicomTag.Modality) ?? "",
        Description = set.Text(DicomTag.SeriesDescription) ?? "",
        ImageType = set.Texts(DicomTag.ImageType),
        Frames = (int)Math.Clamp(set.Number(DicomTag.NumberOfFrames, "NumberOfFrames") ?? 1, 0, int.MaxValue),
        Position = set.Numbers(DicomTag.ImagePositionPatient, "ImagePositionPatient", 3),
        Orientation = set.Numbers(DicomTag.ImageOrientationPatient, "ImageOrientationPatient", 6),
        PixelSpacing = set.Numbers(DicomTag.PixelSpacing, "PixelSpacing", 2),
        Tilt = set.Number(DicomTag.GantryDetectorTilt, "GantryDetectorTilt") ?? 0,
        Pixels = PixelFormat.Of(set),
    };
}

/// <summary>The SOP classes that matter here (PS3.4 annex B).</summary>
internal static class SopClass
{
    public const string Ct = "1.2.840.10008.5.1.4.1.1.2";
    public const string EnhancedCt = "1.2.840.10008.5.1.4.1.1.2.1";
    public const string LegacyEnhancedCt = "1.2.840.10008.5.1.4.1.1.2.2";
    public const string MediaStorageDirectory = "1.2.840.10008.1.3.10";
}
