using System.Globalization;
using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>Slices in order with the grid they make, before any pixel is read.</summary>
/// <param name="Grid">Shape and position of the volume.</param>
/// <param name="Slices">One header per index along D.</param>
/// <param name="Repeats">Further images at the location of slice <c>Index</c>, to be compared with it and dropped.</param>
/// <param name="Notes">What was dropped or assumed.</param>
internal sealed record SeriesPlan(
    VolumeGrid Grid,
    IReadOnlyList<CtSliceHeader> Slices,
    IReadOnlyList<(CtSliceHeader Header, int Index)> Repeats,
    IReadOnlyList<string> Notes);

/// <summary>Orders the images of one series into a volume, or says why they do not make one.</summary>
/// <remarks>
/// The rules are those of the published preparation of LIDC-IDRI, MIDRC-RICORD and NLST: axial slices of one orientation,
/// duplicates by SOPInstanceUID dropped, sorted along the slice normal, uniform spacing for at least 95 % of the gaps,
/// equal pixel spacing. Rejected in addition: gantry tilt (a sheared stack) and missing slices, which would deform the
/// anatomy.
/// </remarks>
internal sealed class SeriesAssembler
{
    /// <summary>The share of gaps between slices that must have the series' spacing.</summary>
    internal const double MinUniformGaps = 0.95;

    /// <summary>Pixel spacing may vary by this much within a series, mm.</summary>
    internal const double MaxPixelSpacingChange = 0.01;

    // Axial: the normal within 20 degrees of the body's axis. A head tilted in its rest stays axial, a coronal does not.
    private const double MinAxialCosine = 0.94;

    // Direction cosines are written with four to six digits.
    private const double OrientationTolerance = 2e-3;

    // Slices closer than this are at the same location, mm.
    private const double SameLocation = 0.01;

    // Positions are written to at least two digits: a gap is the series' spacing within this, mm.
    private const double GapTolerance = 0.02;

    private const string Choose = "Choose another series of the study, or convert this one with dcm2niix and check its geometry.";

    private readonly string _name;
    private readonly List<string> _notes = [];

    private SeriesAssembler(string name) => _name = name;

    /// <summary>Assembles the images of one series.</summary>
    /// <param name="name">The series, for messages.</param>
    /// <param name="headers">All its CT images.</param>
    /// <exception cref="SeriesRejectedException">They do not make one volume.</exception>
    /// <exception cref="VolumeFormatException">One of them cannot be read.</exception>
    public static SeriesPlan Assemble(string name, IReadOnlyList<CtSliceHeader> headers) => new SeriesAssembler(name).Run(headers);

    private SeriesPlan Run(IReadOnlyList<CtSliceHeader> headers)
    {
        RefuseOtherKinds(headers);
        var slices = DropDuplicates(headers);
        if (slices.Count < 2)
            throw Rejected("1 slice", "at least 2, which is what the slice spacing is known from");
        foreach (var slice in slices)
            slice.Pixels.Check(slice.File, slice.Syntax);
        NoteAssumptions(slices);
        var (row, column) = CommonOrientation(slices);
        var (rowSpacing, columnSpacing) = CommonPixelSpacing(slices);
        double[] normal = Cross(row, column);
        if (Math.Abs(normal[2]) < MinAxialCosine)
            throw Rejected(Text($"slices with normal ({normal[0]:0.##}, {normal[1]:0.##}, {normal[2]:0.##})"), "axial slices (normal along the patient's axis)");

        var sorted = slices.Select(s => (Header: s, Location: Dot(s.Position!, normal))).OrderBy(s => s.Location).ThenBy(s => s.Header.Entry).ToList();
        var kept = new List<(CtSliceHeader Header, double Location)>();
        var repeats = new List<(CtSliceHeader, int)>();
        foreach (var slice in sorted)
        {
            if (kept.Count > 0 && slice.Location - kept[^1].Location < SameLocation)
                repeats.Add((slice.Header, kept.Count - 1));
            else
                kept.Add(slice);
        }

        if (kept.Count < 2)
            throw Rejected(Text($"{slices.Count} images, all at {kept[0].Location:0.##} mm"), "slices at different locations");
        RefuseTilt(kept, normal, Math.Min(rowSpacing, columnSpacing));
        RefuseUnevenGaps(kept);

        var first = slices[0].Pixels;
        var shape = new VolumeShape(kept.Count, first.Rows, first.Columns);
        if (shape.VoxelCount > Array.MaxLength)
            throw Rejected($"{shape} voxels", $"at most {Array.MaxLength}");
        double step = (kept[^1].Location - kept[0].Location) / (kept.Count - 1);
        double[] origin = kept[0].Header.Position!;
        var affine = new Affine(
            -row[0] * columnSpacing, -column[0] * rowSpacing, -normal[0] * step, -origin[0],
            -row[1] * columnSpacing, -column[1] * rowSpacing, -normal[1] * step, -origin[1],
            row[2] * columnSpacing, column[2] * rowSpacing, normal[2] * step, origin[2]);
        return new SeriesPlan(new VolumeGrid(shape, affine), [.. kept.Select(k => k.Header)], repeats, _notes);
    }

    private void RefuseOtherKinds(IReadOnlyList<CtSliceHeader> headers)
    {
        int localizers = headers.Count(h => h.IsLocalizer);
        if (localizers > 0)
            throw Rejected($"{localizers} of {headers.Count} images that are localizers (scouts)", "axial slices only", "Choose another series, or move the localizers out of the folder.");
        if (headers.FirstOrDefault(h => h.SopClassUid is SopClass.EnhancedCt or SopClass.LegacyEnhancedCt || h.Frames > 1) is { } multi)
        {
            string kind = multi.SopClassUid == SopClass.EnhancedCt ? "Enhanced CT Image Storage" : multi.SopClassUid == SopClass.LegacyEnhancedCt ? "Legacy Converted Enhanced CT Image Storage" : "CT Image Storage";
            throw Rejected($"a multi-frame image ({kind}, {multi.Frames} frames)", "one file per slice", "Convert it to NIfTI with dcm2niix, or split it with dcuncat -unenhance (dicom3tools).");
        }

        var sizes = headers.GroupBy(h => (h.Pixels.Rows, h.Pixels.Columns)).OrderByDescending(g => g.Count()).ToList();
        if (sizes.Count > 1)
            throw Rejected("images of " + string.Join(", ", sizes.Take(4).Select(g => $"{g.Key.Rows} x {g.Key.Columns} ({g.Count()})")) + " pixels", "one size");
    }

    private List<CtSliceHeader> DropDuplicates(IReadOnlyList<CtSliceHeader> headers)
    {
        var seen = new HashSet<string>();
        var slices = headers.Where(h => h.SopInstanceUid.Length == 0 || seen.Add(h.SopInstanceUid)).ToList();
        if (slices.Count < headers.Count)
            _notes.Add($"Dropped {headers.Count - slices.Count} of {headers.Count} images as duplicates by SOPInstanceUID.");
        return slices;
    }

    private void NoteAssumptions(List<CtSliceHeader> slices)
    {
        int withoutScale = slices.Count(s => s.Pixels.Slope is null || s.Pixels.Intercept is null);
        if (withoutScale > 0)
            _notes.Add($"{withoutScale} images lack RescaleSlope or RescaleIntercept: slope 1 and intercept 0 were taken.");
        var ignored = slices.FirstOrDefault(s => new HounsfieldConversion(s.Pixels).PaddingIsTissue);
        if (ignored is not null)
            _notes.Add($"PixelPaddingValue (stored {ignored.Pixels.Padding}) lies among the values of tissue and was ignored.");
    }

    private (double[] Row, double[] Column) CommonOrientation(List<CtSliceHeader> slices)
    {
        foreach (var slice in slices)
        {
            if (slice.Position is null || slice.Orientation is null)
                throw Rejected($"no {(slice.Position is null ? "ImagePositionPatient" : "ImageOrientationPatient")} in {slice.File}", "a position and an orientation for every slice");
        }

        double[] first = slices[0].Orientation!;
        var other = slices.Where(s => s.Orientation!.Zip(first).Any(p => Math.Abs(p.First - p.Second) > OrientationTolerance)).ToList();
        if (other.Count > 0)
            throw Rejected($"{other.Count} of {slices.Count} slices with another orientation ({Join(other[0].Orientation!)} in {other[0].File}) than the first ({Join(first)})", "one orientation");

        double[] row = first[..3], column = first[3..];
        double rowLength = Math.Sqrt(Dot(row, row)), columnLength = Math.Sqrt(Dot(column, column));
        if (Math.Abs(rowLength - 1) > 0.01 || Math.Abs(columnLength - 1) > 0.01 || Math.Abs(Dot(row, column)) > 0.01)
            throw Rejected($"orientation {Join(first)}", "two perpendicular directions of length 1");
        // Rounded cosines are made exactly perpendicular, so that the voxels have no shear.
        row = [.. row.Select(x => x / rowLength)];
        double along = Dot(row, column);
        column = [.. column.Select((x, i) => x - (along * row[i]))];
        columnLength = Math.Sqrt(Dot(column, column));
        return (row, [.. column.Select(x => x / columnLength)]);
    }

    private (double Row, double Column) CommonPixelSpacing(List<CtSliceHeader> slices)
    {
        if (slices.FirstOrDefault(s => s.PixelSpacing is not [> 0, > 0]) is { } bad)
            throw Rejected($"{(bad.PixelSpacing is null ? "no PixelSpacing" : "PixelSpacing " + Join(bad.PixelSpacing))} in {bad.File}", "two distances above 0 mm");
        for (int axis = 0; axis < 2; axis++)
        {
            double min = slices.Min(s => s.PixelSpacing![axis]), max = slices.Max(s => s.PixelSpacing![axis]);
            if (max - min > MaxPixelSpacingChange)
                throw Rejected(Text($"pixel spacing from {min:0.####} to {max:0.####} mm"), Text($"changes of at most {MaxPixelSpacingChange} mm"));
        }

        return (slices[0].PixelSpacing![0], slices[0].PixelSpacing![1]);
    }

    // Untilted slices follow each other along their normal. Half a pixel of drift over the whole stack is rounding.
    private void RefuseTilt(List<(CtSliceHeader Header, double Location)> slices, double[] normal, double pixel)
    {
        double[] a = slices[0].Header.Position!, b = slices[^1].Header.Position!;
        double distance = slices[^1].Location - slices[0].Location;
        double[] drift = [.. a.Select((x, i) => b[i] - x - (distance * normal[i]))];
        double shear = Math.Sqrt(Dot(drift, drift));
        double tilt = slices[0].Header.Tilt;
        if (shear > 0.5 * pixel)
        {
            double degrees = Math.Atan2(shear, distance) * 180 / Math.PI;
            throw Rejected(
                Text($"slices that drift sideways by {shear:0.##} mm over {distance:0.#} mm ({degrees:0.#} degrees; GantryDetectorTilt {tilt:0.#})"),
                "slices that follow each other along their normal, without gantry tilt",
                "Correct the tilt with dcm2niix, which writes an untilted NIfTI copy (_Tilt), or choose another series.");
        }

        // A tilt that the geometry does not show has been lost somewhere: the geometry is then wrong by that angle.
        if (Math.Abs(tilt) > 1 && Math.Abs(normal[2]) > 0.9999)
            throw Rejected(Text($"GantryDetectorTilt of {tilt:0.#} degrees, but an untilted orientation"), "a tilt of 0, or positions that show it", Choose);

        foreach (var (header, location) in slices)
        {
            double along = location - slices[0].Location;
            double off = Math.Sqrt(header.Position!.Select((x, i) => Math.Pow(x - a[i] - (along * normal[i]), 2)).Sum());
            if (off > pixel)
                throw Rejected(Text($"{header.File} displaced sideways by {off:0.##} mm"), "slices that follow each other along their normal");
        }
    }

    private void RefuseUnevenGaps(List<(CtSliceHeader Header, double Location)> slices)
    {
        double[] gaps = [.. slices.Skip(1).Zip(slices, (next, s) => next.Location - s.Location)];
        double common = CommonGap(gaps);
        var odd = gaps.Select((Gap, Index) => (Gap, Index)).Where(g => Math.Abs(g.Gap - common) > GapTolerance).ToList();
        if (odd.Count == 0)
            return;

        string Describe((double Gap, int Index) g) => Text($"{g.Gap:0.###} mm at {slices[g.Index].Location:0.##} mm");
        string list = string.Join(", ", odd.Take(3).Select(Describe)) + (odd.Count > 3 ? ", ..." : "");
        if (odd.Count > (1 - MinUniformGaps) * gaps.Length)
            throw Rejected($"{odd.Count} of {gaps.Length} gaps between slices that differ from the most common, {Text($"{common:0.###}")} mm ({list})", $"at least {MinUniformGaps:P0} equal");
        if (odd.Any(g => g.Gap > 1.5 * common))
            throw Rejected($"missing slices: gaps of {string.Join(", ", odd.Where(g => g.Gap > 1.5 * common).Take(3).Select(Describe))}", Text($"{common:0.###} mm between all slices"), "Fetch the series again from its source.");
        double step = (slices[^1].Location - slices[0].Location) / gaps.Length;
        double off = slices.Select((s, i) => Math.Abs(s.Location - slices[0].Location - (i * step))).Max();
        if (off > 0.5 * common)
            throw Rejected(Text($"slices up to {off:0.##} mm away from a uniform grid of {step:0.###} mm ({list})"), Text($"{common:0.###} mm between all slices"));
        _notes.Add($"{odd.Count} of {gaps.Length} gaps differ from {Text($"{common:0.###}")} mm ({list}); the mean spacing was taken.");
    }

    // The most common gap. Counting neighbours within the tolerance, not rounded values, cannot split one spacing over two bins.
    private static double CommonGap(double[] gaps)
    {
        double[] sorted = [.. gaps.Order()];
        int best = 0, bestStart = 0;
        for (int start = 0, end = 0; start < sorted.Length; start++)
        {
            while (end < sorted.Length && sorted[end] - sorted[start] <= GapTolerance)
                end++;
            if (end - start > best)
                (best, bestStart) = (end - start, start);
        }

        return sorted[bestStart + (best / 2)];
    }

    private SeriesRejectedException Rejected(string found, string expected, string remedy = Choose) => new(_name, found, expected, remedy);

    private static double Dot(double[] a, double[] b) => (a[0] * b[0]) + (a[1] * b[1]) + (a[2] * b[2]);

    private static double[] Cross(double[] a, double[] b) =>
        [(a[1] * b[2]) - (a[2] * b[1]), (a[2] * b[0]) - (a[0] * b[2]), (a[0] * b[1]) - (a[1] * b[0])];

    private static string Join(double[] numbers) => string.Join("\\", numbers.Select(x => x.ToString("0.####", CultureInfo.InvariantCulture)));

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
