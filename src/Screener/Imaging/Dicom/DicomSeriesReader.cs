using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>
/// Reads CT series from DICOM files: a folder with its subfolders, a zip (not unpacked to disk), or one file, which
/// stands for its series in its own folder.
/// </summary>
/// <remarks>
/// <para>Transfer syntaxes: implicit and explicit little-endian, explicit big-endian, deflated, RLE Lossless, JPEG
/// Lossless. Files that are not DICOM, and a DICOMDIR, are passed over; DICOM files that are damaged are not, because a
/// slice would be missing, and neither is a file that is none though named .dcm.</para>
/// <para>The volume: [D, H, W] with H and W along the columns and rows of the images and D along their normal, in the
/// direction of increasing position; <see cref="Imaging.Affine"/> says how this becomes world coordinates. HU by each
/// slice's rescale.</para>
/// <para>Padding: stored values equal to PixelPaddingValue (or in its range), unless that would be tissue, and the values
/// -2048 and -3024 HU become -1000 HU. All other values stay as they are, also those below -1024 HU.</para>
/// <para>Which images make a volume: axial slices of one orientation and size; images with a SOPInstanceUID seen before
/// are dropped, and images at the same location if they are equal within 1 HU; at least 95 % of the gaps equal, none
/// missing; pixel spacing equal within 0.01 mm; no gantry tilt; no localizers. Everything else is rejected with its
/// reason.</para>
/// </remarks>
/// <param name="threads">Threads that read and decode; 0 means one per processor.</param>
/// <param name="nested">Whether a folder's subfolders belong to it.</param>
public sealed class DicomSeriesReader(int threads = 0, bool nested = true) : IVolumeReader
{
    /// <summary>Images at the same location are the same if no voxel differs by more, HU.</summary>
    internal const float MaxRepeatDifference = 1;

    // Where the pixels start is found in the first 8 KB of most files.
    private const int HeadBytes = 8 << 10;

    // How many files are looked at to tell whether a folder is DICOM.
    private const int MaxProbes = 200;

    /// <inheritdoc/>
    public string Name => "DICOM";

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
            byte[] buffer = new byte[132];
            for (int i = 0; i < Math.Min(container.Names.Count, MaxProbes); i++)
            {
                if (DicomParser.LooksLikeDicom(buffer.AsSpan(0, session.Read(i, 132, ref buffer, out _))))
                    return true;
            }

            return false;
        }
        catch (Exception error) when (error is ScreenerException or IOException or UnauthorizedAccessException)
        {
            // What cannot be opened is not recognised; the reader that is asked for it by name says why.
            return false;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="SeriesRejectedException">There is no CT series, there are several and none was picked, or the images do not make one volume.</exception>
    /// <exception cref="OptionException">The picked series is not there.</exception>
    public CtVolume Read(string path, VolumeReadOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        ReadSeries(path, options, progress, cancellation).Volume;

    /// <summary>The series at <paramref name="path"/>, CT and others, in the order of their UIDs.</summary>
    /// <exception cref="ScreenerException">The path is missing, or a file is damaged.</exception>
    public IReadOnlyList<DicomSeriesSummary> List(string path, CancellationToken cancellation = default) =>
        [.. Summaries(ReadHeaders(ContainerOf(path, out _), null, cancellation)).Select(s => s.Summary)];

    /// <summary>Reads one CT series with the origin of each slice.</summary>
    /// <param name="path">A folder, a zip, or one DICOM file, which stands for its series in its own folder.</param>
    /// <param name="options">Which series to pick where there are several.</param>
    /// <param name="progress">Fraction done, 0 to 1.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="MissingInputException">The path is missing or holds no DICOM file.</exception>
    /// <exception cref="VolumeFormatException">A file is damaged, or of a kind that is not read.</exception>
    /// <exception cref="SeriesRejectedException">There is no CT series, there are several and none was picked, or the images do not make one volume.</exception>
    /// <exception cref="OptionException">The picked series is not there.</exception>
    public DicomSeriesVolume ReadSeries(string path, VolumeReadOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var container = ContainerOf(path, out string? file);
        var headers = ReadHeaders(container, progress, cancellation);
        if (headers.Count == 0)
            throw new MissingInputException(path, $"{container.Names.Count} files, none of them DICOM", "a DICOM CT series", "Check the path.");
        var (summary, images) = Pick(path, file, options?.SeriesUid, Summaries(headers));
        var plan = SeriesAssembler.Assemble($"{path}, series {summary.SeriesUid}", images);
        PatientGrid.Require(plan.Grid, $"{path}, series {summary.SeriesUid}");
        var voxels = ReadVoxels(container, plan, progress, cancellation);
        if (plan.Repeats.Count > 0)
            plan = plan with { Notes = [.. plan.Notes, $"Dropped {plan.Repeats.Count} images that repeat the one at their location."] };
        return new DicomSeriesVolume(new CtVolume(plan.Grid, voxels, $"{path}, series {summary.SeriesUid}") { Notes = plan.Notes }, summary, plan);
    }

    /// <summary>What one file's header says of its series, with one slice; null if it is not DICOM or no image.</summary>
    /// <exception cref="ScreenerException">The file cannot be read or is damaged.</exception>
    public static DicomSeriesSummary? Peek(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        var container = DicomContainer.OfFile(file);
        using var session = container.Open();
        return ReadHeader(container, session, 0, new DicomContainer.Workspace()) is { } header ? Summaries([header])[0].Summary : null;
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
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new MissingInputException(path, error.Message.TrimEnd('.'), "a file that can be read", "Check its permissions.", error);
        }

        file = Path.GetFullPath(path);
        return DicomContainer.OfFlat(Path.GetDirectoryName(file)!);
    }

    private static List<(DicomSeriesSummary Summary, List<CtSliceHeader> Images)> Summaries(IReadOnlyList<CtSliceHeader> headers) =>
        [.. headers.GroupBy(h => h.SeriesUid).OrderBy(g => g.Key, StringComparer.Ordinal).Select(group =>
        {
            var first = group.First();
            var images = group.Where(h => h.IsCtImage).ToList();
            bool isLocalizer = images.Count > 0 && images.All(h => h.IsLocalizer);
            var summary = new DicomSeriesSummary(
                group.Key, first.Description, first.Modality, group.Count(), first.StudyUid, first.PatientId, isLocalizer, images.Count > 0 && !isLocalizer);
            return (summary, images);
        })];

    private static (DicomSeriesSummary Summary, List<CtSliceHeader> Images) Pick(
        string path, string? file, string? uid, List<(DicomSeriesSummary Summary, List<CtSliceHeader> Images)> series)
    {
        string all = string.Join("; ", series.Select(s => s.Summary));
        if (uid is null && file is not null)
        {
            // Images that are not CT are no part of a series' images: such a file is named by its series all the same.
            var own = series.Where(s => s.Images.Any(h => h.File == file)).ToList();
            if (own.Count == 0)
                throw new SeriesRejectedException(path, "not a CT image", "a slice of a CT series, its folder, or a zip", $"In its folder: {all}.");
            return own[0];
        }

        if (uid is not null)
        {
            var picked = series.Where(s => s.Summary.SeriesUid == uid).ToList();
            if (picked.Count == 0)
                throw new OptionException(nameof(VolumeReadOptions.SeriesUid), $"{uid}, which is not in {path}", $"one of: {all}", "Pick one of these series.");
            if (picked[0].Images.Count == 0)
                throw new SeriesRejectedException($"{path}, series {picked[0].Summary}", "no CT image", "CT images", "Pick a CT series.");
            return picked[0];
        }

        var candidates = series.Where(s => s.Summary.IsCtImages).ToList();
        return candidates.Count switch
        {
            1 => candidates[0],
            0 => throw new SeriesRejectedException(path, $"no CT series among {series.Count}: {all}", "a CT series", "Check the path."),
            _ => throw new SeriesRejectedException(
                path, $"{candidates.Count} CT series: {string.Join("; ", candidates.Select(s => s.Summary))}", "one", "Pick one by its UID (option SeriesUid)."),
        };
    }

    private List<CtSliceHeader> ReadHeaders(DicomContainer container, IProgress<double>? progress, CancellationToken cancellation)
    {
        var headers = new CtSliceHeader?[container.Names.Count];
        container.ForEach(
            headers.Length, threads, (session, i, workspace) => headers[i] = ReadHeader(container, session, i, workspace), done => progress?.Report(0.1 * done), cancellation);
        return [.. headers.OfType<CtSliceHeader>()];
    }

    // Null: not a DICOM file, or one without images or data such as a DICOMDIR.
    private static CtSliceHeader? ReadHeader(DicomContainer container, DicomContainer.Session session, int index, DicomContainer.Workspace workspace)
    {
        string file = container.FullName(index);
        for (int wanted = HeadBytes; ; wanted = (int)Math.Min(DicomContainer.MaxFileBytes, 8L * wanted))
        {
            int count = session.Read(index, wanted, ref workspace.Bytes, out long total);
            var head = workspace.Bytes.AsSpan(0, count);
            if (!DicomParser.LooksLikeDicom(head))
                return NoDicom(file, total);
            DicomDataSet? set;
            try
            {
                set = DicomParser.Parse(workspace.Bytes, count, total, file);
            }
            catch (VolumeFormatException) when (!DicomParser.HasMark(head))
            {
                // Without the DICM mark the file was only taken for DICOM by its first bytes.
                return NoDicom(file, total);
            }

            if (set is null && count < DicomContainer.MaxFileBytes)
                continue;
            if (set is null)
                throw new VolumeFormatException(file, $"a header of more than {DicomContainer.MaxFileBytes >> 20} MiB", "a CT slice", "Leave this file out.");
            var header = CtSliceHeader.Of(set, index);
            if (header.SopClassUid == SopClass.MediaStorageDirectory)
                return null;
            if (!set.HasMark && header.SopClassUid.Length + header.SeriesUid.Length == 0)
                return NoDicom(file, total);
            // A file cut between two elements is a well-formed data set, but the slice is lost.
            if (header.SopClassUid is SopClass.Ct or "" && !header.Pixels.HasPixels)
                throw new VolumeFormatException(file, $"a CT image without pixel data, of {total} bytes", "a whole file", "Fetch the file again from its source, or leave it out.");
            return header;
        }
    }

    // A copy that broke off early may have left a name and nothing else. macOS puts hidden files of its own beside any others.
    private static CtSliceHeader? NoDicom(string file, long total) =>
        Path.GetFileName(file) is var name && name.EndsWith(".dcm", StringComparison.OrdinalIgnoreCase) && !name.StartsWith('.')
            ? throw new VolumeFormatException(file, $"{total} bytes that are no DICOM", "a DICOM file, as it is named", "Fetch the file again from its source, or leave it out.")
            : null;

    private float[] ReadVoxels(DicomContainer container, SeriesPlan plan, IProgress<double>? progress, CancellationToken cancellation)
    {
        int size = plan.Grid.Shape.Height * plan.Grid.Shape.Width;
        var voxels = GC.AllocateUninitializedArray<float>(plan.Grid.Shape.CheckedLength());
        double share = 0.9 * plan.Slices.Count / (plan.Slices.Count + plan.Repeats.Count);
        container.ForEach(
            plan.Slices.Count,
            threads,
            (session, i, workspace) => DecodeSlice(session, plan.Slices[i], workspace, voxels.AsSpan(i * size, size)),
            done => progress?.Report(0.1 + (share * done)),
            cancellation);
        container.ForEach(
            plan.Repeats.Count,
            threads,
            (session, i, workspace) =>
            {
                var (header, index) = plan.Repeats[i];
                var repeat = new float[size];
                DecodeSlice(session, header, workspace, repeat);
                RefuseDifferent(header, plan.Slices[index], repeat, voxels.AsSpan(index * size, size));
            },
            done => progress?.Report(0.1 + share + ((0.9 - share) * done)),
            cancellation);
        return voxels;
    }

    private static void DecodeSlice(DicomContainer.Session session, CtSliceHeader header, DicomContainer.Workspace workspace, Span<float> hu)
    {
        int count = session.Read(header.Entry, DicomContainer.MaxFileBytes, ref workspace.Bytes, out long total);
        Decode(workspace.Bytes, count, total, header, hu);
    }

    /// <summary>Decodes a whole file whose header was read before.</summary>
    internal static void Decode(byte[] bytes, int count, long total, CtSliceHeader header, Span<float> hu)
    {
        var set = DicomParser.Parse(bytes, count, total, header.File);
        if (set is null || set.PixelOffset < 0 || set.Syntax != header.Syntax)
            throw new VolumeFormatException(header.File, "another content than a moment ago", "a file that does not change while it is read", "Read the series again.");
        PixelDecoder.Decode(set, header.Pixels, hu);
    }

    private static void RefuseDifferent(CtSliceHeader repeat, CtSliceHeader kept, ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float largest = 0;
        for (int i = 0; i < a.Length; i++)
            largest = Math.Max(largest, Math.Abs(a[i] - b[i]));
        if (largest > MaxRepeatDifference)
        {
            throw new SeriesRejectedException(
                $"series {kept.SeriesUid}",
                FormattableString.Invariant($"two different images at the same location, {kept.File} and {repeat.File}: up to {largest:0} HU apart"),
                $"one image per location, or equal ones (within {MaxRepeatDifference} HU)",
                "The series holds several phases or reconstructions: separate them into folders, or choose another series.");
        }
    }
}
