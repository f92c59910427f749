using System.CommandLine;
using System.Diagnostics;
using Screener.Annotations;
using Screener.Datasets;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Imaging.Nifti;
using Screener.Inference;
using Screener.Randomness;
using Screener.Reporting;
using Screener.Runtime;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Makes the anomaly map of a CT.</summary>
internal sealed class ScreenVerb() : Verb(
    "screen",
    "Screen a CT: write its anomaly map on the CT's own grid and say where it is highest.",
    "screener screen scan.nii.gz --model model.screener --out map.nii.gz",
    "screener screen dicom-folder --model model.screener --out map.nii.gz --body body.nii.gz --picture map.png",
    "screener screen scan.nii.gz --page findings.html --organs labels.nii.gz",
    "screener screen lidc.zip --model model.screener --annotations 053.xml --picture nodule.png --json")
{
    private readonly Argument<string> _ct = new("ct") { Description = "A NIfTI file, or a folder, zip or file of DICOM." };
    private readonly Option<string?> _model = Parsing.Text(
        "--model", "file", "What 'screener fit' wrote; the shipped one if not given.", "-m");
    private readonly Option<string?> _head = new("--head")
    {
        Description =
            "The method: a density such as masking-invariant or 'none + glow', 'drawn lesions' or 'ensemble'; the model's last if not "
            + "given.", HelpName = "name",
    };
    private readonly Option<string?> _out = Parsing.Text("--out", "file", "The map, .nii or .nii.gz.", "-o");
    private readonly Option<string?> _body = Parsing.Text("--body", "file", "The body mask, .nii or .nii.gz.");
    private readonly Option<string?> _picture = Parsing.Text("--picture", "file", "A slice with and without the map, .png.");
    private readonly Option<string?> _page = Parsing.Text("--page", "file", "A page with a picture of each finding, .html.");
    private readonly Option<string?> _organs = Parsing.Text(
        "--organs", "file", "Labels of organs on the CT's grid: each finding is told what most of it is, by name if the file has names.");
    private readonly Option<string?> _annotations = Parsing.Text(
        "--annotations", "file", "An LIDC-IDRI XML file of this series; its nodules are outlined and the map is compared with them.");
    private readonly Option<double?> _overlap = new("--overlap")
    {
        Description = "The fraction of a window that the next one covers again, 0 to 0.9: more is smoother and slower. The method's if not "
            + "given: 0.5, of a distilled network what it was distilled with.",
        HelpName = "fraction",
    };
    private readonly Option<string?> _series = Parsing.Series();

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols =>
        [_ct, _model, _head, _out, _body, _picture, _page, _organs, _annotations, _overlap, _series];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths) => paths
        .Read(_ct.Name, line.GetValue(_ct)).Read(_model.Name, DefaultModel.PathOf(line.GetValue(_model)))
        .Read(_annotations.Name, line.GetValue(_annotations)).Read(_organs.Name, line.GetValue(_organs))
        .Write(_out.Name, line.GetValue(_out)).Write(_body.Name, line.GetValue(_body)).Write(_picture.Name, line.GetValue(_picture))
        .Write(_page.Name, line.GetValue(_page));

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        string path = line.GetRequiredValue(_ct), modelFile = DefaultModel.Resolve(line.GetValue(_model));
        string? mapFile = line.GetValue(_out), bodyFile = line.GetValue(_body);
        string? pictureFile = line.GetValue(_picture), pageFile = line.GetValue(_page);
        foreach (var (option, file) in new[] { (_out, mapFile), (_body, bodyFile) })
        {
            // Before minutes of work, not after.
            if (file is not null && !file.EndsWith(".nii", StringComparison.OrdinalIgnoreCase)
                && !file.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase))
                throw new OptionException(option.Name, $"'{file}'", "a name that ends in .nii or .nii.gz");
        }

        double? overlap = line.GetValue(_overlap);
        if (overlap is { } asked)
            OptionException.ThrowIfOutside(_overlap.Name, asked, 0.0, 0.9);
        var clock = Stopwatch.StartNew();
        var compute = context.Networks();
        var reading = line.GetValue(_annotations) is { } annotations ? LidcXmlReader.Read(annotations) : null;
        using var model = ScreenerModel.Load(modelFile, compute);
        var method = model.Methods(
            [line.GetValue(_head) ?? model.MethodNames[^1]],
            overlap is { } part ? SlidingWindowOptions.For(model) with { Overlap = part } : null)[0];
        var (ct, nodules) = Read(path, line.GetValue(_series), reading, compute.ThreadCount, context.Activities, cancellation);
        string[] notes = [.. ct.Notes, .. HounsfieldCheck.Require(ct)];
        foreach (string note in notes)
            context.Activities.Note(note);
        var organs = line.GetValue(_organs) is { } labels ? VolumeFiles.ReadLabels(labels, null, cancellation) : null;
        if (organs is not null && !organs.Grid.Matches(ct.Grid))
        {
            throw new OptionException(
                _organs.Name, $"labels of {organs.Shape} voxels at {organs.Grid.Affine}",
                $"the CT's grid of {ct.Shape} at {ct.Grid.Affine}", "Make the labels from this CT, and keep its grid.");
        }

        double readSeconds = clock.Elapsed.TotalSeconds;
        AnomalyMap map;
        var scan = PatientScan.Of(ct, compute, cancellation);
        if (scan.Body.Count == 0)
            throw new VolumeFormatException(ct.Source, "no body in it", "a CT of a patient", "Look at the volume with 'screener info'.");
        long voxels = ct.Shape.VoxelCount;
        foreach (var (file, size) in new[]
        {
            // Packed, scores in the body do not shrink, and all else takes little.
            (mapFile, sizeof(float) * (IsPacked(mapFile) ? scan.Body.Count : voxels)),
            (bodyFile, IsPacked(bodyFile) ? 0 : voxels), (pictureFile, 0), (pageFile, 0),
        })
        {
            if (file is not null)
                AtomicFile.RequireWritable(file, size);
        }

        using (var activity = context.Activities.Begin("Screening"))
            map = method.Map(scan, activity, cancellation);
        double screenSeconds = clock.Elapsed.TotalSeconds - readSeconds;
        var summary = MapSummary.Of(map, scan.Body);
        var findings = Findings.Of(map, scan.Body, new FindingOptions(), ct, organs);
        double? nodulesAuroc = nodules is { Count: > 0 } ? Auroc(map, nodules, scan.Body, cancellation) : null;
        if (mapFile is not null)
        {
            string unit = map.IsCalibrated ? "-log10 of how rare" : "nats";
            NiftiWriter.Write(mapFile, map, $"Screener: {method.Name}, {unit}", null, cancellation);
        }

        if (bodyFile is not null)
            NiftiWriter.Write(bodyFile, scan.Body, null, null, cancellation);
        if (pictureFile is not null)
            PngImage.Save(MapPicture.Draw(ct, map, scan.Body, nodules), pictureFile);
        if (pageFile is not null)
            DocumentPage.Save(ScreenReport.Of(ct, method.Name, map, scan.Body, findings, nodules), pageFile);
        return new VerbResult(
            new
            {
                ok = true,
                ct = ct.Source,
                notes,
                shape = new[] { ct.Shape.Depth, ct.Shape.Height, ct.Shape.Width },
                model = modelFile,
                head = method.Name,
                scores = summary,
                findings,
                noduleVoxels = nodules?.Count,
                nodulesAuroc,
                map = mapFile,
                body = bodyFile,
                picture = pictureFile is null ? null : Path.GetFullPath(pictureFile),
                page = pageFile is null ? null : Path.GetFullPath(pageFile),
                readSeconds,
                screenSeconds,
                seconds = clock.Elapsed.TotalSeconds,
                peakMemoryBytes = ProcessMemory.PeakBytes,
                precision = $"{compute.Precision}".ToLowerInvariant(),
            },
            [.. Lines(ct, method.Name, summary, findings, nodules, nodulesAuroc, clock.Elapsed, [mapFile, bodyFile, pictureFile, pageFile])
                .Select(l => new CodePart(PrintableText.Line(l)))]);
    }

    private static bool IsPacked(string? file) => file?.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) == true;

    private static IEnumerable<string> Lines(
        CtVolume ct, string head, MapSummary scores, Findings findings, LesionMask? nodules, double? nodulesAuroc, TimeSpan time,
        IEnumerable<string?> files)
    {
        yield return Invariant($"{ct.Source}: {ct.Shape} voxels, {head}");
        yield return Invariant(
            $"in the body: highest score {scores.Highest:0.00}, 99.9th percentile {
            scores.Percentile999:0.00}, median {scores.Median:0.00}");
        for (int i = 0; i < findings.List.Count; i++)
            yield return "finding " + FindingPictures.Caption(i + 1, findings.List[i]);

        if (nodules is not null)
            yield return nodulesAuroc is { } auroc
                ? Invariant($"annotated nodules: {nodules.Count} voxels, AUROC over the body {auroc:0.000}")
                : "annotated nodules: none that readers agree on";
        yield return Invariant($"{time.TotalSeconds:0.0} s, peak memory {ProcessMemory.PeakBytes / 1e9:0.0} GB");
        foreach (string file in files.OfType<string>())
            yield return $"wrote {file}";
    }

    private (CtVolume Ct, LesionMask? Nodules) Read(
        string path, string? uid, LidcReading? reading, int threads, Activities activities, CancellationToken cancellation)
    {
        using var activity = activities.Begin("Reading the CT");
        var options = new VolumeReadOptions { SeriesUid = uid };
        if (reading is null)
            return (CtReaders.All(threads).Read(path, options, activity, cancellation), null);
        var dicom = new DicomSeriesReader(threads);
        if (!Path.Exists(path))
            throw new MissingInputException(path, "nothing there", "a DICOM folder or zip", "Check the path.");
        if (!dicom.CanRead(path))
            throw new OptionException(
                _annotations.Name, "an input that is not DICOM", "the DICOM series that was annotated",
                "The outlines refer to the series' images.");
        var series = dicom.ReadSeries(
            path, uid is null && reading.SeriesUid.Length > 0 ? options with { SeriesUid = reading.SeriesUid } : options, activity,
            cancellation);
        return (series.Volume, LidcConsensus.Of(reading, series).Mask);
    }

    private static double? Auroc(AnomalyMap map, LesionMask nodules, BodyMask body, CancellationToken cancellation)
    {
        var evaluation = new PooledEvaluation(
            new EvaluationOptions { BootstrapReplicates = 0, SamplesPerCase = 0 }, new RandomStream(0));
        evaluation.Add("case", map, nodules, body);
        return evaluation.Finish(cancellation).Auroc.Value;
    }
}
