using System.Security.Cryptography;
using System.Text;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Preprocessing;

namespace Screener.Datasets;

/// <summary>The CTs to prepare that lie behind paths.</summary>
public static class PreparationInputs
{
    /// <summary>
    /// Finds the CTs behind paths: an imported dataset's folder gives its volumes; a phantom cohort's folder or manifest gives its cases; a
    /// folder or zip of DICOM gives
    /// its CT series; another folder gives the NIfTI, MetaImage and NRRD files that lie directly in it; any other file stands for itself.
    /// </summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="seriesUid">The series to take of what is DICOM, or <see cref="VolumeReadOptions.AllSeries"/>; null for each that is
    /// there.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <returns>In the order of the paths, then of names. Equal names get their folder's name in front.</returns>
    /// <exception cref="MissingInputException">A path does not exist, or there is no CT behind it.</exception>
    /// <exception cref="ScreenerException">A manifest or DICOM file is damaged.</exception>
    public static IReadOnlyList<PreparationInput> Find(
        IEnumerable<string> paths, string? seriesUid = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var dicom = new DicomSeriesReader();
        var inputs = new List<PreparationInput>();
        foreach (string path in paths)
        {
            cancellation.ThrowIfCancellationRequested();
            int before = inputs.Count;
            inputs.AddRange(FindOne(path, dicom, seriesUid, cancellation));
            if (inputs.Count == before)
            {
                throw new MissingInputException(
                    path, "no CT", "a cohort, NIfTI, MetaImage or NRRD files, or a DICOM series", "Check the path.");
            }
        }

        return Distinguish([.. inputs.DistinctBy(i => i.Source)]);
    }

    private static IEnumerable<PreparationInput> FindOne(string path, DicomSeriesReader dicom, string? seriesUid,
        CancellationToken cancellation)
    {
        if (!Path.Exists(path))
            throw new MissingInputException(path, "nothing there", "a CT file, a folder or a cohort", "Check the path.");
        bool isFolder = Directory.Exists(path);
        if (AnnotatedCohort.SourceAt(path) is { } source)
        {
            var cohort = source.Open(path);
            return cohort.CaseIds.Select((id, i) => new PreparationInput(id, cohort.FilesOf(i)[0]));
        }

        if (HuCache.IsAt(path))
        {
            var cache = HuCache.Open(path);
            return cache.Cases.Select(c => new PreparationInput(c.Id, cache.PathOf(c)));
        }

        bool isDicom = dicom.CanRead(path);
        // The index of a CD stands for its folder.
        if (isDicom && !isFolder && DicomSeriesReader.IsContainer(path) && !DicomContainer.IsZip(path))
            (path, isFolder) = (Path.GetDirectoryName(Path.GetFullPath(path))!, true);
        if (isDicom && seriesUid is not null)
            return [new PreparationInput(NameOf(path), path, seriesUid)];
        if (isDicom && DicomSeriesReader.IsContainer(path))
        {
            // Where there is none to take, or each image would be one, the reader tells why.
            var series = dicom.List(path, cancellation).Where(s => s.IsCtImages).ToList();
            return series.Count < 2 || DicomSeriesReader.IsSplit(series)
                ? [new PreparationInput(NameOf(path), path)]
                : series.Select(s => new PreparationInput(Clean(s.SeriesUid), path, s.SeriesUid));
        }

        if (!isFolder)
            return [new PreparationInput(NameOf(path), path)];
        string[] files = [.. RawFile.Find(path, "", nested: false, insideZips: false, cancellation)
            .Select(f => Path.Combine(path, f.Name)).Order(StringComparer.Ordinal)];
        var volumes = files.Where(VolumeFiles.IsOne).Select(f => new PreparationInput(NameOf(f), f)).ToList();
        if (files.Length == 0)
            _ = DicomContainer.Of(path); // Says which folder in it cannot be read, if that is why.

        // An archive's downloads: a folder of zips, one series each.
        return volumes.Count > 0 ? volumes
            : files.Where(f => f.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
                .SelectMany(f => FindOne(f, dicom, seriesUid, cancellation));
    }

    private static string NameOf(string path)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        foreach (string ending in (IEnumerable<string>)[.. VolumeFiles.Endings, ".zip", ".dcm", HuVolumeReader.Ending])
        {
            if (name.Length > ending.Length && name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return Clean(name[..^ending.Length]);
        }

        return Clean(name);
    }

    private static string Clean(string name) => DatasetCase.CleanId(name, "ct");

    // case_1/imaging.nii.gz and case_2/imaging.nii.gz become case_1-imaging and case_2-imaging.
    private static List<PreparationInput> Distinguish(List<PreparationInput> inputs)
    {
        var twice = Twice(inputs);
        var named = inputs.Select(i => twice.Contains(i.Id) ? i with { Id = $"{FolderOf(i)}-{i.Id}" } : i).ToList();
        twice = Twice(named);
        return [.. named.Select(i => twice.Contains(i.Id) ? i with { Id = $"{i.Id}-{Digest(i.Source)}" } : i)];
    }

    // The nearest folder that tells more than the name: train for train/case_1/ct.nii.gz, which is called case_1 in its cohort.
    private static string FolderOf(PreparationInput input)
    {
        var folder = Directory.GetParent(Path.GetFullPath(input.Path));
        while (folder?.Parent is not null && Clean(folder.Name) == input.Id)
            folder = folder.Parent;
        return Clean(folder?.Name ?? "");
    }

    private static HashSet<string> Twice(List<PreparationInput> inputs) =>
        [.. inputs.GroupBy(i => i.Id, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).SelectMany(g => g.Select(i => i.Id))];

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 4));
}
