using System.Globalization;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Randomness;
using Screener.Storage;

namespace Screener.Phantoms.Dicom;

/// <summary>Whose series it is said to be.</summary>
public sealed record DicomSeriesWriteOptions
{
    /// <summary>PatientID and PatientName.</summary>
    public string PatientId { get; init; } = "PHANTOM";

    /// <summary>SeriesDescription, at most 64 characters.</summary>
    public string Description { get; init; } = "Synthetic CT";

    /// <summary>StudyDate and the other dates.</summary>
    public DateOnly Date { get; init; } = new(2000, 1, 1);

    /// <summary>Checks the options.</summary>
    /// <exception cref="OptionException">A text is empty, too long, or holds a backslash or control character.</exception>
    public void Validate()
    {
        foreach (var (name, text) in new[] { (nameof(PatientId), PatientId), (nameof(Description), Description) })
        {
            if (text.Length is 0 or > 64 || text.Contains('\\') || text.Any(char.IsControl))
                throw new OptionException(name, $"'{text}'", "1 to 64 characters, none of them a backslash");
        }
    }
}

/// <summary>
/// Writes a volume as a CT series: one file per slice, explicit VR little-endian, 16 bits signed, stored value = HU + 1024.
/// </summary>
/// <remarks>
/// The images keep the volume's own axes: rows along W, columns along H, slices along D, none of them turned. HU are
/// rounded to whole numbers.
/// </remarks>
public static class DicomSeriesWriter
{
    private const int Intercept = -1024;

    /// <summary>Writes the series.</summary>
    /// <param name="volume">HU; axes without shear.</param>
    /// <param name="folder">The folder, which must be absent or empty. It appears whole or not at all.</param>
    /// <param name="random">Where the UIDs come from: the same stream gives the same files.</param>
    /// <param name="options">Whose series it is.</param>
    /// <param name="progress">Fraction done, 0 to 1.</param>
    /// <param name="cancellation">Stops the writing; nothing is left.</param>
    /// <exception cref="OptionException">An option or the volume does not fit a CT series.</exception>
    /// <exception cref="OutputException">The folder cannot be written, or is not empty.</exception>
    public static void Write(
        CtVolume volume, string folder, RandomStream random,
        DicomSeriesWriteOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new DicomSeriesWriteOptions();
        options.Validate();
        var axes = SliceAxes.Of(volume.Grid);
        string study = NewUid(random), series = NewUid(random), frame = NewUid(random);
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string partial = $"{full}.{series[^8..]}.tmp";
        try
        {
            if (File.Exists(full) || (Directory.Exists(full) && Directory.EnumerateFileSystemEntries(full).Any()))
                throw new OutputException(folder, "something there", "a folder that is absent or empty", "Choose another folder.");
            if (Directory.Exists(partial))
                Directory.Delete(partial, recursive: true); // Left by a kill: the same stream gives the same name.
            Directory.CreateDirectory(partial);
            for (int d = 0; d < volume.Shape.Depth; d++)
            {
                cancellation.ThrowIfCancellationRequested();
                var elements = new DicomElements();
                string instance = NewUid(random);
                WriteHeader(elements, volume, axes, options, d, (study, series, frame, instance));
                elements.Write(DicomTag.PixelData, "OW", Stored(volume, d));
                using var file = new FileStream(Path.Combine(partial, $"{d + 1:D5}.dcm"), FileMode.CreateNew, FileAccess.Write);
                DicomFile.WriteMeta(file, SopClass.Ct, instance, TransferSyntax.ExplicitLittleEndian.Uid);
                elements.CopyTo(file);
                progress?.Report((d + 1.0) / volume.Shape.Depth);
            }

            if (Directory.Exists(full))
                Directory.Delete(full);
            Directory.Move(partial, full);
        }
        catch (Exception error) when (InputFile.IsFault(error))
        {
            throw new OutputException(
                folder, $"it cannot be written ({error.Message})", "a writable place with enough room",
                "Choose another place or make room.", error);
        }
        finally
        {
            if (Directory.Exists(partial))
                Directory.Delete(partial, recursive: true);
        }
    }

    private static void WriteHeader(
        DicomElements to, CtVolume volume, in SliceAxes axes, DicomSeriesWriteOptions options, int d,
        (string Study, string Series, string Frame, string Instance) uid)
    {
        string date = options.Date.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        double[] position = axes.Position(d);
        to.Write(DicomTag.SpecificCharacterSet, "CS", "ISO_IR 192");
        to.Write(DicomTag.ImageType, "CS", "ORIGINAL\\PRIMARY\\AXIAL");
        to.Write(DicomTag.SopClassUid, "UI", SopClass.Ct);
        to.Write(DicomTag.SopInstanceUid, "UI", uid.Instance);
        to.Write(new(0x0008, 0x0020), "DA", date);
        to.Write(new(0x0008, 0x0021), "DA", date);
        to.Write(new(0x0008, 0x0023), "DA", date);
        to.Write(new(0x0008, 0x0030), "TM", "000000");
        to.Write(new(0x0008, 0x0033), "TM", "000000");
        to.Write(new(0x0008, 0x0050), "SH", "");
        to.Write(DicomTag.Modality, "CS", "CT");
        to.Write(new(0x0008, 0x0070), "LO", "Screener for .NET");
        to.Write(new(0x0008, 0x0090), "PN", "");
        to.Write(DicomTag.SeriesDescription, "LO", options.Description);
        to.Write(new(0x0010, 0x0010), "PN", options.PatientId);
        to.Write(DicomTag.PatientId, "LO", options.PatientId);
        to.Write(new(0x0010, 0x0030), "DA", "");
        to.Write(new(0x0010, 0x0040), "CS", "");
        to.Write(new(0x0018, 0x0050), "DS", DicomElements.Decimal(volume.Spacing.Depth));
        to.Write(new(0x0018, 0x0060), "DS", "");
        to.Write(new(0x0018, 0x0088), "DS", DicomElements.Decimal(volume.Spacing.Depth));
        to.Write(new(0x0018, 0x5100), "CS", "HFS");
        to.Write(DicomTag.StudyInstanceUid, "UI", uid.Study);
        to.Write(DicomTag.SeriesInstanceUid, "UI", uid.Series);
        to.Write(new(0x0020, 0x0010), "SH", "1");
        to.Write(new(0x0020, 0x0011), "IS", "1");
        to.Write(new(0x0020, 0x0012), "IS", "1");
        to.Write(new(0x0020, 0x0013), "IS", (d + 1).ToString(CultureInfo.InvariantCulture));
        to.Write(DicomTag.ImagePositionPatient, "DS", DicomElements.Decimals(position));
        to.Write(DicomTag.ImageOrientationPatient, "DS", DicomElements.Decimals([.. axes.Row, .. axes.Column]));
        to.Write(new(0x0020, 0x0052), "UI", uid.Frame);
        to.Write(new(0x0020, 0x1040), "LO", "");
        to.Write(new(0x0020, 0x1041), "DS", DicomElements.Decimal(position[2]));
        to.Write(DicomTag.SamplesPerPixel, 1);
        to.Write(DicomTag.PhotometricInterpretation, "CS", "MONOCHROME2");
        to.Write(DicomTag.Rows, (ushort)volume.Shape.Height);
        to.Write(DicomTag.Columns, (ushort)volume.Shape.Width);
        to.Write(DicomTag.PixelSpacing, "DS", DicomElements.Decimals([volume.Spacing.Height, volume.Spacing.Width]));
        to.Write(DicomTag.BitsAllocated, 16);
        to.Write(DicomTag.BitsStored, 16);
        to.Write(DicomTag.HighBit, 15);
        to.Write(DicomTag.PixelRepresentation, 1);
        to.Write(new(0x0028, 0x1050), "DS", "40");
        to.Write(new(0x0028, 0x1051), "DS", "400");
        to.Write(DicomTag.RescaleIntercept, "DS", Intercept.ToString(CultureInfo.InvariantCulture));
        to.Write(DicomTag.RescaleSlope, "DS", "1");
        to.Write(new(0x0028, 0x1054), "LO", "HU");
    }

    private static byte[] Stored(CtVolume volume, int d)
    {
        int size = volume.Shape.Height * volume.Shape.Width;
        var hu = volume.Voxels.AsSpan(d * size, size);
        var bytes = new byte[2 * size];
        for (int i = 0; i < size; i++)
        {
            float stored = MathF.Round(hu[i]) - Intercept;
            if (!(stored is >= short.MinValue and <= short.MaxValue))
                throw new OptionException(
                    "volume", $"{hu[i]} HU in slice {d}", $"{short.MinValue + Intercept} to {short.MaxValue + Intercept} HU");
            BitConverter.TryWriteBytes(bytes.AsSpan(2 * i), (short)stored);
        }

        return bytes;
    }

    private static string NewUid(RandomStream random) => $"2.25.{new UInt128(random.NextBits(), random.NextBits())}";

    // The grid's axes as DICOM has them: LPS, a direction of length 1 along the rows and one along the columns.
    private readonly record struct SliceAxes(double[] Row, double[] Column, Affine Affine)
    {
        public static SliceAxes Of(VolumeGrid grid)
        {
            if (grid.Shape.Height > ushort.MaxValue || grid.Shape.Width > ushort.MaxValue)
                throw new OptionException(
                    "volume", $"slices of {grid.Shape.Height} x {grid.Shape.Width}", $"at most {ushort.MaxValue} rows and columns");
            var a = grid.Affine;
            var spacing = grid.Spacing;
            double[] row = Direction(a, 0, spacing.Width), column = Direction(a, 1, spacing.Height), slice = Direction(a, 2, spacing.Depth);
            foreach (var (u, v) in new[] { (row, column), (row, slice), (column, slice) })
            {
                if (Math.Abs((u[0] * v[0]) + (u[1] * v[1]) + (u[2] * v[2])) > 1e-3)
                    throw new OptionException("affine", a.ToString(), "perpendicular axes", "Resample the volume to a grid without shear.");
            }

            return new SliceAxes(row, column, a);
        }

        public double[] Position(int d)
        {
            var (x, y, z) = Affine.ToWorld(d, 0, 0);
            return [-x, -y, z];
        }

        private static double[] Direction(in Affine a, int column, double length) =>
            [-a[0, column] / length, -a[1, column] / length, a[2, column] / length];
    }
}
