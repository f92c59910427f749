using Plotly.NET;
using Screener.Annotations;
using Screener.Augmentation;
using Screener.Conditions;
using Screener.Datasets;
using Screener.Densities;
using Screener.Evaluation;
using Screener.Imaging.Dicom;
using Screener.Imaging;
using Screener.Inference;
using Screener.Interactive.Charts;
using Screener.Interactive.Features;
using Screener.Interactive.Lessons;
using Screener.Interactive.Progress;
using Screener.Interactive.Values;
using Screener.Interactive.Viewer;
using Screener.Models;
using Screener.Phantoms.Dicom;
using Screener.Phantoms;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Reporting;
using Screener.Tests;
using Screener.Training;
using TorchSharp;

namespace Screener.Interactive.Tests.Values;

/// <summary>A value of every type that has a formatter.</summary>
internal static class Samples
{
    private static readonly Lazy<PhantomPatient> Phantom = new(() => PhantomGenerator.Generate(
        7, Pathology.LungNodules, PhantomOptions.Default with { InPlaneSpacingMin = 5, InPlaneSpacingMax = 5, SliceSpacings = [8] }));

    private static readonly Lazy<PreparedVolume> PreparedPhantom = new(
        () => Preprocessor.Prepare(Phantom.Value.Volume, PreprocessingOptions.Quick, 1));

    internal static PhantomPatient Patient => Phantom.Value;

    internal static PreparedVolume Prepared => PreparedPhantom.Value;

    internal static BodyMask Body { get; } = new(Patient.Volume.Grid, [.. Patient.Organs.Voxels.Select(o => o == 0 ? (byte)0 : (byte)1)]);

    internal static AnomalyMap Map { get; } = new(
        Patient.Volume.Grid, [.. Patient.Volume.Voxels.Select((v, i) => (v / 500) + (Patient.Lesions.Voxels[i] * 5f))]);

    internal static IReadOnlyList<TrainingRecord> Records { get; } =
        [.. Enumerable.Range(1, 60).Select(
            i => new TrainingRecord(i * 20, 1e-3 * Math.Sin(i * Math.PI / 61), 1 + (1.0 / i), new Dictionary<string, double>
        {
            ["loss"] = 30.0 / i, ["invariance"] = 10.0 / i, ["variance"] = 12.0 / (i + 2), ["covariance"] = 8.0 / (i + (3 * Math.Sin(i))),
        }))];

    internal static CohortManifest Manifest { get; } = new()
    {
        SchemaVersion = CohortManifest.CurrentSchema, GeneratorVersion = PhantomGenerator.Version, Folder = "/data/phantoms/lung-nodules",
        Options = new() { Cohort = PhantomCohort.LungNodules, Cases = 3 },
        Cases = [.. Enumerable.Range(0, 3).Select(Case)],
    };

    /// <summary>By type, made anew by each call; torch's objects are the caller's to dispose of.</summary>
    internal static Dictionary<Type, Func<object>> All()
    {
        var samples = new Dictionary<Type, Func<object>>
        {
            [typeof(CtVolume)] = () => Patient.Volume,
            [typeof(VolumeView)] = () => new VolumeView(Patient.Volume, Patient.Lesions, Map, Body)
            {
                Labels = Patient.Organs, Findings = Findings.Of(Map, Body, new FindingOptions(), Patient.Volume, Patient.Organs),
            },
            [typeof(LinkedViews)] = () => new LinkedViews(
                new VolumeView(Patient.Volume, Patient.Lesions, Map, Body),
                new VolumeView(Patient.Volume, Patient.Lesions) { HiddenUntilMarked = true }) { Blinks = true },
            [typeof(EvaluatedMap)] =
                () => new EvaluatedMap("case_001", "masking-invariant + glow", Patient.Volume, Body, Patient.Lesions, Map),
            [typeof(AnomalyMap)] = () => Map,
            [typeof(LesionMask)] = () => Patient.Lesions,
            [typeof(BodyMask)] = () => Body,
            [typeof(LabelVolume)] = () => Patient.Organs,
            [typeof(PreparedVolume)] = () => Prepared,
            [typeof(DicomSeriesVolume)] = Series,
            [typeof(VolumeGrid)] = () => Patient.Volume.Grid,
            [typeof(CropPair)] =
                () => CropPairSampler.Sample(
                    Prepared, CropPairOptions.Quick with { AxialTurns = false, Flips = false }, new RandomStream(3)),
            [typeof(Patch)] = () => Patches().Patches[0],
            [typeof(PatchGallery)] = Patches,
            [typeof(FeatureMap)] = () => Features("descriptor", 1),
            [typeof(FeatureView)] = () => new FeatureView([Features("first crop", 1), Features("second crop", 2)], "The same colours"),
            [typeof(FeatureColors)] = () => FeatureColors.Fit(Features("descriptor", 1)),
            [typeof(Picture)] = () => new Picture(new RgbImage(40, 20), "a picture"),
            [typeof(RgbImage)] = () => new RgbImage(40, 20),
            [typeof(LinePlot)] = () => Plot("Loss of two runs"),
            [typeof(GenericChart)] = () => GenericChart.ofTraceObject(false, new Trace("scatter")),
            [typeof(TrainingHistory)] = History,
            [typeof(IReadOnlyList<TrainingRecord>)] = () => Records,
            [typeof(TrainingProgress)] =
                () => new TrainingProgress("descriptor", 240, 1200, 4.2, TimeSpan.FromSeconds(229), Records[11].Values),
            [typeof(ProgressView)] =
                () => new ProgressView("Training the descriptor model", 0.4, "step 480 of 1,200, 4.2 per second, 2 min 51 s left")
                {
                    Records = Records,
                },
            [typeof(CohortManifest)] = () => Manifest,
            [typeof(CohortCase)] = () => Case(1),
            [typeof(PhantomPatient)] = () => Patient,
            [typeof(PatientTraits)] = () => Patient.Traits,
            [typeof(PreparedCohort)] = () => new PreparedCohort
            {
                SchemaVersion = 1, Options = PreprocessingOptions.Quick, Folder = "/data/prepared",
                Cases = [new PreparedCase("case_000", "/data/a.nii.gz", "case_000.prepared", [90, 100, 110])],
                Rejected = [new RejectedCase("case_001", "/data/b.nii.gz", "/data/b.nii.gz: no gzip header")],
            },
            [typeof(IReadOnlyList<DicomSeriesSummary>)] =
                () => new List<DicomSeriesSummary> { new("1.2.3", "Chest 1.25 mm", "CT", 133, "1.2", "LIDC-IDRI-0314", false, true),
                    new("1.2.4", "Scout", "CT", 2, "1.2", "LIDC-IDRI-0314", true, false) },
            [typeof(DatasetManifest)] = () => DatasetCatalogue.Find("lidc-idri"),
            [typeof(IReadOnlyList<DatasetManifest>)] = () => DatasetCatalogue.All,
            [typeof(DatasetCheck)] =
                () => new DatasetCheck(
                    DatasetCatalogue.Find("lidc-idri"), [], 0,
                    [new DatasetOddity(OddityKind.Missing, "LIDC-IDRI-0001", "no series of it is there")]),
            [typeof(HuCache)] = Cache,
            [typeof(HuCacheRecord)] = Record,
            [typeof(AnnotatedCt)] = () => new AnnotatedCt("LIDC-IDRI-0314", Patient.Volume, Patient.Lesions, null),
            [typeof(ScreenerModel)] = Model,
            [typeof(DenseNetwork)] = () => new DescriptorModel(SmallNetwork, new RandomStream(1)),
            [typeof(DensityModel)] = () => GaussianDensityOptions.Quick.Create(4, 0, new RandomStream(1)),
            [typeof(TrainedNetwork)] =
                () => new TrainedNetwork(SmallTraining, new DescriptorModel(SmallNetwork, new RandomStream(1)), Records),
            [typeof(LandmarkSearchResult)] =
                () => new LandmarkSearchResult(
                    "ape", [new("liver, top", "a", "b", 12.5, 160), new("liver, top", "b", "a", 14, 150),
                        new("heart, middle", "a", "b", 8, 120)]),
            [typeof(ConditionNetworks)] = () => new ConditionNetworks(
                new TrainedNetwork(SmallEmbedding, new AnatomicalEmbeddingModel(SmallEmbedding.Network, new RandomStream(1)), [])),
            [typeof(Measurements)] =
                () => new Measurements(
                    "Distances", "pair", "mean", "standard deviation") { { "same point", 0.12, 0.05 }, { "other point", 0.9, double.NaN } },
            [typeof(LessonDataset)] = () => Lesson("phantom-liver-tumours"),
            [typeof(IReadOnlyList<LessonDataset>)] = () => new List<LessonDataset> { Lesson("lits"), Lesson("phantom-liver-tumours") },
            [typeof(torch.Tensor)] = () => torch.randn(4, 3, 9, 10),
        };
        foreach (var (type, value) in EvaluationSamples.All())
            samples.Add(type, value);
        foreach (var type in OptionsFormatters.Types)
            samples.TryAdd(type, () => Options(type));
        return samples;
    }

    internal static LinePlot Plot(string title) => new(
        title, "step", "loss", [LineSeries.Of("VICReg", Records), LineSeries.Of("InfoNCE", Records, "variance")]);

    internal static CohortCase Case(int index) => new()
    {
        Id = $"case_{index:000}", Seed = (ulong)index, Pathology = Pathology.LungNodules, Traits = Patient.Traits,
        Ct = $"case_{index:000}/ct.nii.gz", Lesions = $"case_{index:000}/lesions.nii.gz",
        Organs = $"case_{index:000}/organs.nii.gz", FileLengths = [1, 2, 3], Shape = [150, 180, 200], Spacing = [2.5, 2.1, 2.1],
        LesionCount = index, LesionVolume = 523.6 * index,
    };

    private static UNetOptions SmallNetwork { get; } = new() { Channels = [4, 8], Depths = [1, 1], DescriptorChannels = 4 };

    private static PretrainingOptions SmallTraining { get; } = PretrainingOptions.Quick with { Network = SmallNetwork };

    private static PretrainingOptions SmallEmbedding { get; } = PretrainingOptions.QuickEmbedding with
    {
        Network = SmallNetwork with { DescriptorChannels = 3 },
    };

    private static DensityFittingOptions SmallFit { get; } = DensityFittingOptions.Quick with
    {
        Heads = [new(new NoCondition(), GaussianDensityOptions.Quick), new(new SinCosCondition(), GaussianDensityOptions.Quick)],
    };

    private static ScreenerModel Model()
    {
        var random = new RandomStream(1);
        return new ScreenerModel(
            SmallTraining, new DescriptorModel(SmallNetwork, random), ConditionNetworks.None, SmallFit,
            [.. SmallFit.Heads.Select(h => h.Density.Create(4, h.Condition.Channels, random))]);
    }

    private static TrainingHistory History()
    {
        var history = new TrainingHistory();
        history.Restore(Records);
        return history;
    }

    private static PatchGallery Patches()
    {
        var shape = new VolumeShape(24, 32, 32);
        return new PatchGallery(
            [.. Enumerable.Range(0, 5).Select(
                i => new Patch(shape, Crop(i), $"crop {i}")
                {
                    Visible = i % 2 == 0 ? null : BlockMask.Create(shape, BlockMaskOptions.Quick, new RandomStream((ulong)i)),
                })], "Five crops");

        float[] Crop(int i) => CropPairSampler.Extract(Prepared, shape, new CropPlacement((20 + i, 30, 20 + (8 * i)), (1, 1, 1), false));
    }

    private static FeatureMap Features(string caption, int seed)
    {
        var shape = new VolumeShape(20, 24, 28);
        using var features = torch.zeros(6, 20, 24, 28);
        for (int c = 0; c < 6; c++)
        {
            for (int d = 0; d < shape.Depth; d++)
            {
                using var wave = torch.sin(torch.arange(24).reshape(24, 1) * 0.1 * (c + 1))
                    + torch.cos((torch.arange(28) * 0.15 * (c + seed)) + (d * 0.2 * seed));
                features[c, d].copy_(wave);
            }
        }

        return new FeatureMap(features, caption);
    }

    private static DicomSeriesVolume Series()
    {
        using var folder = new TemporaryFolder();
        DicomSeriesWriter.Write(Patient.Volume, folder["series"], new RandomStream(5));
        return new DicomSeriesReader().ReadSeries(folder["series"]);
    }

    private static LessonDataset Lesson(string shown) => new(
        DatasetCatalogue.Find("lits"), DatasetCatalogue.Find(shown), "/data/lits", isPart: false, "/data/lessons", 1);

    private static HuCache Cache()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[HuCache.FileName], """
            {"version":1,"dataset":"lidc-idri","options":{},"optionsFingerprint":"abc","published":1018,"paper":875,"countNote":"a note",
             "cases":[{"id":"LIDC-IDRI-0314","file":"volumes/LIDC-IDRI-0314.hu","shape":[133,512,512],"lesionVoxels":812,"hasOrgan":false}],
             "rejected":[{"id":"LIDC-IDRI-0585","reason":"the series has two slices at z = -45.5 mm"}]}
            """);
        return HuCache.Open(folder.FullName);
    }

    private static HuCacheRecord Record() => new()
    {
        Version = 1, Dataset = "lidc-idri", Id = "LIDC-IDRI-0314", OptionsFingerprint = "abc", SourceFingerprint = "def", SourceFiles = 134,
        SourceBytes = 70_000_000,
        Volume = new HuCacheVolume(
            "volumes/LIDC-IDRI-0314.hu", 30_000_000, "00ff", [133, 512, 512], [2.5, 0.7, 0.7], [133, 512, 512], "RAS", -1024, 3071, 812,
            640.5, 0),
        Provenance = new Dictionary<string, string> { ["scanner"] = "GE LightSpeed" }, Notes = ["Two localizers were left out."],
        Nodules = [
            new NoduleFinding(
                3, 10, 20, -150,
                [new NoduleCharacteristics(4, 1, 6, 4, 4, 2, 2, 5, 3), new NoduleCharacteristics(5, 1, 6, 4, 4, 2, null, 5, 4),
                    new NoduleCharacteristics(5, 1, 6, 4, 4, 2, 1, 4, 4)])],
    };

    private static object Options(Type type)
    {
        foreach (string name in (string[])["Quick", "Paper", "Default"])
        {
            if (type.GetProperty(name) is { } property && property.PropertyType == type)
                return property.GetValue(null)!;
        }

        return Activator.CreateInstance(type)!;
    }
}
