using Screener.Ablations;
using Screener.Annotations;
using Screener.Baselines;
using Screener.Conditions;
using Screener.Datasets;
using Screener.Errors;
using Screener.Evaluation;
using Screener.HuBaselines;
using Screener.Imaging;
using Screener.Inference;
using Screener.Models;
using Screener.Phantoms;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Storage;
using Screener.SyntheticLesions;
using Screener.Tests.Ablations;
using Screener.Tests.SyntheticLesions;
using Screener.Tests.Training;
using Screener.Training;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using System.Text;
using TorchSharp;

namespace Screener.Tests;

/// <summary>Every file that is read as JSON, with every one of its values replaced: it is read or refused, in one line.</summary>
[Collection(TorchCollection.Name)]
public sealed class HostileJsonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Annotations() => HostileJson.Check(
        """
        {"labelGroups":[{"labels":[{"id":"L","name":"Lesion","scope":"INSTANCE"},{"id":"E","name":"Exam","scope":"EXAM"}]}],
        "datasets":[{"annotations":[{"labelId":"L","SeriesInstanceUID":"1.2","SOPInstanceUID":"1.2.3",
        "data":{"vertices":[[1,2],[3,4.5],[5,2]]}},{"labelId":"E","data":null}]}]}
        """,
        text => MdaiAnnotations.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "mdai.json"));

    [Theory]
    [InlineData("lits")]
    [InlineData("lidc-idri")]
    [InlineData("pairs")]
    [InlineData("phantom-lung-nodules")]
    public void DatasetManifests(string id) =>
        HostileJson.Check(
            File.ReadAllText(Path.Combine(RepositoryFolder.Find(), "data-manifests", id + ".json")),
            text => DatasetManifest.Parse(Encoding.UTF8.GetBytes(text), id + ".json"));

    [Fact]
    public void ListsAndRecordsOfCaches()
    {
        string list = _folder[HuCache.FileName];
        var options = new DatasetImportOptions();
        File.WriteAllText(list, System.Text.Json.JsonSerializer.Serialize(
            new HuCacheList(
                1, "lits", options, "0123", 131, 118, "note", [new("a", "volumes/a.hu", [1, 2, 3], 4, true)], [new("b", "reason")]),
            StoredJson.Dashed));
        HostileJson.CheckFile(list, file => HuCache.Open(file));
        Directory.CreateDirectory(_folder["records"]);
        string record = _folder["records/a.json"];
        File.WriteAllText(record, System.Text.Json.JsonSerializer.Serialize(
            new HuCacheRecord
            {
                Version = 1, Dataset = "lits", Id = "a", OptionsFingerprint = "0", SourceFingerprint = "1",
                SourceFiles = 2, SourceBytes = 3,
                Volume = new("volumes/a.hu", 1, "ff", [1, 2, 3], [1, 1, 1], [1, 2, 3], "affine", -1000, 1000, 1, 2, 3),
                Provenance = new Dictionary<string, string> { ["a"] = "b" }, Notes = ["note"], Nodules = [],
            },
            StoredJson.Dashed));
        HostileJson.CheckFile(
            record, file => _ = HuCache.ReadRecordFile(file) ?? throw new ManifestException(file, "null", "a record", "None."));
    }

    [Fact]
    public void TablesOfPseudonyms()
    {
        string table = Pseudonyms.TableOf(_folder["cache"]);
        DatasetCase[] cases = [new NamedCase("b"), new NamedCase("c")];
        File.WriteAllText(table, """{"case-0001":"a","case-0002":"b"}""");
        HostileJson.CheckFile(
            table, _ => Assert.Equal(2, Pseudonyms.Apply(cases, _folder["cache"], isNew: false).DistinctBy(c => c.Id).Count()));
    }

    [Fact]
    public void ListsOfPreparedVolumes()
    {
        var cohort = new PreparedCohort
        {
            SchemaVersion = 1, Options = PreprocessingOptions.Quick,
            Cases = [new("a", "source", "a.prep", [1, 2, 3])], Rejected = [new("b", "source", "reason")],
        };
        cohort.Write(_folder.FullName);
        HostileJson.CheckFile(_folder[PreparedCohort.FileName], file => PreparedCohort.Read(file));
    }

    [Fact]
    public void ManifestsAndRecordsOfPhantoms()
    {
        var options = new CohortOptions
        {
            Cohort = PhantomCohort.LungNodules, Cases = 1, Seed = 11,
            Phantom = PhantomOptions.Default with { InPlaneSpacingMin = 5, InPlaneSpacingMax = 6, SliceSpacings = [8, 10] },
        };
        PhantomCohortWriter.Write(_folder.FullName, options, 1);
        string root = _folder["lung-nodules"], record = Path.Combine(root, "case_000", "case.json");
        HostileJson.CheckFile(Path.Combine(root, CohortManifest.FileName), file => CohortManifest.Read(file));
        string whole = File.ReadAllText(record);
        string renamed = whole.Replace("\"options\"", "\"other\"", StringComparison.Ordinal);
        foreach (string text in (string[])["{}", "null", renamed, new string('[', 20_000)])
        {
            // A record that cannot be read is that of a case to be made again.
            File.WriteAllText(record, text);
            PhantomCohortWriter.Write(_folder.FullName, options, 1);
            Assert.Equal(whole, File.ReadAllText(record));
        }
    }

    [Fact]
    public void GridsProtocolsAndResults()
    {
        var grid = AblationGrid.Shipped("quick") with
        {
            TrainingData = ["a"], TestData = ["b"],
            Baselines = [new("draem", new Screener.Baselines.DraemOptions(), TinyAblation.Json("{}"))],
        };
        HostileJson.Check(grid.ToJson(), text => AblationGrid.Parse(text));
        string twice = grid.ToJson().Replace("\"options\": {", "\"options\": {\"seed\":1,\"seed\":2,", StringComparison.Ordinal);
        Assert.NotEqual(grid.ToJson(), twice);
        Assert.Throws<ManifestException>(() => AblationGrid.Parse(twice));
        string file = _folder["a.json"];
        File.WriteAllText(file, new EvaluationProtocol { Data = ["a"], Models = ["b"] }.ToJson());
        HostileJson.CheckFile(file, f => EvaluationProtocol.Read(f));
        var metric = new Metric(0.5, null, new Interval(0.4, 0.6, 10));
        var result = new EvaluationResult
        {
            Auroc = metric, AurocAtLimit = metric, AuproAtLimit = metric, FprLimit = 0.3, Connectivity = Connectivity.Six,
            Confidence = 0.95, Cases = 1, CasesWithLesion = 1, Regions = 1,
            PositiveVoxels = 1, NegativeVoxels = 1, PerCase = [new("a", 1, 1, 1, 0.5, 0.5, 0.5, null)],
        };
        HostileJson.Check(
            StoredJson.Write(result).GetRawText(),
            text => StoredJson.Parse<EvaluationResult>(Encoding.UTF8.GetBytes(text), "result", "an evaluation result", "Evaluate again."));
        var difference = new PairedDifference(new MetricDifference(0.1, new Interval(0, 0.2, 10), 10), null, null);
        var head = TinyTraining.Density.Heads[2];
        CohortEvaluationFile.Write(file, [new()
        {
            Cohort = "lits", CohortSeed = 1, ImportedWith = new(), Protocol = new EvaluationProtocol { Data = ["a"], Models = ["b"] },
            Methods = [new(head.Name, "m", head, result, result, new Froc([1], [0.5], [new(0.4, 0.6, 10)], 0.5, 2, 3))],
            Differences = [new("a", "b", EvaluationScope.Body, difference)],
            Models = [new("m", TinyTraining.Descriptor, null, TinyTraining.Density, new SlidingWindowOptions())],
            Options = CohortEvaluationOptions.Paper, Cost = new(1, 2, 3, 4, 5, "cpu", "float32", 1),
            Libraries = new Dictionary<string, string> { ["a"] = "b" },
        }]);
        HostileJson.CheckFile(file, f => CohortEvaluationFile.Read(f));
        var averaged = new AveragedMetric(0.5, new Interval(0.4, 0.6, 10), 0.4, 0.6);
        new AblationSummary
        {
            Grid = grid, Cells = ["a"], Orderings = [new("claim", "d", null, OrderingVerdict.Holds, "evidence")],
            Averages = [new("d", "c", "g", "lits", EvaluationScope.Body, 1, averaged, averaged, averaged)
            {
                PaperDescriptor = "VICReg-32", ConditionKind = head.Condition, DensityKind = head.Density,
            }],
            Comparisons = [new(AblationFactor.Condition, "a", "b", "d", null, "g", null, EvaluationScope.Organ, difference, [0.1])],
        }.Write(file);
        HostileJson.CheckFile(file, f => AblationSummary.Read(f));
        AblationResultFile.Write(file, new()
        {
            Cell = new("d", "c", "g", 1, 2), Key = "k", Density = head.Density, Condition = head.Condition,
            DescriptorTraining = TinyTraining.Descriptor, ConditionTraining = TinyTraining.Condition, Fitting = TinyTraining.Density,
            Scores = [new("lits", result with { Histograms = new CaseHistograms(["a", "b"], [new float[6], new float[6]], 2, 0.3) }, null)],
            Cost = new(1, 2, 3, 4), Libraries = new Dictionary<string, string> { ["a"] = "b" },
        });
        HostileJson.CheckFile(file, f => AblationResultFile.Read(f));
        AblationResultFile.Write(file, AblationResultFile.Read(file) with
        {
            Cell = new("b", "", "", 1, 0), Density = null, Condition = null, DescriptorTraining = null, ConditionTraining = null,
            Fitting = null, Baseline = new Screener.Baselines.MultiScaleFlowOptions { Blocks = [1, 2] },
        });
        HostileJson.CheckFile(file, f => AblationResultFile.Read(f));
        File.WriteAllText(file, """{"schemaVersion":1,"results":[null]}""");
        Assert.Contains("null in a list", Assert.Throws<ManifestException>(() => CohortEvaluationFile.Read(file)).Message);
    }

    [Fact]
    public void HeadersOfVolumes()
    {
        var grid = new VolumeGrid(new(2, 3, 4), Affine.Identity);
        string prepared = _folder["a.prep"], cached = _folder["a.hu"];
        PreparedVolumeFile.Write(prepared, new PreparedVolume(grid, new float[24], grid, "source", "0123"));
        CheckHeader(prepared, f => PreparedVolumeFile.Read(f));
        HuVolumeFile.Write(cached, "lits", "a", new CtVolume(grid, new float[24]), null, TestContext.Current.CancellationToken);
        CheckHeader(cached, f =>
        {
            using var volume = HuVolume.Open(f);
            volume.ReadCt(TestContext.Current.CancellationToken);
        });
        string masks = _folder["a.masks"];
        new CaseMasks(new(grid, [.. Enumerable.Repeat((byte)1, 24)]), new(grid, new byte[24]), null).Write(masks, "stamp");
        CheckHeader(masks, f => CaseMasks.Read(f));
    }

    [Fact]
    public void HeadersAndIndexesOfModels()
    {
        string file = _folder["a.network"], model = _folder["a.screener"];
        using var network = new DescriptorModel(TinyTraining.Descriptor.Network, new RandomStream(1));
        NetworkFile.Write(file, TinyTraining.Descriptor, network, [new(1, 0.5, 2, new Dictionary<string, double> { ["loss"] = 3 })]);
        var density = TinyTraining.Density with { Heads = [new(new NoCondition(), TinyTraining.Gaussian)] };
        using (var whole = new ScreenerModel(
            TinyTraining.Descriptor, new DescriptorModel(TinyTraining.Descriptor.Network, new RandomStream(1)), ConditionNetworks.None,
            density,
            [TinyTraining.Gaussian.Create(8, 0, new RandomStream(3))]))
            whole.Save(model);
        long tensors = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        HostileJson.CheckEntry(file, "header.json", f => NetworkFile.ReadDescriptor(f).Network.Dispose(), 5);
        HostileJson.CheckEntry(file, "header.json", f => NetworkFile.ReadHistory(f), 5);
        HostileJson.CheckEntry(file, "tensors.json", f => TensorArchive.Read(f).Dispose(), 5);
        HostileJson.CheckEntry(model, "header.json", f => ScreenerModel.Load(f, TinyTraining.Compute).Dispose(), 5);
        Assert.Equal(tensors, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void HeadersOfLesionNetworksEnsemblesAndCheckpoints()
    {
        string file = _folder["a.network"], model = _folder["a.screener"], checkpoint = _folder["a.checkpoint"];
        using var lesions = new LesionNetwork(TinyLesions.Options, new RandomStream(1));
        LesionNetworkFile.Write(file, lesions, []);
        var density = TinyTraining.Density with { Heads = [new(new NoCondition(), TinyTraining.Gaussian)] };
        using (var plain = new ScreenerModel(
            TinyTraining.Descriptor, new DescriptorModel(TinyTraining.Descriptor.Network, new RandomStream(1)), ConditionNetworks.None,
            density, [TinyTraining.Gaussian.Create(8, 0, new RandomStream(3))]))
        {
            var options = new HuBaselineOptions { Cells = 2 };
            var tails = TailTable.Of([.. Enumerable.Range(0, 1000).Select(i => (float)i)]);
            float[] hu = [.. Enumerable.Repeat(1f, (int)HuBaseline.Numbers(options))];
            var ensemble = new Ensemble([lesions], new HuBaseline(options, hu), new EnsembleOptions(), [tails, tails, tails], tails);
            plain.With(ensemble).Save(model);
        }

        var run = new TrainingRun { Compute = TinyTraining.Compute, CheckpointPath = checkpoint };
        var pretraining = TinyTraining.Descriptor with { Optimisation = TinyTraining.Descriptor.Optimisation with { Steps = 1 } };
        Pretraining.Train(pretraining, TinyTraining.Volumes(), run, TestContext.Current.CancellationToken).Dispose();
        HostileJson.CheckEntry(file, "header.json", f => LesionNetworkFile.Read(f).Dispose(), 5);
        HostileJson.CheckEntry(model, "header.json", f => ScreenerModel.Load(f, TinyTraining.Compute).Dispose(), 15);
        HostileJson.CheckEntry(checkpoint, "header.json", f => TrainingRun.PrecisionOf(f), 5);
        HostileJson.CheckEntry(
            checkpoint, "header.json",
            f => Pretraining.Train(pretraining, TinyTraining.Volumes(), run with { History = new() }).Dispose(), 20);
    }

    /// <summary>The network that the header describes would take 4 TB.</summary>
    [Fact]
    public void ANetworkThatTheFileCannotFillIsNotMade()
    {
        string file = _folder["a.network"];
        using var network = new DescriptorModel(TinyTraining.Descriptor.Network, new RandomStream(1));
        NetworkFile.Write(file, TinyTraining.Descriptor, network, []);
        HostileJson.Rewrite(file, "header.json", text => Regex.Replace(text, "\"channels\": \\[[^]]*\\]", "\"channels\": [8192, 8192]"));
        Assert.Contains("more than 7247757312", Assert.Throws<ModelFileException>(() => NetworkFile.ReadDescriptor(file)).Message);
    }

    [Fact]
    public void AMessageIsALineHoweverLongTheText()
    {
        var error = new ManifestException("file", new string('a', 131_000) + "\n", new string('b', 131_000), "Do it.");
        Assert.InRange(error.Message.Length, 100, 10_000);
        Assert.InRange(error.Found.Length, 100, 4000);
        Assert.DoesNotContain('\n', error.Message);
        Assert.EndsWith("Do it.", error.Message);
    }

    // Magic of eight letters, the header's length, the header, zeros up to 4096 where voxels start there; the checksum is made anew.
    private static void CheckHeader(string file, Action<string> read)
    {
        byte[] whole = File.ReadAllBytes(file);
        int length = BinaryPrimitives.ReadInt32LittleEndian(whole.AsSpan(8));
        byte[] rest = whole[(12 + length)..^SHA256.HashSizeInBytes];
        read(file);
        HostileJson.Check(Encoding.UTF8.GetString(whole, 12, length), text =>
        {
            byte[] header = Encoding.UTF8.GetBytes(text), size = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(size, header.Length);
            int padded = rest.Length > 4000 && header.Length < length ? length - header.Length : 0;
            byte[] content = [.. whole[..8], .. size, .. header, .. new byte[padded], .. rest];
            File.WriteAllBytes(file, [.. content, .. SHA256.HashData(content)]);
            read(file);
        });
    }

    private sealed record NamedCase(string Id) : DatasetCase(Id, [])
    {
        internal override long EstimateVoxels() => 0;

        internal override AnnotatedVolume Read(DatasetImportOptions options, int threads, CancellationToken cancellation) =>
            throw new NotSupportedException();
    }
}
