using System.Globalization;
using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>Orders the images of one series into a volume, or says why they do not make one.</summary>
/// <remarks>
/// The rules are those of the published preparation of LIDC-IDRI, MIDRC-RICORD and NLST: axial slices of one orientation, duplicates
/// dropped, sorted along the slice normal, uniform spacing for at least 95 % of the gaps, equal pixel spacing. A duplicate is another image
/// of the same place and the same pixels: files of different images that share their SOPInstanceUID exist. Rejected in addition: gantry
/// tilt (a sheared stack), interleaved acquisitions and missing slices, which would deform the anatomy.
/// </remarks>
internal sealed class SeriesAssembler
{
    /// <summary>The share of gaps between slices that must have the series' spacing.</summary>
    internal const double MinUniformGaps = 0.95;

    /// <summary>Pixel spacing may vary by this much within a series, mm.</summary>
    internal const double MaxPixelSpacingChange = 0.01;

    // Axial: the normal within 20 degrees of the body's axis. A head tilted in its rest stays axial, a coronal does not.
    internal const double MinAxialCosine = 0.94;

    // Direction cosines are written with four to six digits.
    private const double OrientationTolerance = 2e-3;

    // Slices closer than this are at the same location, mm.
    internal const double SameLocation = 0.01;

    // Positions are written to at least two digits: a gap is the series' spacing within this, mm.
    private const double GapTolerance = 0.02;

    // Duplicates are at the same place within this, mm: they are written by different programs.
    private const double MaxRepeatDistance = 0.1;

    // Survey images that are not called so: a few in another plane, beside so many times as many slices.
    private const int MostScouts = 3, SlicesPerScout = 5;

    private const string Choose = "Choose another series of the study.";

    private const string Resample =
        "convert this one with dcm2niix and take the file whose name has _Eq in it, which has equal gaps; "
            + "the spacing of its main file is wrong.";

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
        var slices = LeaveOut(headers);
        RefuseOtherKinds(slices);
        foreach (var slice in slices)
            slice.Pixels.Check(slice.File, slice.Syntax);
        NoteAssumptions(slices);
        var (row, column) = CommonOrientation(slices);
        var (rowSpacing, columnSpacing) = CommonPixelSpacing(slices);
        double[] normal = Cross(row, column);
        if (Math.Abs(normal[2]) < MinAxialCosine)
            throw Rejected(
                Text($"slices with normal ({normal[0]:0.##}, {normal[1]:0.##}, {normal[2]:0.##})"),
                "axial slices (normal along the patient's axis)");

        var sorted = slices.Select(s => (Header: s, Location: Dot(s.Position!, normal))).OrderBy(s => s.Location).ThenBy(
            s => s.Header.Entry).ToList();
        var kept = new List<(CtSliceHeader Header, double Location)>();
        var repeats = new List<(CtSliceHeader, int)>();
        for (int i = 0, end; i < sorted.Count; i = end)
        {
            for (end = i + 1; end < sorted.Count && sorted[end].Location - sorted[i].Location < SameLocation;)
                end++;
            // Where two acquisitions meet, the one that was there before goes on.
            var here = sorted[i..end];
            int same = kept.Count == 0 ? 0 : here.FindIndex(s => s.Header.Acquisition == kept[^1].Header.Acquisition);
            var one = here[Math.Max(0, same)];
            kept.Add(one);
            repeats.AddRange(here.Where(s => s.Header != one.Header).Select(s => (s.Header, kept.Count - 1)));
        }

        if (kept.Count < 2 && slices.Count > 1)
            throw Rejected(Text($"{slices.Count} images, all at {kept[0].Location:0.##} mm"), "slices at different locations");
        RefuseDisplacedRepeats(kept, repeats);
        NoteSharedUids(kept);
        RefuseAlternation(kept);
        RefuseTilt(kept, normal, Math.Min(rowSpacing, columnSpacing));
        double step = kept.Count == 1 ? ThicknessOf(kept[0].Header) : (kept[^1].Location - kept[0].Location) / (kept.Count - 1);
        if (kept.Count > 1)
            RefuseUnevenGaps(kept, normal);

        var first = slices[0].Pixels;
        var shape = new VolumeShape(kept.Count, first.Rows, first.Columns);
        if (shape.VoxelCount > Array.MaxLength)
            throw Rejected($"{shape} voxels", $"at most {Array.MaxLength}");
        double[] origin = kept[0].Header.Position!;
        var affine = new Affine(
            -row[0] * columnSpacing, -column[0] * rowSpacing, -normal[0] * step, -origin[0],
            -row[1] * columnSpacing, -column[1] * rowSpacing, -normal[1] * step, -origin[1],
            row[2] * columnSpacing, column[2] * rowSpacing, normal[2] * step, origin[2]);
        return new SeriesPlan(new VolumeGrid(shape, affine), [.. kept.Select(k => k.Header)], repeats, _notes);
    }

    // Survey images and pages of text are no part of the stack, though scanners file them with it.
    private List<CtSliceHeader> LeaveOut(IReadOnlyList<CtSliceHeader> headers)
    {
        var slices = headers.Where(h => h.IsSlice).ToList();
        var across = slices.Where(h => h.Orientation is { } o && Math.Abs(Cross(o[..3], o[3..])[2]) < MinAxialCosine).ToList();
        if (across.Count <= MostScouts && slices.Count - across.Count >= SlicesPerScout * across.Count)
            slices.RemoveAll(across.Contains);
        if (slices.Count == 0)
            throw Rejected($"{headers.Count} images, all of them localizers (scouts) or pages of text", "axial slices", Choose);
        var size = slices.CountBy(h => (h.Pixels.Rows, h.Pixels.Columns)).MaxBy(s => s.Value).Key;
        slices.RemoveAll(h => h.Position is null && h.Orientation is null && (h.Pixels.Rows, h.Pixels.Columns) != size);
        var others = headers.Except(slices).ToList();
        foreach (var (kind, left) in (IEnumerable<(string, List<CtSliceHeader>)>)
            [("localizers (scouts)", others.FindAll(h => h.IsLocalizer || across.Contains(h))),
                ("pages of text or captures of a screen", others.FindAll(h => !h.IsLocalizer && !across.Contains(h)))])
        {
            if (left.Count > 0)
                _notes.Add($"Left out {left.Count} of {headers.Count} images that are {kind}: {NamesOf(left)}.");
        }

        return slices;
    }

    private static string NamesOf(List<CtSliceHeader> images) =>
        string.Join(", ", images.Take(3).Select(h => h.Name)) + (images.Count > 3 ? ", ..." : "");

    private void RefuseOtherKinds(IReadOnlyList<CtSliceHeader> headers)
    {
        if (headers.FirstOrDefault(h => h.SopClassUid is SopClass.EnhancedCt or SopClass.LegacyEnhancedCt || h.Frames > 1) is { } multi)
        {
            string kind = multi.SopClassUid == SopClass.EnhancedCt
                ? "Enhanced CT Image Storage"
                : multi.SopClassUid == SopClass.LegacyEnhancedCt ? "Legacy Converted Enhanced CT Image Storage" : "CT Image Storage";
            throw Rejected(
                $"a multi-frame image ({kind}, {multi.Frames} frames)", "one file per slice",
                "Convert it to NIfTI with dcm2niix, or split it with dcuncat -unenhance (dicom3tools).");
        }

        var sizes = headers.GroupBy(h => (h.Pixels.Rows, h.Pixels.Columns)).OrderByDescending(g => g.Count()).ToList();
        if (sizes.Count > 1)
            throw Rejected(
                "images of " + string.Join(", ", sizes.Take(4).Select(g => $"{g.Key.Rows} x {g.Key.Columns} ({g.Count()})")) + " pixels",
                "one size");
    }

    // The same height is not the same place: a second reconstruction may be centred elsewhere.
    private void RefuseDisplacedRepeats(List<(CtSliceHeader Header, double Location)> kept, List<(CtSliceHeader Header, int Index)> repeats)
    {
        foreach (var (header, index) in repeats)
        {
            var other = kept[index].Header;
            double[] apart = [.. header.Position!.Zip(other.Position!, (x, y) => x - y)];
            double distance = Math.Sqrt(Dot(apart, apart));
            if (distance > MaxRepeatDistance)
            {
                throw Rejected(
                    Text($"two images at the same height, {other.File} and {header.File}, {distance:0.##} mm apart sideways"),
                    "one image per location",
                    "The series holds several reconstructions: separate them into folders, or choose another series.");
            }
        }
    }

    private void NoteSharedUids(List<(CtSliceHeader Header, double Location)> kept)
    {
        int shared = kept.Where(s => s.Header.SopInstanceUid.Length > 0).CountBy(s => s.Header.SopInstanceUid).Where(c => c.Value > 1)
            .Sum(c => c.Value);
        if (shared > 0)
        {
            _notes.Add(
                $"{shared} images at different locations share their SOPInstanceUID with another: all were read, "
                + "but annotations that name them are not placed.");
        }
    }

    private void RefuseAlternation(List<(CtSliceHeader Header, double Location)> kept)
    {
        if (SliceAlternation.OfHeaders([.. kept.Select(k => k.Header)]) is not var (attribute, acquisitions, values, isCertain))
            return;
        string found = $"{acquisitions} acquisitions interleaved: {attribute} alternates along the normal ({values})";
        if (isCertain)
            throw Rejected(found, "one acquisition", $"Separate the images by {attribute} into folders, or choose another series.");
        _notes.Add($"There may be {found}.");
    }

    private double ThicknessOf(CtSliceHeader slice)
    {
        if (slice.Thickness is not { } thickness)
            throw Rejected("1 slice of unknown thickness",
                "a SliceThickness, or at least 2 slices, which is what the spacing is known from");
        _notes.Add(Text($"One slice: it was taken as {thickness:0.###} mm thick (SliceThickness). What lies beside it is not known."));
        return thickness;
    }

    private void NoteAssumptions(List<CtSliceHeader> slices)
    {
        foreach (var (name, value, taken) in (IEnumerable<(string, Func<PixelFormat, double?>, int)>)
            [("RescaleSlope", p => p.Slope, 1), ("RescaleIntercept", p => p.Intercept, 0)])
        {
            var values = slices.ConvertAll(s => value(s.Pixels));
            int without = values.Count(v => v is null);
            if (without > 0)
                _notes.Add($"{without} images lack {name}: {taken} was taken.");
            double low = values.Min(v => v ?? taken), high = values.Max(v => v ?? taken);
            if (low < high)
                _notes.Add(Text($"{name} differs among the images, {low:G6} to {high:G6}."));
        }

        foreach (var oddity in slices.SelectMany(s => s.Oddities).CountBy(text => text))
            _notes.Add($"{oddity.Value} images: {oddity.Key}.");
        var ignored = slices.FirstOrDefault(s => new HounsfieldConversion(s.Pixels).PaddingIsTissue);
        if (ignored is not null)
            _notes.Add($"PixelPaddingValue (stored {ignored.Pixels.Padding}) lies among the values of tissue and was ignored.");
    }

    private (double[] Row, double[] Column) CommonOrientation(List<CtSliceHeader> slices)
    {
        foreach (var slice in slices)
        {
            if (slice.Position is null || slice.Orientation is null)
                throw Rejected(
                    $"no {(slice.Position is null ? "ImagePositionPatient" : "ImageOrientationPatient")} in {slice.File}",
                    "a position and an orientation for every slice");
        }

        double[] first = slices[0].Orientation!;
        var other = slices.Where(s => s.Orientation!.Zip(first).Any(p => Math.Abs(p.First - p.Second) > OrientationTolerance)).ToList();
        if (other.Count > 0)
            throw Rejected(
                $"{other.Count} of {slices.Count} slices with another orientation ({Join(other[0].Orientation!)} in {other[0].File}) than "
                + $"the first ({Join(first)})", "one orientation");

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
            throw Rejected(
                $"{(bad.PixelSpacing is null ? "no PixelSpacing" : "PixelSpacing " + Join(bad.PixelSpacing))} in {bad.File}",
                "two distances above 0 mm");
        for (int axis = 0; axis < 2; axis++)
        {
            double min = slices.Min(s => s.PixelSpacing![axis]), max = slices.Max(s => s.PixelSpacing![axis]);
            if (max - min > MaxPixelSpacingChange)
                throw Rejected(
                    Text($"pixel spacing from {min:0.####} to {max:0.####} mm"), Text($"changes of at most {MaxPixelSpacingChange} mm"));
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
                Text($"slices that drift sideways by {shear:0.##} mm over {distance:0.#} mm ({
                degrees:0.#} degrees; GantryDetectorTilt {tilt:0.#})"),
                "slices that follow each other along their normal, without gantry tilt",
                tilt == 0
                    ? Choose
                    : "Choose another series, or convert this one with dcm2niix and take the file whose name has _Tilt in it; "
                        + "its main file is sheared as this series is.");
        }

        // A tilt that the geometry does not show has been lost somewhere: the geometry is then wrong by that angle.
        if (Math.Abs(tilt) > 1 && Math.Abs(normal[2]) > 0.9999)
            throw Rejected(
                Text($"GantryDetectorTilt of {tilt:0.#} degrees, but an untilted orientation"), "a tilt of 0, or positions that show it",
                Choose);

        foreach (var (header, location) in slices)
        {
            double along = location - slices[0].Location;
            double off = Math.Sqrt(header.Position!.Select((x, i) => Math.Pow(x - a[i] - (along * normal[i]), 2)).Sum());
            if (off > pixel)
                throw Rejected(
                    Text($"{header.File} displaced sideways by {off:0.##} mm"), "slices that follow each other along their normal");
        }
    }

    private void RefuseUnevenGaps(List<(CtSliceHeader Header, double Location)> slices, double[] normal)
    {
        double[] gaps = [.. slices.Skip(1).Zip(slices, (next, s) => next.Location - s.Location)];
        double common = CommonGap(gaps);
        var odd = gaps.Select((Gap, Index) => (Gap, Index)).Where(g => Math.Abs(g.Gap - common) > GapTolerance).ToList();
        double step = (slices[^1].Location - slices[0].Location) / gaps.Length;
        if (odd.Count == 0)
            return;
        if (RoundedPositions.UnitOf([.. slices.Select(s => (s.Header.Position![2], s.Location))], normal, step) is { } unit)
        {
            _notes.Add(
                Text($"The positions are rounded to {unit:0.##} mm, which makes the gaps uneven: ")
                + Text($"the spacing of the whole series, {step:0.###} mm, was taken."));
            return;
        }

        string Describe((double Gap, int Index) g) => Text($"{g.Gap:0.###} mm at {slices[g.Index].Location:0.##} mm");
        string list = string.Join(", ", odd.Take(3).Select(Describe)) + (odd.Count > 3 ? ", ..." : "");
        if (odd.Count > (1 - MinUniformGaps) * gaps.Length)
        {
            throw Rejected(
                $"{odd.Count} of {gaps.Length} gaps between slices that differ from the most common, {Text($"{common:0.###}")} mm ({list})",
                $"at least {MinUniformGaps:P0} equal", $"Choose another series, or {Resample}{OtherAcquisitions(slices)}");
        }

        if (odd.Any(g => g.Gap > 1.5 * common))
            throw Rejected($"missing slices: gaps of {string.Join(", ", odd.Where(g => g.Gap > 1.5 * common).Take(3).Select(Describe))}",
                Text($"{common:0.###} mm between all slices"),
                $"Fetch the series again from its source. If they are lost, {Resample}{OtherAcquisitions(slices)}");
        double off = slices.Select((s, i) => Math.Abs(s.Location - slices[0].Location - (i * step))).Max();
        if (off > 0.5 * common)
            throw Rejected(Text($"slices up to {off:0.##} mm away from a uniform grid of {step:0.###} mm ({list})"),
                Text($"{common:0.###} mm between all slices"), $"Choose another series, or {Resample}");
        _notes.Add($"{odd.Count} of {gaps.Length} gaps differ from {Text($"{common:0.###}")} mm ({list}); the mean spacing was taken.");
    }

    private static string OtherAcquisitions(List<(CtSliceHeader Header, double Location)> slices)
    {
        var acquisitions = slices.Select(s => s.Header.Acquisition).Distinct().Order(StringComparer.Ordinal).ToList();
        return acquisitions.Count is 1 or > 5 ? ""
            : $" The images are of acquisitions {string.Join(", ", acquisitions)}: these may belong apart.";
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

    internal static double Dot(double[] a, double[] b) => (a[0] * b[0]) + (a[1] * b[1]) + (a[2] * b[2]);

    internal static double[] Cross(double[] a, double[] b) =>
        [(a[1] * b[2]) - (a[2] * b[1]), (a[2] * b[0]) - (a[0] * b[2]), (a[0] * b[1]) - (a[1] * b[0])];

    private static string Join(double[] numbers) => string.Join(
        "\\", numbers.Select(x => x.ToString("0.####", CultureInfo.InvariantCulture)));

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
