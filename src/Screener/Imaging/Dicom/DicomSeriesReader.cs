using Screener.Errors;
using Screener.Runtime;
using Screener.Storage;

namespace Screener.Imaging.Dicom;

/// <summary>
/// Reads CT series from DICOM files: a folder with its subfolders, a zip (not unpacked to disk), or one file, which
/// stands for its series in its own folder.
/// </summary>
/// <remarks>
/// <para>Transfer syntaxes: implicit and explicit little-endian, explicit big-endian, deflated, RLE Lossless, JPEG
/// Lossless. Files that are not DICOM, and a DICOMDIR, are passed over; DICOM files that are damaged are not, because a
/// slice would be missing, and neither is a file that is none though named .dcm. A DICOMDIR that is named itself stands
/// for its folder.</para>
/// <para>The volume: [D, H, W] with H and W along the columns and rows of the images and D along their normal, in the
/// direction of increasing position; <see cref="Imaging.Affine"/> says how this becomes world coordinates. HU by each
/// slice's rescale.</para>
/// <para>Padding: stored values equal to PixelPaddingValue (or in its range), unless that would be tissue, and the values
/// -2048 and -3024 HU become -1000 HU. All other values stay as they are, also those below -1024 HU.</para>
/// <para>Which images make a volume: axial slices of one orientation and size; localizers, reports and other objects of
/// the series are left out; images at the same location are dropped if they are equal within 1 HU, or if one acquisition
/// ends there and the next begins; no acquisitions that alternate; at least 95 % of the gaps equal, or all of them within
/// the rounding of the positions, none missing; pixel spacing equal within 0.01 mm; no gantry tilt. One slice is as thick
/// as its SliceThickness. Everything else is rejected with its reason; what was dropped or assumed stands in the notes.</para>
/// </remarks>
/// <param name="threads">Threads that read and decode; 0 means one per processor.</param>
/// <param name="nested">Whether a folder's subfolders belong to it.</param>
/// <param name="convert">Whether gdcm or dcmtk may unpack a copy of images in other transfer syntaxes, in a temporary folder.</param>
public sealed class DicomSeriesReader(int threads = 0, bool nested = true, bool convert = false) : IVolumeReader
{
    // Where the pixels start is found in the first 8 KB of most files.
    private const int HeadBytes = 8 << 10;

    /// <inheritdoc/>
    public string Name => "DICOM";

    /// <summary>The folder for temporary files.</summary>
    internal string Temporary { get; init; } = Path.GetTempPath();

    /// <inheritdoc/>
    public bool CanRead(string path)
    {
        try
        {
            if (!Directory.Exists(path) && !DicomContainer.IsZip(path))
            {
                byte[] head = new byte[132];
                using var handle = InputFile.OpenHandle(path);
                int count = RandomAccess.Read(handle, head, 0);
                return DicomParser.LooksLikeDicom(head.AsSpan(0, count));
            }

            var container = DicomContainer.Of(path);
            using var session = container.Open();
            // All of them: on a hospital's CD the files of its viewer may come first.
            return Enumerable.Range(0, container.Names.Count).Any(i => LooksLikeDicom(session, i));
        }
        catch (Exception error) when (error is ScreenerException or IOException or UnauthorizedAccessException)
        {
            // What cannot be opened is not recognised; the reader that is asked for it by name says why.
            return false;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="SeriesRejectedException">There is no CT series, there are several and none was picked, or the images do not make
    /// one volume.</exception>
    /// <exception cref="OptionException">The picked series is not there.</exception>
    public CtVolume Read(
        string path, VolumeReadOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        ReadSeries(path, options, progress, cancellation).Volume;

    /// <summary>True if each CT image has a series UID of its own, as some programs that anonymise write it;
    /// <see cref="VolumeReadOptions.AllSeries"/> joins them.</summary>
    public static bool IsSplit(IReadOnlyList<DicomSeriesSummary> series) => SeriesFiles.IsSplit(series);

    /// <summary>True for what may hold several series: a folder, a zip, a DICOMDIR. Never throws.</summary>
    public static bool IsContainer(string path)
    {
        try
        {
            return Directory.Exists(path) || DicomContainer.IsZip(path) || IsIndex(path);
        }
        catch (Exception error) when (error is ScreenerException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The series at <paramref name="path"/>, CT and others, in the order of their UIDs.</summary>
    /// <exception cref="ScreenerException">The path is missing, or a file is damaged.</exception>
    public IReadOnlyList<DicomSeriesSummary> List(string path, CancellationToken cancellation = default) =>
        [.. SeriesFiles.Of(ReadHeaders(ContainerOf(path, out _), null, cancellation)).Select(s => s.Summary)];

    /// <summary>The series of some files, and why files among them cannot be read, in the order of their names.</summary>
    internal (IReadOnlyList<SeriesFiles> Series, IReadOnlyList<ScreenerException> Damaged) Find(
        DicomContainer container, CancellationToken cancellation)
    {
        var headers = new CtSliceHeader?[container.Names.Count];
        var damaged = new ScreenerException?[headers.Length];
        container.ForEach(
            headers.Length, threads, (session, i, workspace) =>
            {
                try
                {
                    headers[i] = ReadHeader(container, session, i, workspace);
                }
                catch (ScreenerException error)
                {
                    damaged[i] = error;
                }
            }, null, cancellation);
        return (SeriesFiles.Of([.. headers.OfType<CtSliceHeader>()]), [.. damaged.OfType<ScreenerException>()]);
    }

    /// <summary>Reads one CT series with the origin of each slice.</summary>
    /// <param name="path">A folder, a zip, or one DICOM file, which stands for its series in its own folder.</param>
    /// <param name="options">Which series to pick where there are several.</param>
    /// <param name="progress">Fraction done, 0 to 1.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="MissingInputException">The path is missing or holds no DICOM file.</exception>
    /// <exception cref="VolumeFormatException">A file is damaged, or of a kind that is not read.</exception>
    /// <exception cref="SeriesRejectedException">There is no CT series, there are several and none was picked, or the images do not make
    /// one volume.</exception>
    /// <exception cref="OptionException">The picked series is not there.</exception>
    public DicomSeriesVolume ReadSeries(
        string path, VolumeReadOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var container = ContainerOf(path, out string? file);
        return ReadSeries(container, path, file, options?.SeriesUid, progress, cancellation);
    }

    /// <summary>Reads one CT series of a container.</summary>
    /// <param name="container">The files.</param>
    /// <param name="path">Where they are, for messages.</param>
    /// <param name="file">The one file that was named; null for all.</param>
    /// <param name="uid">Which series to pick where there are several.</param>
    /// <param name="progress">Fraction done, 0 to 1.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <inheritdoc cref="ReadSeries(string, VolumeReadOptions, IProgress{double}, CancellationToken)"/>
    internal DicomSeriesVolume ReadSeries(
        DicomContainer container, string path, string? file, string? uid, IProgress<double>? progress, CancellationToken cancellation)
    {
        var headers = ReadHeaders(container, progress, cancellation);
        if (headers.Count == 0)
        {
            var (found, remedy) = ContainerContents.Describe(container);
            throw new MissingInputException(path, found, "a DICOM CT series", remedy);
        }

        var series = SeriesFiles.Pick(path, file, uid, SeriesFiles.Of(headers));
        if (convert && series.Images.Any(i => i.Syntax.Encoding == PixelEncoding.Unsupported))
            return ReadUnpacked(container, path, series, progress, cancellation);
        return ReadPicked(container, path, series, (slice, wanted) => ReadAgain(container, slice, wanted), progress, cancellation);
    }

    private DicomSeriesVolume ReadUnpacked(
        DicomContainer container, string path, SeriesFiles series, IProgress<double>? progress, CancellationToken cancellation)
    {
        using var copy = UnpackedSeries.Of(
            path, container, series.Images, Temporary, threads, new Relay<double>(done => progress?.Report(0.1 + (0.5 * done))),
            cancellation);
        var images = ReadHeaders(copy.Container, null, cancellation);
        return ReadPicked(
            copy.Container, path, series.With(images, copy.Note), FromOriginal,
            new Relay<double>(done => progress?.Report(0.6 + (0.4 * done))), cancellation);

        // The copies are gone by then.
        DicomDataSet FromOriginal(CtSliceHeader slice, IReadOnlySet<DicomTag> wanted) => ReadAgain(
            container, series.Images.FirstOrDefault(i => i.SopInstanceUid == slice.SopInstanceUid) ?? series.Images[0], wanted);
    }

    private DicomSeriesVolume ReadPicked(
        DicomContainer container, string path, SeriesFiles series, Func<CtSliceHeader, IReadOnlySet<DicomTag>, DicomDataSet> readAgain,
        IProgress<double>? progress, CancellationToken cancellation)
    {
        string name = $"{path}, series {series.Summary.SeriesUid}";
        var plan = SeriesAssembler.Assemble(name, series.Images);
        PatientGrid.Require(plan.Grid, name);
        plan.RefuseBomb(name);
        var (voxels, measured, repeats) = ReadVoxels(container, plan, progress, cancellation);
        string[] repeated = [.. RepeatedSlices.Notes(name, plan.Slices, repeats)], alternation = [], values = [];
        ThreadCounts.Run(
            threads,
            parallel => Parallel.Invoke(
                parallel,
                () => alternation = [.. SliceAlternation.Notes(plan.Grid.Shape, voxels)],
                () => values = [.. HounsfieldNotes.Of(voxels, measured)]),
            cancellation);
        IReadOnlyList<string> notes = [.. series.Notes, .. plan.Notes, .. repeated, .. alternation, .. values];
        return new DicomSeriesVolume(
            new CtVolume(plan.Grid, voxels, name) { Notes = notes, Measured = measured }, series.Summary, plan,
            wanted => readAgain(plan.Slices[0], wanted));
    }

    /// <summary>What one file's header says of its series, with one slice; null if it is not DICOM or no image.</summary>
    /// <exception cref="ScreenerException">The file cannot be read or is damaged.</exception>
    public static DicomSeriesSummary? Peek(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        var container = DicomContainer.OfFile(file);
        using var session = container.Open();
        return ReadHeader(container, session, 0, new DicomContainer.Workspace()) is { } header ? SeriesFiles.Of([header])[0].Summary : null;
    }

    private DicomContainer ContainerOf(string path, out string? file)
    {
        file = null;
        if (Directory.Exists(path))
            return nested ? DicomContainer.Of(path) : DicomContainer.OfFlat(path);
        if (!File.Exists(path))
            throw new MissingInputException(path, "nothing there", "a folder, a zip or a file of DICOM", "Check the path.");
        try
        {
            if (DicomContainer.IsZip(path))
                return DicomContainer.Of(path);
        }
        catch (Exception error) when (InputFile.IsFault(error))
        {
            throw new MissingInputException(path, error.Message.TrimEnd('.'), "a file that can be read", "Check its permissions.", error);
        }

        string full = Path.GetFullPath(path), folder = Path.GetDirectoryName(full)!;
        // The index of a CD: what it lists lies beside and below it.
        if (IsIndex(full))
            return DicomContainer.Of(folder);
        file = full;
        return DicomContainer.OfFlat(folder);
    }

    private static bool LooksLikeDicom(DicomContainer.Session session, int index)
    {
        byte[] head = [];
        try
        {
            int count = session.Read(index, 132, ref head, out _);
            return DicomParser.LooksLikeDicom(head.AsSpan(0, count));
        }
        catch (ScreenerException)
        {
            // One file that cannot be read does not hide the others; the reader names it.
            return false;
        }
    }

    private static bool IsIndex(string file)
    {
        var container = DicomContainer.OfFile(file);
        using var session = container.Open();
        try
        {
            var set = ReadDataSet(container, session, 0, new DicomContainer.Workspace(), out _);
            return set?.Text(DicomTag.MediaStorageSopClassUid) == SopClass.MediaStorageDirectory;
        }
        catch (VolumeFormatException)
        {
            return false;
        }
    }

    private List<CtSliceHeader> ReadHeaders(DicomContainer container, IProgress<double>? progress, CancellationToken cancellation)
    {
        var headers = new CtSliceHeader?[container.Names.Count];
        container.ForEach(
            headers.Length, threads, (session, i, workspace) => headers[i] = ReadHeader(container, session, i, workspace),
            done => progress?.Report(0.1 * done), cancellation);
        return [.. headers.OfType<CtSliceHeader>()];
    }

    private static DicomDataSet ReadAgain(DicomContainer container, CtSliceHeader slice, IReadOnlySet<DicomTag> wanted)
    {
        using var session = container.Open();
        return ReadDataSet(container, session, slice.Entry, new DicomContainer.Workspace(), out _, wanted)
            ?? throw new VolumeFormatException(
                slice.File, "another file than a moment ago", "files that nobody changes", "Read the series again.");
    }

    // Null: not a DICOM file, or one without images or data such as a DICOMDIR.
    private static CtSliceHeader? ReadHeader(
        DicomContainer container, DicomContainer.Session session, int index, DicomContainer.Workspace workspace)
    {
        var set = ReadDataSet(container, session, index, workspace, out long total);
        if (set is null || set.Text(DicomTag.MediaStorageSopClassUid) == SopClass.MediaStorageDirectory)
            return null;
        var header = CtSliceHeader.Of(set, index) with { FileBytes = total, StoredBytes = session.StoredBytes(index, total) };
        if (header.SopClassUid == SopClass.MediaStorageDirectory)
            return null;
        if (!set.HasMark && header.SopClassUid.Length + header.SeriesUid.Length == 0)
            return NoDicom<CtSliceHeader>(set.File, total);
        // A file cut between two elements is a well-formed data set, but the slice is lost.
        if (header.SopClassUid is SopClass.Ct or "" && !header.Pixels.HasPixels)
        {
            throw new VolumeFormatException(
                set.File, $"a CT image without pixel data, of {total} bytes", "a whole file",
                    "Fetch the file again from its source, or leave it out.");
        }

        return header;
    }

    // Null: not a DICOM file.
    private static DicomDataSet? ReadDataSet(DicomContainer container, DicomContainer.Session session, int index,
        DicomContainer.Workspace workspace, out long total, IReadOnlySet<DicomTag>? besides = null)
    {
        string file = container.FullName(index);
        for (int wanted = HeadBytes; ; wanted = (int)Math.Min(DicomContainer.MaxFileBytes, 8L * wanted))
        {
            workspace.Reserve(wanted);
            int count = session.Read(index, wanted, ref workspace.Bytes, out total);
            var head = workspace.Bytes.AsSpan(0, count);
            if (!DicomParser.LooksLikeDicom(head))
                return NoDicom<DicomDataSet>(file, total);
            DicomDataSet? set;
            try
            {
                set = DicomParser.Parse(workspace.Bytes, count, total, file, workspace.Reserve, besides);
            }
            catch (VolumeFormatException) when (!DicomParser.HasMark(head))
            {
                // Without the DICM mark the file was only taken for DICOM by its first bytes.
                return NoDicom<DicomDataSet>(file, total);
            }

            if (set is not null || count == DicomContainer.MaxFileBytes)
            {
                return set ?? throw new VolumeFormatException(
                    file, $"a header of more than {DicomContainer.MaxFileBytes >> 20} MiB", "a CT slice", "Leave this file out.");
            }
        }
    }

    // A copy that broke off early may have left a name and nothing else. macOS puts hidden files of its own beside any others.
    private static T? NoDicom<T>(string file, long total)
        where T : class =>
        Path.GetFileName(file) is var name && name.EndsWith(".dcm", StringComparison.OrdinalIgnoreCase) && !name.StartsWith('.')
            ? throw new VolumeFormatException(
                file, $"{total} bytes that are no DICOM", "a DICOM file, as it is named",
                "Fetch the file again from its source, or leave it out.")
            : null;

    private (float[] Voxels, HounsfieldRange Measured, IReadOnlyList<RepeatedSlice> Repeats) ReadVoxels(
        DicomContainer container, SeriesPlan plan, IProgress<double>? progress, CancellationToken cancellation)
    {
        int size = plan.Grid.Shape.Height * plan.Grid.Shape.Width;
        var voxels = GC.AllocateUninitializedArray<float>(plan.Grid.Shape.CheckedLength());
        var ranges = new (float Low, float High)[plan.Slices.Count];
        var differences = new float[plan.Repeats.Count];
        double share = 0.9 * plan.Slices.Count / (plan.Slices.Count + plan.Repeats.Count);
        container.ForEach(
            plan.Slices.Count, threads,
            (session, i, workspace) => ranges[i] = DecodeSlice(session, plan.Slices[i], workspace, voxels.AsSpan(i * size, size)),
            done => progress?.Report(0.1 + (share * done)),
            cancellation);
        container.ForEach(
            plan.Repeats.Count, threads,
            (session, i, workspace) =>
            {
                var (header, index) = plan.Repeats[i];
                var repeat = new float[size];
                DecodeSlice(session, header, workspace, repeat);
                differences[i] = RepeatedSlices.LargestDifference(repeat, voxels.AsSpan(index * size, size));
            },
            done => progress?.Report(0.1 + share + ((0.9 - share) * done)),
            cancellation);
        return (
            voxels,
            new HounsfieldRange(ranges.Min(r => r.Low), ranges.Max(r => r.High)),
            [.. plan.Repeats.Select((r, i) => new RepeatedSlice(r.Header, plan.Slices[r.Index], differences[i]))]);
    }

    private static (float Low, float High) DecodeSlice(DicomContainer.Session session, CtSliceHeader header,
        DicomContainer.Workspace workspace, Span<float> hu)
    {
        workspace.Reserve(header.FileBytes);
        int count = session.Read(header.Entry, DicomContainer.MaxFileBytes, ref workspace.Bytes, out long total);
        return Decode(workspace.Bytes, count, total, header, hu, workspace.Reserve);
    }

    /// <summary>Decodes a whole file whose header was read before.</summary>
    /// <returns>The lowest and the highest HU but for padding.</returns>
    internal static (float Low, float High) Decode(byte[] bytes, int count, long total, CtSliceHeader header, Span<float> hu,
        Action<long>? reserve = null)
    {
        if (count < total)
            throw new VolumeFormatException(header.File, $"a file of {total >> 20} MiB",
                $"a CT slice of at most {DicomContainer.MaxFileBytes >> 20} MiB", "Leave this file out.");
        var set = DicomParser.Parse(bytes, count, total, header.File, reserve);
        if (set is null || set.PixelOffset < 0 || set.Syntax != header.Syntax)
            throw new VolumeFormatException(
                header.File, "another content than a moment ago", "a file that does not change while it is read", "Read the series again.");
        return PixelDecoder.Decode(set, header.Pixels, hu);
    }
}
