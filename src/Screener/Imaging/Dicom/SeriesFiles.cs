using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>The files of one series.</summary>
/// <param name="Summary">The series.</param>
/// <param name="Images">Its CT images.</param>
/// <param name="Others">Its other objects: reports, captures of a screen.</param>
internal sealed record SeriesFiles(DicomSeriesSummary Summary, IReadOnlyList<CtSliceHeader> Images, IReadOnlyList<CtSliceHeader> Others)
{
    private const int MostListed = 20, FewestSplit = 3;

    /// <summary>What was left out or joined, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = Others.Count == 0
        ? []
        : [$"Left out {Others.Count} files of the series that are no CT images: "
            + string.Join("; ", Others.Take(3).Select(h => $"{h.Name}, {SopClass.NameOf(h.SopClassUid)}"))
            + (Others.Count > 3 ? "; ..." : ".")];

    /// <summary>The same series with copies of its images.</summary>
    public SeriesFiles With(IReadOnlyList<CtSliceHeader> images, string note) => this with { Images = images, Notes = [.. Notes, note] };

    /// <summary>All of its files.</summary>
    public IEnumerable<string> FileNames => Images.Concat(Others).Select(h => h.File);

    /// <summary>The series of some files, in the order of their UIDs.</summary>
    public static IReadOnlyList<SeriesFiles> Of(IReadOnlyList<CtSliceHeader> headers) =>
        [.. headers.GroupBy(h => h.SeriesUid).OrderBy(g => g.Key, StringComparer.Ordinal).Select(group =>
        {
            var images = group.Where(h => h.IsCtImage).ToList();
            var others = group.Where(h => !h.IsCtImage).ToList();
            var first = images.Concat(others).First();
            bool isLocalizer = images.Count > 0 && images.TrueForAll(h => h.IsLocalizer);
            var summary = new DicomSeriesSummary(
                group.Key, first.Description, first.Modality, group.Count(), first.StudyUid, first.PatientId, isLocalizer,
                    images.Exists(h => h.IsSlice))
            {
                OtherKind = images.Count == 0 && !SopClass.IsCt(first.SopClassUid) ? SopClass.NameOf(first.SopClassUid) : null,
            };
            return new SeriesFiles(summary, images, others);
        })];

    /// <summary>True if each image has a series UID of its own, as some programs that anonymise write it.</summary>
    public static bool IsSplit(IEnumerable<DicomSeriesSummary> series)
    {
        var ct = series.Where(s => s.IsCtImages).ToList();
        return ct.Count >= FewestSplit && ct.TrueForAll(s => s.SliceCount == 1 && s.StudyUid == ct[0].StudyUid);
    }

    /// <summary>The series to read.</summary>
    /// <param name="path">Where they are, for messages.</param>
    /// <param name="file">The one file that was named; null for a folder or zip.</param>
    /// <param name="uid">The series that was picked; null for the only one.</param>
    /// <param name="series">All of them.</param>
    /// <exception cref="SeriesRejectedException">There is none, or more than one and none was picked.</exception>
    /// <exception cref="OptionException">The picked one is not there.</exception>
    public static SeriesFiles Pick(string path, string? file, string? uid, IReadOnlyList<SeriesFiles> series)
    {
        if (uid == VolumeReadOptions.AllSeries)
            return Join(path, series);
        if (uid is not null)
        {
            return series.FirstOrDefault(s => s.Summary.SeriesUid == uid) is not { } picked
                ? throw new OptionException(VolumeReadOptions.SeriesOption, $"{uid}, which is not in {path}", $"one of: {List(series)}",
                    "Pick one of these series.")
                : picked.Images.Count > 0 ? picked
                : throw new SeriesRejectedException($"{path}, series {picked.Summary}", "no CT image", "CT images",
                    RemedyFor([picked], "Pick a CT series."));
        }

        if (IsSplit(series.Select(s => s.Summary)))
        {
            throw new SeriesRejectedException(
                path,
                $"{series.Count(s => s.Summary.IsCtImages)} CT images, each with a SeriesInstanceUID of its own, as some anonymisers do",
                "one series",
                $"If they are slices of one scan, read them as one with {VolumeReadOptions.SeriesOption} {VolumeReadOptions.AllSeries}.");
        }

        return file is null ? PickOnly(path, series) : PickOf(path, file, series);
    }

    private static SeriesFiles PickOf(string path, string file, IReadOnlyList<SeriesFiles> series)
    {
        if (series.FirstOrDefault(s => s.Images.Any(h => h.File == file)) is { } own)
            return own;
        // Images that are not CT are no part of a series' images: such a file is named by its series all the same.
        var other = series.FirstOrDefault(s => s.Others.Any(h => h.File == file));
        string kind = other?.Others.First(h => h.File == file) is { } header
            ? $" but {SopClass.NameOf(header.SopClassUid)}, Modality {header.Modality}" : "";
        throw new SeriesRejectedException(
            path, $"not a CT image{kind}", "a slice of a CT series, its folder, or a zip",
                RemedyFor(other is null ? [] : [other], $"In its folder: {List(series)}."));
    }

    private static SeriesFiles PickOnly(string path, IReadOnlyList<SeriesFiles> series)
    {
        var candidates = series.Where(s => s.Summary.IsCtImages).ToList();
        return candidates.Count switch
        {
            1 => candidates[0],
            0 => throw new SeriesRejectedException(path, $"no CT series among {series.Count}: {List(series)}", "a CT series",
                RemedyFor(series, "Check the path.")),
            _ => throw new SeriesRejectedException(
                path, $"{candidates.Count} CT series: {List(candidates)}", "one",
                    $"Pick one by its UID with {VolumeReadOptions.SeriesOption}; 'screener info' lists them."),
        };
    }

    private static SeriesFiles Join(string path, IReadOnlyList<SeriesFiles> series)
    {
        var joined = series.Where(s => s.Summary.IsCtImages).ToList();
        var images = joined.SelectMany(s => s.Images).ToList();
        if (images.Count == 0)
            return PickOnly(path, series);
        foreach (var (what, value) in (IEnumerable<(string, Func<CtSliceHeader, string>)>)
            [("patients", h => h.PatientId), ("studies", h => h.StudyUid), ("frames of reference", h => h.FrameOfReferenceUid)])
        {
            int count = images.Select(value).Distinct().Count();
            if (count > 1)
                throw new SeriesRejectedException(path, $"CT images of {count} {what}", "those of one scan, to read them as one series",
                    "Put the images of one scan into a folder of their own.");
        }

        var first = joined[0].Summary;
        return new SeriesFiles(first with { SliceCount = images.Count }, images, [.. joined.SelectMany(s => s.Others)])
        {
            Notes = joined.Count == 1 ? joined[0].Notes : [$"The images of {joined.Count} series were read as one, as asked."],
        };
    }

    private static string RemedyFor(IReadOnlyList<SeriesFiles> series, string otherwise) =>
        series.Any(s => s.Others.Any(h => h.Modality == "CT" && SopClass.IsSecondaryCapture(h.SopClassUid)))
            ? "Secondary captures come from a screen or a converter, which vouches for neither HU nor positions: "
                + "fetch the original CT series. "
                + "If you know that these are its slices, convert them with dcm2niix and pass the NIfTI file."
            : otherwise;

    private static string List(IReadOnlyList<SeriesFiles> series) =>
        string.Join("; ", series.Take(MostListed).Select(s => s.Summary))
            + (series.Count > MostListed ? $"; and {series.Count - MostListed} more" : "");
}
