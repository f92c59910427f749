using System.IO.Enumeration;
using Screener.Datasets;
using Screener.Datasets.Layouts;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Imaging.Stored;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Studies;

/// <summary>Finds CTs by their headers: DICOM series in folders and zips, files of one volume. A few words of each are kept.</summary>
/// <remarks>
/// DICOM series belong to their study, wherever they lie; of each study the axial series that covers most comes first, of those that
/// cover about as much (95 %) the one with the thinnest slices. Links to files are followed, links to folders are not.
/// </remarks>
internal sealed class StudySearch
{
    // Two reconstructions of one scan differ by a slice or two.
    private const double AsMuch = 0.95;

    // What shows less than half of the patient does not stand for a study whose best series is refused.
    private const double LeastShare = 0.5;

    private readonly DicomSeriesReader _reader;
    private readonly bool _everySeries;
    private readonly string _results;
    private readonly IProgress<int>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly HashSet<string> _seen = new(RealPath.Comparer);
    private readonly List<object> _found = []; // A CtSource by itself, or the DicomStudy that begins there.
    private readonly List<PassedOver> _passedOver = [];
    private readonly Dictionary<string, DicomStudy> _studies = new(StringComparer.Ordinal);
    private string _root = "";
    private int _count;

    private StudySearch(string results, bool everySeries, int threads, IProgress<int>? progress, CancellationToken cancellation)
    {
        (_reader, _everySeries, _results) = (new DicomSeriesReader(threads), everySeries, RealPath.Of(results));
        (_progress, _cancellation) = (progress, cancellation);
    }

    /// <summary>Looks through files and folders.</summary>
    /// <param name="paths">What to look through.</param>
    /// <param name="results">A folder that is left out.</param>
    /// <param name="everySeries">Each series is a study by itself.</param>
    /// <param name="threads">Threads that read headers.</param>
    /// <param name="progress">Told how many CTs are found.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <exception cref="MissingInputException">A path is not there.</exception>
    internal static FoundStudies Find(
        IReadOnlyList<string> paths, string results, bool everySeries, int threads, IProgress<int>? progress,
        CancellationToken cancellation)
    {
        var search = new StudySearch(results, everySeries, threads, progress, cancellation);
        foreach (string path in paths)
            search.LookInto(path);
        return search.Studies();
    }

    private void LookInto(string path)
    {
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(path))
            Folder(_root);
        else if (!File.Exists(path))
            throw new MissingInputException(path, "nothing there", "a folder, a zip or a file of CT", "Check the path.");
        else if (VolumeFiles.IsOne(path) || IsCached(path) || !_reader.CanRead(path))
            Volume(_root, isNamed: true);
        else if (IsZip(path))
            Zip(_root);
        else
            Folder(Path.GetDirectoryName(_root)!); // A slice, or the index of a CD.
    }

    private void Folder(string folder)
    {
        _cancellation.ThrowIfCancellationRequested();
        string real = RealPath.Of(folder);
        if (RealPath.Comparer.Equals(real, _results) || !_seen.Add(real))
            return;
        string[] files, folders;
        try
        {
            files = [.. FolderFiles.Of(folder, nested: false, (ref FileSystemEntry e) => e.ToSpecifiedFullPath())
                .Order(StringComparer.Ordinal)];
            folders = [.. new DirectoryInfo(folder).EnumerateDirectories()
                .Where(d => (d.Attributes & FileAttributes.ReparsePoint) == 0).Select(d => d.FullName).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            Refuse(folder, InputFile.Unreadable(folder, "a folder that can be read", "Check its permissions.", e));
            return;
        }

        var others = new List<string>();
        foreach (string file in files)
        {
            if (VolumeFiles.IsOne(file) || IsCached(file))
                Volume(file, isNamed: false);
            else if (IsZip(file))
                Zip(file);
            else if (SeriesFolder.MayBeDicom(Path.GetFileName(file)))
                others.Add(file);
        }

        if (others.Count > 0)
            Dicom(DicomContainer.OfFiles(others), folder);
        foreach (string nested in folders)
            Folder(nested);
    }

    private void Volume(string file, bool isNamed)
    {
        if (!_seen.Add(RealPath.Of(file)))
            return;
        IReadOnlyList<string> files = [file];
        VolumeGrid? grid = null;
        try
        {
            if (IsCached(file))
            {
                using var cached = HuVolume.Open(file);
                grid = cached.Grid;
            }
            else if (VolumeFiles.IsOne(file))
            {
                (StoredHeader header, files) = VolumeFiles.ReadHeader(file);
                grid = new VolumeGrid(header.Shape, header.Affine);
                if (!isNamed && header is { DataType: VoxelType.UInt8, IsScaled: false })
                {
                    _passedOver.Add(new PassedOver(file, "bytes from 0 to 255: labels or a mask, no CT"));
                    return;
                }
            }
        }
        catch (ScreenerException)
        {
            // Whoever reads it says why it cannot be read.
        }

        Found(new CtSource
        {
            Places = [file],
            Root = _root,
            Extent = grid is { Shape: var shape }
                ? new SeriesExtent(true, 0, 0, 0, shape.Depth, shape.VoxelCount, shape.VoxelCount * grid.VoxelVolume)
                : new SeriesExtent { IsAxial = true },
            Stamp = Stamp(files, null),
        });
    }

    private void Zip(string zip)
    {
        if (!_seen.Add(RealPath.Of(zip)))
            return;
        try
        {
            var container = DicomContainer.Of(zip);
            if (!Dicom(container, zip))
            {
                var (found, remedy) = ContainerContents.Describe(container);
                Refuse(zip, new MissingInputException(zip, found, "a DICOM CT series", remedy));
            }
        }
        catch (ScreenerException e)
        {
            Refuse(zip, e);
        }
    }

    // A file that cannot be read may be a slice of the folder's only series, which is not whole then.
    private bool Dicom(DicomContainer container, string place)
    {
        var (series, damaged) = _reader.Find(container, _cancellation);
        var ct = series.Where(s => s.Summary.IsCtImages).ToList();
        if (SeriesFiles.IsSplit(series.Select(s => s.Summary)))
        {
            Refuse(place, new SeriesRejectedException(
                place, Invariant($"{ct.Count} CT images, each with a SeriesInstanceUID of its own, as some anonymisers do"), "one series",
                "If they are slices of one scan, screen that folder by itself with --series all."));
            return true;
        }

        foreach (var error in ct.Count == 1 ? damaged.Take(1) : damaged)
            Refuse(place, error);
        if (ct.Count == 1 && damaged.Count > 0)
            return true;
        bool isFolder = Directory.Exists(place), isDump = isFolder && ct.Select(s => s.Summary.StudyUid).Distinct().Count() > 1;
        foreach (var files in series)
            Add(files, place, isFolder, isDump);
        return series.Count + damaged.Count > 0;
    }

    private void Add(SeriesFiles series, string place, bool isFolder, bool isDump)
    {
        var summary = series.Summary;
        string key = summary.StudyUid.Length > 0 ? summary.StudyUid : place;
        if (!_studies.TryGetValue(key, out var study))
        {
            _studies[key] = study = new DicomStudy();
            _found.Add(study);
        }

        var source = new CtSource
        {
            Places = [place],
            Root = _root,
            SeriesUid = summary.SeriesUid,
            Files = isDump ? [.. series.FileNames] : null,
            Patient = summary.PatientId,
            Extent = SeriesExtent.Of(series.Images),
            Stamp = Stamp(isFolder ? series.FileNames : [place], summary.SeriesUid),
        };
        if (study.Add(summary, source, isFolder) && summary.IsCtImages)
            _progress?.Report(++_count);
    }

    private void Found(CtSource source)
    {
        _found.Add(source);
        _progress?.Report(++_count);
    }

    private void Refuse(string place, ScreenerException error) =>
        Found(new CtSource { Places = [place], Root = _root, Refusal = error });

    private FoundStudies Studies()
    {
        var studies = new List<FoundStudy>();
        foreach (object found in _found)
        {
            if (found is CtSource alone)
                studies.Add(new FoundStudy(alone));
            else
                studies.AddRange(Choose((DicomStudy)found));
        }

        return new FoundStudies(studies, _passedOver);
    }

    private IEnumerable<FoundStudy> Choose(DicomStudy study)
    {
        var ct = study.Series.Where(s => s.Summary.IsCtImages).ToList();
        if (ct.Count == 0)
        {
            var first = study.Series[0].Source;
            string kinds = string.Join(", ", study.Series.Select(s => $"{s.Summary.Modality}{(s.Summary.IsLocalizer ? " localizers" : "")}")
                .Distinct().Order(StringComparer.Ordinal));
            var error = new SeriesRejectedException(
                first.Places[0], Invariant($"no CT series among {study.Series.Count} ({kinds})"), "a CT series", "Check the path.");
            return [new FoundStudy(first with { Refusal = error })];
        }

        foreach (var (summary, source) in study.Series.Where(s => !s.Summary.IsCtImages))
            _passedOver.Add(new PassedOver(source.Name, $"{summary.Modality}{(summary.IsLocalizer ? " localizers" : "")}, no CT images"));
        if (_everySeries)
            return ct.Select(s => new FoundStudy(s.Source));
        double most = ct.Max(s => s.Source.Extent.IsAxial ? s.Source.Extent.Length : 0);
        var ordered = ct.Select(s => s.Source).OrderByDescending(s => s.Extent.IsAxial)
            .ThenByDescending(s => s.Extent.Length >= AsMuch * most)
            .ThenBy(s => s.Extent.Length >= AsMuch * most ? s.Extent.Step : -s.Extent.Length)
            .ThenBy(s => s.Name, StringComparer.Ordinal).ToList();
        var candidates = ordered.Where((s, i) => i == 0 || (s.Extent.IsAxial && s.Extent.Length >= LeastShare * most)).ToList();
        _passedOver.AddRange(ordered.Except(candidates).Select(OtherTaken));
        return [new FoundStudy(candidates)];
    }

    /// <summary>What is said of a series whose study is represented by another.</summary>
    internal static PassedOver OtherTaken(CtSource source) => new(
        source.Name, source.Extent.IsAxial
            ? Invariant($"{source.Extent.Length:0} mm in steps of {source.Extent.Step:0.##} mm; another series of the study was taken")
            : "not axial; another series of the study was taken");

    private static string Stamp(IEnumerable<string> files, string? series)
    {
        try
        {
            return CtSource.StampOf(files, series);
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            return ""; // Reading it will say why.
        }
    }

    private static bool IsZip(string file) => file.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);

    private static bool IsCached(string file) => file.EndsWith(HuVolumeReader.Ending, StringComparison.OrdinalIgnoreCase);

    /// <summary>The series of one study, wherever they lie.</summary>
    private sealed class DicomStudy
    {
        private readonly List<(DicomSeriesSummary Summary, CtSource Source, bool IsFolder)> _series = [];

        internal IReadOnlyList<(DicomSeriesSummary Summary, CtSource Source)> Series => [.. _series.Select(s => (s.Summary, s.Source))];

        // A series may fill several folders; its copies are dropped image by image when it is read.
        internal bool Add(DicomSeriesSummary summary, CtSource source, bool isFolder)
        {
            int same = _series.FindIndex(s => s.IsFolder && isFolder && s.Summary.SeriesUid == summary.SeriesUid);
            if (same < 0)
            {
                _series.Add((summary, source, isFolder));
                return true;
            }

            var (before, known, _) = _series[same];
            _series[same] = (before with { IsCtImages = before.IsCtImages || summary.IsCtImages }, known with
            {
                Places = [.. known.Places, .. source.Places],
                Files = known.Files is null || source.Files is null ? null : [.. known.Files, .. source.Files],
                Extent = known.Extent.With(source.Extent),
                Stamp = ContentKey.Of(new[] { known.Stamp, source.Stamp }),
            }, true);
            return false;
        }
    }
}
