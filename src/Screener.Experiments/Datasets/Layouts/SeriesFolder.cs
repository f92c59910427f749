using Screener.Errors;
using Screener.Imaging.Dicom;

namespace Screener.Datasets.Layouts;

/// <summary>A folder, or a zip, of DICOM files: one series as archives hand them out.</summary>
/// <param name="Name">Its path in the raw folder; empty for the raw folder itself.</param>
/// <param name="Path">Its full path.</param>
/// <param name="Series">The series, by the header of its first DICOM file.</param>
/// <param name="Files">The files directly in it; of a zip, the zip.</param>
/// <param name="Problem">Why it cannot be read; null if nothing speaks against it.</param>
internal sealed record SeriesFolder(string Name, string Path, DicomSeriesSummary Series, IReadOnlyList<RawFile> Files, string? Problem)
{
    // Images first: what lies beside them is read only if there are none.
    private static readonly string[] NotDicom = [".xml", ".json", ".csv", ".txt", ".xls", ".xlsx", ".pdf", ".md", ".tcia", ".gz", ".nii"];

    /// <summary>True for a zip.</summary>
    internal bool IsZip => Series.SliceCount > 0 && Files is [{ } only] && only.Path == Path;

    /// <summary>Files that look like images by name.</summary>
    internal int Images => IsZip ? Series.SliceCount : Files.Count(IsImageName);

    /// <summary>A name for the series: the patient, and the end of the series' UID, since a patient may have several.</summary>
    internal string Id => DatasetCase.CleanId(
        $"{Series.PatientId}-{Series.SeriesUid[^Math.Min(6, Series.SeriesUid.Length)..].Replace('.', '0')}");

    /// <summary>What is said of a series that holds no CT.</summary>
    internal DatasetOddity IsNoCt => new(
        OddityKind.PassedOver, Name, $"a series of {Series.Modality}{(Series.IsLocalizer ? " localizers" : "")}, not a CT volume");

    /// <summary>Finds the folders and zips with DICOM files, by the headers of the first and the last file of each.</summary>
    /// <param name="files">The raw folder's files; a folder's come together.</param>
    /// <param name="threads">How many folders are looked at at a time.</param>
    /// <param name="progress">Fraction done, 0 to 1.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <returns>The folders, in the order of their names, and what cannot be read.</returns>
    internal static (IReadOnlyList<SeriesFolder> Folders, IReadOnlyList<DatasetOddity> Oddities) Find(
        IReadOnlyList<RawFile> files, int threads, IProgress<double>? progress, CancellationToken cancellation)
    {
        var groups = files.Where(f => IsImageName(f) || IsZipName(f)).GroupBy(f => IsZipName(f) ? f.Name : FolderOf(f.Name)).ToList();
        var found = new List<SeriesFolder>[groups.Count];
        var oddities = new List<DatasetOddity>();
        var turn = new Lock();
        int done = 0;
        Parallel.For(0, groups.Count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, i =>
        {
            found[i] = [];
            try
            {
                found[i].AddRange(
                    IsZipName(groups[i].First()) ? OfZip(groups[i].First(), cancellation) : OfFolder(groups[i].Key, [.. groups[i]]));
            }
            catch (ScreenerException e)
            {
                lock (turn)
                    oddities.Add(new DatasetOddity(OddityKind.Unusable, groups[i].Key, e.Message));
            }

            lock (turn)
                progress?.Report((double)++done / groups.Count);
        });
        return ([.. found.SelectMany(f => f)], [.. oddities.OrderBy(o => o.Subject, StringComparer.Ordinal)]);
    }

    /// <summary>Reads its series.</summary>
    /// <exception cref="ScreenerException">It does not make one volume; several series in one folder are refused too.</exception>
    internal DicomSeriesVolume Read(int threads, CancellationToken cancellation)
    {
        if (Problem is not null)
            throw new SeriesRejectedException(Name, Problem, "one CT series", "Fetch the series again from its source.");
        return new DicomSeriesReader(threads, nested: false).ReadSeries(
            Path, IsZip ? new() { SeriesUid = Series.SeriesUid } : null, null, cancellation);
    }

    private static IEnumerable<SeriesFolder> OfZip(RawFile zip, CancellationToken cancellation) =>
        new DicomSeriesReader(1).List(zip.Path, cancellation).Select(s => new SeriesFolder(zip.Name, zip.Path, s, [zip], null));

    private static IEnumerable<SeriesFolder> OfFolder(string name, IReadOnlyList<RawFile> images)
    {
        string path = System.IO.Path.GetDirectoryName(images[0].Path)!;
        DicomSeriesSummary? first = null, last = null;
        string? problem = null;
        for (int i = 0; i < images.Count && first is null; i++)
            first = Peek(images[i], ref problem);
        for (int i = images.Count - 1; i >= 0 && last is null && first is not null; i--)
            last = Peek(images[i], ref problem);
        if (first is null)
            return problem is null
                ? []
                : throw new VolumeFormatException(
                    name.Length == 0 ? path : name, problem, "a DICOM series", "Fetch it again from its source.");
        if (first.SeriesUid != last!.SeriesUid)
            problem = $"images of several series: {first.SeriesUid} and {last.SeriesUid}";
        return [new SeriesFolder(name, path, first, images, problem)];
    }

    private static DicomSeriesSummary? Peek(RawFile file, ref string? problem)
    {
        try
        {
            return DicomSeriesReader.Peek(file.Path);
        }
        catch (ScreenerException e)
        {
            // One damaged slice spoils the series, and the reader would say the same.
            problem ??= e.Message;
            return null;
        }
    }

    private static bool IsZipName(RawFile file) => file.Name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);

    private static bool IsImageName(RawFile file) => !IsZipName(file) && MayBeDicom(file.Name[(file.Name.LastIndexOf('/') + 1)..]);

    /// <summary>False for the names of files that lie beside images.</summary>
    internal static bool MayBeDicom(string name) => !name.StartsWith("LICENSE", StringComparison.OrdinalIgnoreCase)
        && !Array.Exists(NotDicom, e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    private static string FolderOf(string name) => name.LastIndexOf('/') is >= 0 and var end ? name[..end] : "";
}
