using System.Globalization;
using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>What the header of one DICOM instance says, as far as a CT series needs it. Null: the file does not say.</summary>
/// <remarks>Made for every instance of a folder, images or not; what makes an instance unusable is judged only in the series that is
/// read.</remarks>
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

    /// <summary>The series' description, of at most <see cref="MaxDescription"/> characters.</summary>
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

    /// <summary>Thickness of the slice in mm; null if not given or no length.</summary>
    public required double? Thickness { get; init; }

    /// <summary>The number of the acquisition that the image is of; empty if not given.</summary>
    public required string Acquisition { get; init; }

    /// <summary>When the acquisition began, HHMMSS.</summary>
    public required string AcquisitionTime { get; init; }

    /// <summary>The image's number in its series.</summary>
    public required string InstanceNumber { get; init; }

    /// <summary>The reconstruction's convolution kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>The UID of the coordinates that the position is given in.</summary>
    public required string FrameOfReferenceUid { get; init; }

    /// <summary>How the pixels are stored.</summary>
    public required PixelFormat Pixels { get; init; }

    /// <summary>What was read in another way than the standard writes it, one clause each.</summary>
    public required IReadOnlyList<string> Oddities { get; init; }

    /// <summary>The file's length, unpacked.</summary>
    public long FileBytes { get; init; }

    /// <summary>The bytes that it takes on the disk: less than its length in a zip.</summary>
    public long StoredBytes { get; init; }

    /// <summary>A survey image (scout, topogram), not a slice.</summary>
    public bool IsLocalizer => ImageType.Any(t => t is "LOCALIZER" or "SCOUT" or "TOPOGRAM");

    /// <summary>A page of text such as a dose report, stored as an image: it has no place in the patient.</summary>
    public bool IsReport => Position is null && Orientation is null && (Pixels.SamplesPerPixel != 1 || ImageType is [_, "SECONDARY", ..]);

    /// <summary>Neither a survey image nor a page of text.</summary>
    public bool IsSlice => !IsLocalizer && !IsReport;

    /// <summary>One of the two CT images of a CT series: single-frame, or the enhanced kinds that are refused by name. Anonymised files
    /// may lack the modality.</summary>
    public bool IsCtImage =>
        Pixels.HasPixels && ((Modality == "CT" && SopClassUid is "") || (Modality is "CT" or "" && SopClass.IsCt(SopClassUid)));

    /// <summary>The file's name without its folder, for notes.</summary>
    public string Name => Path.GetFileName(File);

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
        Description = set.Text(DicomTag.SeriesDescription) is { } text ? text[..Math.Min(text.Length, MaxDescription)] : "",
        ImageType = set.Texts(DicomTag.ImageType),
        Frames = (int)Math.Clamp(set.Number(DicomTag.NumberOfFrames, "NumberOfFrames") ?? 1, 0, int.MaxValue),
        Position = set.Numbers(DicomTag.ImagePositionPatient, "ImagePositionPatient", 3),
        Orientation = set.Numbers(DicomTag.ImageOrientationPatient, "ImageOrientationPatient", 6),
        PixelSpacing = set.Pair(DicomTag.PixelSpacing, "PixelSpacing"),
        Tilt = set.Number(DicomTag.GantryDetectorTilt, "GantryDetectorTilt") ?? 0,
        Thickness = double.TryParse(set.Text(DicomTag.SliceThickness), NumberStyles.Float, CultureInfo.InvariantCulture, out double mm)
            && mm > 0 ? mm : null,
        Acquisition = set.Text(DicomTag.AcquisitionNumber) ?? "",
        AcquisitionTime = set.Text(DicomTag.AcquisitionTime) ?? "",
        InstanceNumber = set.Text(DicomTag.InstanceNumber) ?? "",
        Kernel = set.Text(DicomTag.ConvolutionKernel) ?? "",
        FrameOfReferenceUid = set.Text(DicomTag.FrameOfReferenceUid) ?? "",
        Pixels = PixelFormat.Of(set),
        Oddities = [.. set.Oddities],
    };

    // The standard allows 64; some writers allow themselves more.
    private const int MaxDescription = 100;
}

/// <summary>The SOP classes that matter here (PS3.4 annex B).</summary>
internal static class SopClass
{
    public const string Ct = "1.2.840.10008.5.1.4.1.1.2";
    public const string EnhancedCt = "1.2.840.10008.5.1.4.1.1.2.1";
    public const string LegacyEnhancedCt = "1.2.840.10008.5.1.4.1.1.2.2";
    public const string TrueColorCapture = "1.2.840.10008.5.1.4.1.1.7.4";
    public const string Segmentation = "1.2.840.10008.5.1.4.1.1.66.4";
    public const string MediaStorageDirectory = "1.2.840.10008.1.3.10";

    private static readonly Dictionary<string, string> Names = new()
    {
        [Ct] = "CT Image Storage",
        [EnhancedCt] = "Enhanced CT Image Storage",
        [LegacyEnhancedCt] = "Legacy Converted Enhanced CT Image Storage",
        ["1.2.840.10008.5.1.4.1.1.1"] = "Computed Radiography Image Storage",
        ["1.2.840.10008.5.1.4.1.1.4"] = "MR Image Storage",
        ["1.2.840.10008.5.1.4.1.1.4.1"] = "Enhanced MR Image Storage",
        ["1.2.840.10008.5.1.4.1.1.7"] = "Secondary Capture Image Storage",
        ["1.2.840.10008.5.1.4.1.1.7.1"] = "Multi-frame Single Bit Secondary Capture Image Storage",
        ["1.2.840.10008.5.1.4.1.1.7.2"] = "Multi-frame Grayscale Byte Secondary Capture Image Storage",
        ["1.2.840.10008.5.1.4.1.1.7.3"] = "Multi-frame Grayscale Word Secondary Capture Image Storage",
        [TrueColorCapture] = "Multi-frame True Color Secondary Capture Image Storage",
        ["1.2.840.10008.5.1.4.1.1.11.1"] = "Grayscale Softcopy Presentation State Storage",
        ["1.2.840.10008.5.1.4.1.1.20"] = "Nuclear Medicine Image Storage",
        ["1.2.840.10008.5.1.4.1.1.66"] = "Raw Data Storage",
        [Segmentation] = "Segmentation Storage",
        ["1.2.840.10008.5.1.4.1.1.88.11"] = "Basic Text SR Storage",
        ["1.2.840.10008.5.1.4.1.1.88.22"] = "Enhanced SR Storage",
        ["1.2.840.10008.5.1.4.1.1.88.33"] = "Comprehensive SR Storage",
        ["1.2.840.10008.5.1.4.1.1.88.67"] = "X-Ray Radiation Dose SR Storage",
        ["1.2.840.10008.5.1.4.1.1.104.1"] = "Encapsulated PDF Storage",
        ["1.2.840.10008.5.1.4.1.1.128"] = "Positron Emission Tomography Image Storage",
        ["1.2.840.10008.5.1.4.1.1.481.2"] = "RT Dose Storage",
        ["1.2.840.10008.5.1.4.1.1.481.3"] = "RT Structure Set Storage",
    };

    /// <summary>True for the three kinds of CT image.</summary>
    public static bool IsCt(string uid) => uid is Ct or EnhancedCt or LegacyEnhancedCt;

    /// <summary>True for an image of a screen or of a converter: of no kind of scanner.</summary>
    public static bool IsSecondaryCapture(string uid) =>
        uid.StartsWith("1.2.840.10008.5.1.4.1.1.7", StringComparison.Ordinal)
            && NameOf(uid).Contains("Secondary Capture", StringComparison.Ordinal);

    /// <summary>The name that the standard gives it, and the UID.</summary>
    public static string NameOf(string uid) =>
        uid.Length == 0 ? "no SOP class" : Names.TryGetValue(uid, out string? name) ? $"{name} ({uid})" : $"SOP class {uid}";
}
