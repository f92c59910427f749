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
using Screener.Studies;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Makes the anomaly map of a CT, or of every CT in folders.</summary>
internal sealed class ScreenVerb() : Verb(
    "screen",
    "Screen a CT: write its anomaly map on the CT's own grid and say where it is highest. Or every CT in folders, where --out is a folder: "
    + "a table of findings and a page with a picture of each. That goes on where it was stopped.",
    "screener screen scan.nii.gz --model model.screener --out map.nii.gz",
    "screener screen dicom-folder --model model.screener --out map.nii.gz --body body.nii.gz --picture map.png",
    "screener screen scan.nii.gz --page findings.html --organs labels.nii.gz --rate 0.001",
    "screener screen dicom-folder --seg findings.dcm --seg-probability map.dcm --capture overlay.dcm",
    "screener screen studies more-studies.zip --out results/ --maps",
    "screener screen lidc.zip --model model.screener --annotations 053.xml --picture nodule.png --json")
{
    private readonly Argument<string[]> _ct = new("ct")
    {
        Description = "A NIfTI file, or a folder, zip or file of DICOM. With a folder as --out any number of such, and folders of them.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string?> _model = Parsing.Text(
        "--model", "file", "What 'screener fit' wrote; the shipped one if not given.", "-m");
    private readonly Option<string?> _head = new("--head")
    {
        Description =
            "The method: a density such as masking-invariant or 'none + glow', 'drawn lesions' or 'ensemble'; the model's last if not "
            + "given.", HelpName = "name",
    };
    private readonly Option<string?> _out = Parsing.Text(
        "--out", "file", "The map, .nii or .nii.gz; or a folder for the results of many CTs, a name without ending or with / at its end.",
        "-o");
    private readonly Option<string?> _body = Parsing.Text("--body", "file", "The body mask, .nii or .nii.gz.");
    private readonly Option<string?> _picture = Parsing.Text("--picture", "file", "A slice with and without the map, .png.");
    private readonly Option<string?> _page = Parsing.Text("--page", "file", "A page with a picture of each finding, .html.");
    private readonly Option<string> _mapType = Parsing.OneOf(
        "--map-type", "type", "How the map's scores are stored: as they are, or in half the room in steps with a scale", "float", "int16");
    private readonly Option<string?> _seg = Parsing.Text(
        "--seg", "file", "The findings as a DICOM segmentation that refers to the series' images, a segment each, .dcm.");
    private readonly Option<string?> _probability = Parsing.Text(
        "--seg-probability", "file",
        "The map of an ensemble as a fractional DICOM segmentation: the part of a population's voxels that score lower, .dcm.");
    private readonly Option<string?> _capture = Parsing.Text(
        "--capture", "file", "The CT with the map over it as a DICOM secondary capture, a frame for each image, .dcm.");
    private readonly Option<string?> _organs = Parsing.Text(
        "--organs", "file", "Labels of organs on the CT's grid: each finding is told what most of it is, by name if the file has names.");
    private readonly Option<string> _organNames = Parsing.OneOf(
        "--organ-names", "whose", "What labels are called where their file does not say it: by number, or as TotalSegmentator 2 does",
        "numbers", "totalsegmentator");
    private readonly Option<string?> _annotations = Parsing.Text(
        "--annotations", "file", "An LIDC-IDRI XML file of this series; its nodules are outlined and the map is compared with them.");
    private readonly Option<double?> _rate = Parsing.Number(
        "--rate", "part", "Findings lie above what this part of the calibration's voxels exceed: 0.001 is one in a thousand. Of an "
        + "ensemble or a distilled network; 0.01 if not given.");
    private readonly Option<double?> _overlap = Parsing.Overlap("The method's");
    private readonly Option<string?> _series = Parsing.Series();
    private readonly Option<bool> _convert = Parsing.Convert();
    private readonly Option<bool> _maps = new("--maps") { Description = "Many CTs: write each map, too, as NIfTI." };
    private readonly Option<bool> _everySeries = new("--every-series")
    {
        Description = "Many CTs: each CT series of a study, not only the axial one that covers most in the thinnest slices.",
    };
    private readonly Option<string?> _part = Parts.Option("Many CTs");
    private readonly Option<int> _memory = Parsing.Whole(
        "--memory", "GB", 0, "Many CTs: memory for those being worked on; 0 means half of the machine's.");

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols =>
        [_ct, _model, _head, _out, _mapType, _body, _picture, _page, _seg, _probability, _capture, _organs, _organNames, _annotations,
            _rate, _overlap, _series, _convert, _maps, _everySeries, _part, _memory];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths) => paths
        .Read(_ct.Name, line.GetValue(_ct) ?? []).Read(_model.Name, DefaultModel.PathOf(line.GetValue(_model)))
        .Read(_annotations.Name, line.GetValue(_annotations)).Read(_organs.Name, line.GetValue(_organs))
        .Write(_out.Name, line.GetValue(_out)).Write(_body.Name, line.GetValue(_body)).Write(_picture.Name, line.GetValue(_picture))
        .Write(_page.Name, line.GetValue(_page)).Write(_seg.Name, line.GetValue(_seg))
        .Write(_probability.Name, line.GetValue(_probability)).Write(_capture.Name, line.GetValue(_capture));

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        if (IsOfMany(line))
            return RunMany(line, context, cancellation);
        RefuseGiven(line, "one CT", "a folder as --out", _maps, _everySeries, _part, _memory);
        string path = line.GetRequiredValue(_ct)[0], modelFile = DefaultModel.Resolve(line.GetValue(_model));
        string? mapFile = line.GetValue(_out), bodyFile = line.GetValue(_body);
        string? pictureFile = line.GetValue(_picture), pageFile = line.GetValue(_page);

        // Before minutes of work, not after.
        RequireEnding(line, [".nii", ".nii.gz"], _out, _body);
        RequireEnding(line, [".dcm"], [.. DicomOutputs]);
        string? segFile = line.GetValue(_seg), probabilityFile = line.GetValue(_probability), captureFile = line.GetValue(_capture);
        var wanted = FindingsOf(line);
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
        wanted.Require(method);
        if (probabilityFile is not null && !method.IsCalibrated)
        {
            throw new OptionException(
                _probability.Name, $"{method.Name}, whose scores have no unit", "a method whose scores say how rare a voxel is",
                "Choose --head ensemble, or leave it out.");
        }

        var (ct, nodules, origin) = Read(line, path, reading, compute.ThreadCount, context.Activities, cancellation);
        var notes = ScreenedCt.Require(ct);
        foreach (string note in notes)
            context.Activities.Note(note);
        var organs = line.GetValue(_organs) is { } labels
            ? ReadOrgans(labels, line.GetValue(_organNames) == "totalsegmentator", cancellation) : null;
        if (organs is not null && !organs.Grid.Matches(ct.Grid))
        {
            throw new OptionException(
                _organs.Name, $"labels of {organs.Shape} voxels at {organs.Grid.Affine}",
                $"the CT's grid of {ct.Shape} at {ct.Grid.Affine}", "Make the labels from this CT, and keep its grid.");
        }

        double readSeconds = clock.Elapsed.TotalSeconds;
        var scan = ScreenedCt.FindBody(ct, compute, cancellation);
        long voxels = ct.Shape.VoxelCount;
        bool isInSteps = line.GetValue(_mapType) == "int16";
        long scoreSize = isInSteps ? sizeof(short) : sizeof(float);
        foreach (var (file, size) in new[]
        {
            // Packed, scores in the body grow a little, and all else takes an eighth of a byte a voxel.
            (mapFile, IsPacked(mapFile) ? (scoreSize * scan.Body.Count * 17 / 16) + (voxels / 8) : scoreSize * voxels),
            (bodyFile, IsPacked(bodyFile) ? 0 : voxels), (pictureFile, 0), (pageFile, 0), (segFile, 0), (probabilityFile, voxels),
            (captureFile, voxels),
        })
        {
            if (file is not null)
                AtomicFile.RequireWritable(file, size);
        }

        ScreenedCt screened;
        using (var activity = context.Activities.Begin("Screening"))
            screened = ScreenedCt.Of(scan, method, wanted, organs, activity, cancellation);
        double screenSeconds = clock.Elapsed.TotalSeconds - readSeconds;
        var (map, summary, findings) = (screened.Map, screened.Scores, screened.Findings);
        double? nodulesAuroc = nodules is { Count: > 0 } ? Auroc(map, nodules, scan.Body, cancellation) : null;
        if (mapFile is not null)
            screened.WriteMap(mapFile, cancellation, isInSteps);
        if (bodyFile is not null)
            NiftiWriter.Write(bodyFile, scan.Body, null, null, cancellation);
        if (pictureFile is not null)
            PngImage.Save(MapPicture.Draw(ct, map, scan.Body, nodules), pictureFile);
        if (pageFile is not null)
            DocumentPage.Save(ScreenReport.Of(ct, method.Name, map, scan.Body, findings, nodules), pageFile);
        if (segFile is not null)
            DicomSegmentation.WriteFindings(segFile, origin!, method.Name, findings);
        if (probabilityFile is not null)
            DicomSegmentation.WriteProbability(probabilityFile, origin!, method.Name, map, scan.Body, cancellation);
        if (captureFile is not null)
            DicomCapture.Write(captureFile, origin!, method.Name, ct, map, scan.Body, cancellation);
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
                seg = segFile,
                segProbability = probabilityFile,
                capture = captureFile,
                readSeconds,
                screenSeconds,
                seconds = clock.Elapsed.TotalSeconds,
                peakMemoryBytes = ProcessMemory.PeakBytes,
                precision = $"{compute.Precision}".ToLowerInvariant(),
            },
            [.. Lines(
                    ct, method.Name, summary, findings, map.IsCalibrated, nodules, nodulesAuroc, clock.Elapsed,
                    [mapFile, bodyFile, pictureFile, pageFile, segFile, probabilityFile, captureFile])
                    .Select(l => new CodePart(PrintableText.Line(l)))]);
    }

    /// <summary>True where the results of any number of CTs are asked for; a file's name is that of one map.</summary>
    private bool IsOfMany(ParseResult line) =>
        line.GetRequiredValue(_ct).Length > 1 || (line.GetValue(_out) is { } file && IsFolderName(file));

    private static bool IsFolderName(string name) =>
        Path.EndsInDirectorySeparator(name) || Path.GetExtension(name).Length == 0 || Directory.Exists(name);

    private VerbResult RunMany(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        RefuseGiven(
            line, "many CTs", "one CT",
            [_mapType, _body, _picture, _page, .. DicomOutputs, _organs, _organNames, _annotations, _series]);
        string folder = Given(line, _out, "a folder for the results of many CTs");
        if (!IsFolderName(folder))
            throw new OptionException(_out.Name, $"'{folder}'", "a folder, where there are several CTs", "End it with /.");
        OptionException.ThrowIfOutside(_memory.Name, line.GetValue(_memory), 0, 1 << 20);
        return new ScreenedFolder(line.GetRequiredValue(_ct), folder).Run(
            new StudyScreeningOptions
            {
                Model = DefaultModel.Resolve(line.GetValue(_model)),
                Method = line.GetValue(_head),
                Overlap = line.GetValue(_overlap),
                Findings = FindingsOf(line),
                Maps = line.GetValue(_maps),
                EverySeries = line.GetValue(_everySeries),
                Convert = line.GetValue(_convert),
                Part = Parts.Of(line, _part, context.Activities),
                MemoryBudget = (long)line.GetValue(_memory) << 30,
            }, context, cancellation);
    }

    private FindingOptions FindingsOf(ParseResult line)
    {
        var options = new FindingOptions { Rate = line.GetValue(_rate) };
        options.Validate();
        return options;
    }

    private static void RefuseGiven(ParseResult line, string found, string expected, params IReadOnlyList<Option> options)
    {
        foreach (var option in options)
        {
            if (line.GetResult(option) is { Implicit: false })
                throw new OptionException(option.Name, found, expected, $"Leave {option.Name} out.");
        }
    }

    private static bool IsPacked(string? file) => file?.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) == true;

    private static IEnumerable<string> Lines(
        CtVolume ct, string head, MapSummary scores, Findings findings, bool isCalibrated, LesionMask? nodules, double? nodulesAuroc,
        TimeSpan time, IEnumerable<string?> files)
    {
        yield return Invariant($"{ct.Source}: {ct.Shape} voxels, {head}");
        yield return Invariant(
            $"in the body: highest score {scores.Highest:0.00}, 99.9th percentile {
            scores.Percentile999:0.00}, median {scores.Median:0.00}");
        yield return Invariant($"{findings.Regions} findings above {findings.Threshold:0.00}") + (isCalibrated
            ? Invariant($", which one voxel in {Math.Pow(10, findings.Threshold):#,0} of the calibration's exceeds") : "");
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

    private IReadOnlyList<Option<string?>> DicomOutputs => [_seg, _probability, _capture];

    private static void RequireEnding(ParseResult line, string[] endings, params IReadOnlyList<Option<string?>> options)
    {
        foreach (var option in options)
        {
            if (line.GetValue(option) is { } file && !endings.Any(e => file.EndsWith(e, StringComparison.OrdinalIgnoreCase)))
                throw new OptionException(option.Name, $"'{file}'", $"a name that ends in {string.Join(" or ", endings)}");
        }
    }

    private (CtVolume Ct, LesionMask? Nodules, DicomOrigin? Origin) Read(
        ParseResult line, string path, LidcReading? reading, int threads, Activities activities, CancellationToken cancellation)
    {
        using var activity = activities.Begin("Reading the CT");
        bool convert = line.GetValue(_convert);
        var options = new VolumeReadOptions { SeriesUid = line.GetValue(_series) };
        var ofSeries = DicomOutputs.Append(_annotations).FirstOrDefault(o => line.GetValue(o) is not null);
        if (ofSeries is null)
            return (CtReaders.All(threads, convert).Read(path, options, activity, cancellation), null, null);
        var dicom = new DicomSeriesReader(threads, convert: convert);
        if (!Path.Exists(path))
            throw new MissingInputException(path, "nothing there", "a DICOM folder or zip", "Check the path.");
        if (!dicom.CanRead(path))
        {
            throw new OptionException(
                ofSeries.Name, "an input that is not DICOM", "a DICOM series, to whose images it refers",
                $"Screen the series itself, or leave {ofSeries.Name} out.");
        }

        if (options.SeriesUid is null && reading?.SeriesUid is { Length: > 0 } annotated)
            options = options with { SeriesUid = annotated };
        var series = dicom.ReadSeries(path, options, activity, cancellation);
        return (series.Volume, reading is null ? null : LidcConsensus.Of(reading, series).Mask,
            ofSeries == _annotations ? null : series.Origin());
    }

    private static LabelVolume ReadOrgans(string path, bool areOfTotalSegmentator, CancellationToken cancellation)
    {
        var labels = VolumeFiles.ReadLabels(path, null, cancellation);
        return areOfTotalSegmentator && labels.Names.Count == 0
            ? new LabelVolume(labels.Grid, labels.Voxels) { Names = TotalSegmentator.Names } : labels;
    }

    private static double? Auroc(AnomalyMap map, LesionMask nodules, BodyMask body, CancellationToken cancellation)
    {
        var evaluation = new PooledEvaluation(
            new EvaluationOptions { BootstrapReplicates = 0, SamplesPerCase = 0 }, new RandomStream(0));
        evaluation.Add("case", map, nodules, body);
        return evaluation.Finish(cancellation).Auroc.Value;
    }
}
