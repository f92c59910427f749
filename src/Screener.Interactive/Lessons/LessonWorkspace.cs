using System.Diagnostics;
using System.IO.Hashing;
using System.Text;
using Screener.Conditions;
using Screener.Datasets;
using Screener.Densities;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Inference;
using Screener.Interactive.Progress;
using Screener.Models;
using Screener.Phantoms;
using Screener.Phantoms.Dicom;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;
using TorchSharp;

namespace Screener.Interactive.Lessons;

/// <summary>
/// What the lessons leave for each other. Everything is made the first time it is asked for and read from its file afterwards; what was
/// interrupted goes on. It is made again if something that it was made of is another now: options, any of the volumes, a network.
/// </summary>
public sealed partial class LessonWorkspace
{
    private const string Checkpoint = ".checkpoint";

    // Fine enough to show by how little readers differ.
    private static readonly PhantomOptions FineScan = PhantomOptions.Default with
    {
        InPlaneSpacingMin = 1.2, InPlaneSpacingMax = 1.2, SliceSpacings = [1.5],
    };

    private readonly ArtefactStore _store;
    private readonly Action<string> _say;
    private readonly Func<ProgressView, Action<object>>? _show;
    private readonly Func<CancellationToken>? _stop;

    /// <summary>Opens the workspace and makes its folder.</summary>
    /// <param name="settings">How much of what.</param>
    /// <param name="say">Is told what is being made; nothing is said about what is there.</param>
    /// <param name="show">Shows how far a training has come, as <see cref="NotebookProgress"/> does; null shows nothing.</param>
    /// <param name="stop">The token of the cell that runs: what takes long heeds it unless it is given another; null for none.</param>
    /// <exception cref="OptionException">A setting is out of range.</exception>
    /// <exception cref="OutputException">The folder cannot be made.</exception>
    public LessonWorkspace(
        LessonSettings settings, Action<string>? say = null, Func<ProgressView, Action<object>>? show = null,
        Func<CancellationToken>? stop = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        Settings = settings;
        _say = say ?? (_ => { });
        _show = show;
        _stop = stop;
        Folder = Path.GetFullPath(settings.Artifacts);
        _store = new ArtefactStore(this["made"]);
        try
        {
            Directory.CreateDirectory(Folder);
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            throw new OutputException(
                Folder, $"it cannot be made ({e.Message})", "a writable folder", "Set Artifacts in the parameters cell.", e);
        }

        var compute = new ComputeOptions { Device = settings.Device, Threads = settings.Threads };
        Compute = compute with { Precision = NativePrecision.Of(ComputeDevice.Resolve(compute.Device)) };
        if (settings.FromOutside.Count > 0)
            _say($"Not the lesson's own settings, and so not its numbers: {string.Join(", ", settings.FromOutside)}");
    }

    /// <summary>How much of what.</summary>
    public LessonSettings Settings { get; }

    /// <summary>Where the results lie.</summary>
    public string Folder { get; }

    /// <summary>The token of the cell that runs: hand it to whatever takes long.</summary>
    public CancellationToken Stop => _stop?.Invoke() ?? CancellationToken.None;

    /// <summary>Device, threads, and bfloat16 where the device has it.</summary>
    public ComputeOptions Compute { get; }

    /// <summary>Three conditions with a Gaussian and with a flow: the six heads of the lessons.</summary>
    public IReadOnlyList<DensityHead> AllHeads => [.. new DensityOptions[] { GaussianDensityOptions.Paper, GlowDensityOptions.Paper }
        .Select(density => Settings.IsPaper ? density : density.Small)
        .SelectMany(density => new Condition[] { new NoCondition(), new SinCosCondition(), new MaskingInvariantCondition() }
            .Select(condition => new DensityHead(condition, density)))];

    /// <summary>The formats that are read.</summary>
    public static VolumeReaders Readers { get; } = CtReaders.All();

    /// <summary>A path in the workspace.</summary>
    public string this[string name] => Path.Combine(Folder, name);

    /// <summary>A folder in the workspace with nothing in it: what an earlier run left there is deleted.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Its full path.</returns>
    /// <exception cref="OptionException">The name is not that of a folder in the workspace.</exception>
    /// <exception cref="OutputException">It cannot be emptied.</exception>
    public string EmptyFolder(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Trim('.').Length == 0 || Path.GetFileName(name) != name)
            throw new OptionException(nameof(name), $"'{name}'", "the name of a folder in the workspace");
        string folder = this[name];
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            throw new OutputException(
                folder, $"it cannot be emptied ({e.Message})", "a writable folder", "Set Artifacts in the parameters cell.", e);
        }

        return folder;
    }

    /// <summary>
    /// The patient that is shown: <see cref="LessonSettings.Ct"/> if it is set, otherwise LIDC-IDRI-0314 if
    /// <see cref="LessonSettings.SharedCt"/> has it, otherwise a phantom.
    /// </summary>
    /// <param name="phantom">What the phantom has.</param>
    /// <param name="cancellation">Stops the reading or the making.</param>
    /// <exception cref="ScreenerException">The CT or its annotations cannot be read.</exception>
    public LessonPatient Patient(Pathology phantom = Pathology.LungNodules, CancellationToken cancellation = default)
    {
        cancellation = OrStop(cancellation);
        if (Settings.Ct.Length > 0)
            return LessonPatient.Read(Settings.Ct, Settings.Annotations, Readers, cancellation);
        return SharedLidc is { } shared
            ? LessonPatient.Read(Path.Combine(shared, "dicom.zip"), Path.Combine(shared, "053.xml"), Readers, cancellation)
            : LessonPatient.Of(PhantomGenerator.Generate(Settings.Seed, phantom, PhantomOptions.Default, cancellation));
    }

    /// <summary>
    /// A CT series with its readers' outlines: <see cref="LessonSettings.Ct"/> with <see cref="LessonSettings.Annotations"/> if they are
    /// set, otherwise
    /// LIDC-IDRI-0314 if <see cref="LessonSettings.SharedCt"/> has it, otherwise a phantom with invented readers.
    /// </summary>
    /// <param name="cancellation">Stops the reading or the making.</param>
    /// <exception cref="ScreenerException">The CT or its annotations cannot be read.</exception>
    public LidcPatient LidcPatient(CancellationToken cancellation = default)
    {
        cancellation = OrStop(cancellation);
        if (Settings.Annotations.Length > 0)
            return Lessons.LidcPatient.Read(Settings.Ct, Settings.Annotations, cancellation);
        if (SharedLidc is { } shared)
            return Lessons.LidcPatient.Read(Path.Combine(shared, "dicom.zip"), Path.Combine(shared, "053.xml"), cancellation);
        var phantom = PhantomGenerator.Generate(Settings.Seed, Pathology.LungNodules, FineScan, cancellation);
        string folder = Written($"dicom-fine-{Settings.Seed}", FineScan, () => phantom, cancellation);
        return Lessons.LidcPatient.Invent(new DicomSeriesReader().ReadSeries(folder, null, null, cancellation), phantom.Lesions);
    }

    /// <summary>
    /// What there is of a dataset: its folder in <see cref="LessonSettings.Datasets"/>; otherwise phantoms of the same kind, before them
    /// the one patient of LIDC-IDRI that <see cref="LessonSettings.SharedCt"/> may have.
    /// </summary>
    /// <param name="name">A name or alias of <see cref="DatasetCatalogue"/>.</param>
    /// <param name="cancellation">Stops the making of phantoms; complete cases stay.</param>
    /// <exception cref="OptionException">There is no such dataset.</exception>
    /// <exception cref="MissingInputException"><see cref="LessonSettings.Datasets"/> names a folder that is not there.</exception>
    public IReadOnlyList<LessonDataset> Datasets(string name, CancellationToken cancellation = default)
    {
        cancellation = OrStop(cancellation);
        var wanted = DatasetCatalogue.Find(name);
        if (FolderOf(wanted) is { } folder)
            return [Of(wanted, folder, false)];
        var kind = PhantomCohortNames.All.First(
            c => wanted.Role == DatasetRole.Training
                ? c == PhantomCohort.Train
                : DatasetCatalogue.Find(c.Name()).StandsFor == (wanted.StandsFor ?? wanted.Id));
        var phantoms = Of(DatasetCatalogue.Find(kind.Name()), Cohort(kind, cancellation).Folder, false);
        return wanted.Layout == DatasetLayoutKind.Lidc && SharedLidc is { } shared ? [Of(wanted, shared, true), phantoms] : [phantoms];

        LessonDataset Of(DatasetManifest shown, string folder, bool isPart) => new(
            wanted, shown, folder, isPart, Folder, Compute.ThreadCount);
    }

    /// <summary>
    /// The folder of a phantom with lung nodules that is written as a DICOM series, another one than <see cref="Patient"/> shows.
    /// </summary>
    /// <param name="cancellation">Stops the making; nothing is left.</param>
    public string PhantomDicom(CancellationToken cancellation = default)
    {
        cancellation = OrStop(cancellation);
        ulong seed = Settings.Seed + 1;
        var scan = PhantomOptions.Default;
        return Written(
            $"dicom-{seed}", scan, () => PhantomGenerator.Generate(seed, Pathology.LungNodules, scan, cancellation), cancellation);
    }

    /// <summary>A cohort of phantoms.</summary>
    /// <param name="cohort">Which.</param>
    /// <param name="cancellation">Stops within a slice; complete cases stay.</param>
    public CohortManifest Cohort(PhantomCohort cohort, CancellationToken cancellation = default)
    {
        cancellation = OrStop(cancellation);
        var options = new CohortOptions
        {
            Cohort = cohort, Cases = cohort == PhantomCohort.Train ? Settings.TrainingCases : Settings.TestCases, Seed = Settings.Seed,
        };
        string folder = this[$"phantoms-{options.Cases}-{options.Seed}"];
        if (!File.Exists(Path.Combine(folder, cohort.Name(), CohortManifest.FileName)))
            _say($"making phantoms, {options.Cases} of {cohort.Name()}");
        return PhantomCohortWriter.Write(folder, options, Compute.ThreadCount, null, cancellation);
    }

    /// <summary>A patient of a cohort and its healthy twin.</summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="index">Which of its patients.</param>
    /// <param name="cancellation">Stops within a slice.</param>
    public PhantomTwins Twins(PhantomCohort cohort, int index = 0, CancellationToken cancellation = default)
    {
        cancellation = OrStop(cancellation);
        var manifest = Cohort(cohort, cancellation);
        OptionException.ThrowIfOutside(nameof(index), index, 0, manifest.Cases.Count - 1);
        return PhantomTwins.Of(manifest, manifest.Cases[index], cancellation);
    }

    /// <summary>The patients of test cohorts as the networks see them, cohort by cohort.</summary>
    /// <param name="cohorts">The cohorts; null means all four.</param>
    /// <param name="cancellation">Stops within a patient.</param>
    public IReadOnlyList<PreparedPhantom> TestPhantoms(
        IReadOnlyList<PhantomCohort>? cohorts = null, CancellationToken cancellation = default)
    {
        cancellation = OrStop(cancellation);
        var patients = new List<PreparedPhantom>();
        foreach (var cohort in (cohorts ?? PhantomCohortNames.Tests).Select(
            c => Cohort(c, cancellation)))
        {
            foreach (var entry in cohort.Cases)
                patients.Add(PreparedPhantom.Read(cohort, entry, Settings.Preprocessing, Compute.ThreadCount, cancellation));
        }

        return patients;
    }

    /// <summary>The training volumes, read when they are needed.</summary>
    /// <inheritdoc cref="TrainingCohort"/>
    public PreparedVolumes TrainingVolumes(CancellationToken cancellation = default) => new(TrainingCohort(cancellation));

    /// <summary>
    /// The list of the training volumes: those of <see cref="LessonSettings.Volumes"/>, otherwise the phantoms' prepared here.
    /// </summary>
    /// <param name="cancellation">Stops within a volume; finished ones stay.</param>
    /// <exception cref="OptionException">The volumes were prepared with other options than the profile's.</exception>
    public PreparedCohort TrainingCohort(CancellationToken cancellation = default)
    {
        cancellation = OrStop(cancellation);
        var preprocessing = Settings.Preprocessing;
        if (Settings.Volumes.Length > 0)
        {
            var own = PreparedCohort.Read(Settings.Volumes);
            if (own.Options.Fingerprint() != preprocessing.Fingerprint())
                throw new OptionException(
                    nameof(Settings.Volumes), $"volumes prepared at {own.Options.TargetSpacing}",
                    $"volumes prepared with the profile '{Settings.Profile}', at {preprocessing.TargetSpacing}",
                    $"Run 'screener prepare --profile {Settings.Profile}'.");
            return own;
        }

        var cohort = Cohort(PhantomCohort.Train, cancellation);
        string folder = this[$"prepared-{Settings.TrainingCases}-{Settings.Seed}-{Hash(preprocessing)}"];
        if (!File.Exists(Path.Combine(folder, PreparedCohort.FileName)))
            _say($"preparing volumes at {preprocessing.TargetSpacing}: {cohort.Cases.Count}");
        var inputs = cohort.Cases.Select(c => new PreparationInput(c.Id, cohort.PathOf(c.Ct))).ToList();
        return CohortPreparation.Prepare(inputs, folder, preprocessing, Readers, Compute.ThreadCount, null, cancellation);
    }

    /// <summary>
    /// A CT series with what was drawn in it: the first of MIDRC-RICORD-1a if <see cref="LessonSettings.Datasets"/> has its raw files,
    /// otherwise a phantom with
    /// ground-glass opacities that is written in the collection's layout, with invented annotations.
    /// </summary>
    /// <param name="cancellation">Stops the reading or the making.</param>
    /// <exception cref="ScreenerException">The series or its annotations cannot be read.</exception>
    public MidrcPatient MidrcPatient(CancellationToken cancellation = default)
    {
        cancellation = OrStop(cancellation);
        if (FolderOf(DatasetCatalogue.Find("midrc-ricord-1a")) is { } raw && !HuCache.IsAt(raw))
            return Lessons.MidrcPatient.Read(raw, isReal: true, cancellation);
        string name = $"midrc-{Settings.Seed}", json = Path.Combine(this[name], "annotations.json");
        var phantom = new Lazy<PhantomPatient>(
            () => PhantomGenerator.Generate(Settings.Seed, Pathology.GroundGlass, FineScan, cancellation));
        string dicom = Written(name + "/series", FineScan, () => phantom.Value, cancellation);
        Make(name, new { PhantomGenerator.Version }, [dicom], [json], cancellation, () =>
        {
            var series = new DicomSeriesReader().ReadSeries(dicom, null, null, cancellation);
            AtomicFile.WriteText(json, InventedDrawings.Json(series, phantom.Value.Lesions));
        });
        return Lessons.MidrcPatient.Read(this[name], isReal: false, cancellation);
    }

    /// <summary>A case with its map of the model of <see cref="LessonSettings.Model"/>, as an evaluation sees it.</summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="caseId">The case.</param>
    /// <param name="head">The condition and density, as <see cref="ScreenerModel.HeadIndex"/> takes it.</param>
    /// <param name="cancellation">Stops between windows.</param>
    /// <exception cref="OptionException">The cohort has no such case, or the model no such head.</exception>
    public EvaluatedMap Screened(IAnnotatedCohort cohort, string caseId, string head, CancellationToken cancellation = default)
    {
        cancellation = OrStop(cancellation);
        ArgumentNullException.ThrowIfNull(cohort);
        int index = cohort.CaseIds.ToList().IndexOf(caseId);
        if (index < 0)
            throw new OptionException(nameof(caseId), $"'{caseId}'", $"a case of {cohort.Name}");
        using var model = ShippedModel();
        var read = cohort.Read(index, cancellation);
        var method = model.Methods([head])[0];
        var scan = PatientScan.Of(read.Ct, Compute, cancellation);
        return new EvaluatedMap(
            caseId, method.Name, read.Ct, scan.Body, read.Lesions, method.Map(scan, null, cancellation), IsShown: true)
        {
            Labels = read.Labels,
        };
    }

    private CancellationToken OrStop(CancellationToken given) => given.CanBeCanceled ? given : Stop;

    // The folder of a phantom as a DICOM series.
    private string Written(string name, PhantomOptions scan, Func<PhantomPatient> phantom, CancellationToken cancellation)
    {
        string folder = this[name];
        Make(name, new { scan, PhantomGenerator.Version }, [], [folder], cancellation, () =>
        {
            // It appears whole or not at all.
            if (Directory.Exists(folder))
                return;
            _say($"writing a phantom as DICOM: {folder}");
            var patient = phantom();
            DicomSeriesWriter.Write(
                patient.Volume, folder, new RandomStream(patient.Seed),
                new DicomSeriesWriteOptions { Description = $"Phantom {patient.Seed}" }, null, cancellation);
        });
        return folder;
    }

    private void Make(
        string name, object recipe, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs, CancellationToken cancellation,
        Action make) => _store.Make(name, recipe, inputs, outputs, () =>
    {
        var clock = Stopwatch.StartNew();
        make();
        return (clock.Elapsed.TotalSeconds, ProcessMemory.PeakBytes);
    }, cancellation);

    // The folder of a dataset; null where it is not there.
    private string? FolderOf(DatasetManifest wanted)
    {
        if (Settings.Datasets.Length == 0)
            return null;
        if (!Directory.Exists(Settings.Datasets))
            throw new MissingInputException(
                Path.GetFullPath(Settings.Datasets), "nothing there", "a folder of datasets",
                "Correct Datasets in the parameters cell, or SCREENER_DATASETS.");
        return wanted.Aliases.Prepend(wanted.Id).Select(n => Path.Combine(Settings.Datasets, n)).FirstOrDefault(Directory.Exists);
    }

    // A folder of the shared CTs in LIDC-IDRI's own layout; null where it is absent.
    private string? SharedLidc =>
        Path.GetFullPath(Path.Combine(Settings.SharedCt, "lidc-idri-0314")) is var folder && File.Exists(Path.Combine(folder, "dicom.zip"))
        ? folder
        : null;

    // Part of a file's name: what is made with other settings lies beside it.
    private string Hash(params object[] options) =>
        Convert.ToHexStringLower(
            XxHash64.Hash(
                Encoding.UTF8.GetBytes(
                    $"{StoredJson.Write(options)}|{Settings.Volumes}|{Settings.TrainingCases}|{Settings.Seed}|{Compute.Precision}")));
}
