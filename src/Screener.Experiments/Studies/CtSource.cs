using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Preprocessing;
using Screener.Storage;

namespace Screener.Studies;

/// <summary>Where a CT lies: in a file of one volume, or as a DICOM series in folders or in a zip.</summary>
internal sealed record CtSource
{
    /// <summary>The file, the zip, or the folders in which the series' files lie; full paths.</summary>
    public required IReadOnlyList<string> Places { get; init; }

    /// <summary>What the user named, in which it was found; a full path.</summary>
    public required string Root { get; init; }

    /// <summary>The DICOM series; null for a file of one volume.</summary>
    public string? SeriesUid { get; init; }

    /// <summary>The series' files, where its folder holds so many others that they are not looked for again.</summary>
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>DICOM: the PatientID.</summary>
    public string Patient { get; init; } = "";

    /// <summary>How much of the patient it shows, by its headers.</summary>
    public SeriesExtent Extent { get; init; }

    /// <summary>Its voxels, or those of what a network sees of it if they are more, by its headers.</summary>
    /// <param name="seen">A voxel of what the network sees, mm3.</param>
    internal long VoxelsAt(double seen) => Math.Max(Extent.Voxels, (long)Math.Min(Extent.Volume / seen, Preprocessor.MaxVoxels));

    /// <summary>Equal as long as names, lengths and times of its files are.</summary>
    public string Stamp { get; init; } = "";

    /// <summary>Why it cannot be screened, as far as headers tell; null if nothing speaks against it.</summary>
    public ScreenerException? Refusal { get; init; }

    /// <summary>The path, and the series.</summary>
    public string Name => SeriesUid is null ? Places[0] : $"{Places[0]}#{SeriesUid}";

    /// <summary>The stamp of files.</summary>
    /// <exception cref="IOException">One is not there.</exception>
    internal static string StampOf(IEnumerable<string> files, string? seriesUid) => ContentKey.Of(new
    {
        seriesUid,
        files = files.Select(f => new FileInfo(f)).Select(f => new { f.Name, f.Length, changed = f.LastWriteTimeUtc.Ticks })
            .OrderBy(f => f.Name, StringComparer.Ordinal).ThenBy(f => f.Length).ThenBy(f => f.changed),
    });

    /// <summary>Finds its files.</summary>
    /// <exception cref="ScreenerException">They cannot be read.</exception>
    internal CtFiles Open(CancellationToken cancellation)
    {
        if (SeriesUid is null)
            return new CtFiles(this, OfVolume());
        return new CtFiles(this, File.Exists(Places[0]) ? Places : Files ?? InFolders(cancellation));
    }

    private IReadOnlyList<string> OfVolume()
    {
        try
        {
            return VolumeFiles.IsOne(Places[0]) ? VolumeFiles.ReadHeader(Places[0]).Files : Places;
        }
        catch (ScreenerException)
        {
            return Places; // Reading it says why.
        }
    }

    private IReadOnlyList<string> InFolders(CancellationToken cancellation)
    {
        var reader = new DicomSeriesReader(1);
        return [.. Places.SelectMany(folder => reader.Find(DicomContainer.OfFlat(folder), cancellation).Series)
            .Where(s => s.Summary.SeriesUid == SeriesUid).SelectMany(s => s.FileNames)];
    }
}

/// <summary>The files of a CT.</summary>
/// <param name="source">The CT.</param>
/// <param name="files">Full paths.</param>
internal sealed class CtFiles(CtSource source, IReadOnlyList<string> files)
{
    private bool IsZip => source.SeriesUid is not null && files is [var only] && only == source.Places[0];

    /// <summary>The content: equal for equal bytes, wherever the files lie, in whatever order, and however often.</summary>
    /// <exception cref="MissingInputException">A file cannot be read.</exception>
    internal string ContentKey(CancellationToken cancellation)
    {
        var keys = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            keys.Add(Storage.ContentKey.OfFile(file)
                ?? throw new MissingInputException(file, "nothing there", "a file that was there before", "Run it again."));
        }

        return Storage.ContentKey.Of(new { series = IsZip ? source.SeriesUid : null, keys });
    }

    /// <summary>Reads the CT.</summary>
    /// <param name="convert">Whether other programs may unpack DICOM.</param>
    /// <param name="progress">Fraction done.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="ScreenerException">It cannot be read, or makes no volume.</exception>
    internal CtVolume Read(bool convert, IProgress<double>? progress, CancellationToken cancellation) => source.SeriesUid is null
        ? CtReaders.All(1, convert).Read(source.Places[0], null, progress, cancellation)
        : new DicomSeriesReader(1, convert: convert).ReadSeries(
            Container(), source.Places[0], null, source.SeriesUid, progress, cancellation).Volume;

    /// <summary>Names that no result may hold: of its files and of the folders on the way to them.</summary>
    internal IEnumerable<string> Names()
    {
        var names = IsZip ? Container().Names : files;
        return names.SelectMany(n => n.Split('/', Path.DirectorySeparatorChar))
            .Concat(source.Places.SelectMany(p => p.Split(Path.DirectorySeparatorChar)))
            .Except(Above(source.Root)).SelectMany(n => (string[])[n, Path.GetFileNameWithoutExtension(n)])
            .Append(source.Patient);
    }

    // Of what lies above the folder that the user named, words such as "data" would be taken out of every sentence.
    private static IEnumerable<string> Above(string root) =>
        (Path.GetDirectoryName(root) ?? "").Split(Path.DirectorySeparatorChar);

    private DicomContainer Container() => IsZip ? DicomContainer.Of(source.Places[0]) : DicomContainer.OfFiles(files);
}
