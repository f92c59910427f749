using Screener.Ablations;
using Screener.Annotations;
using Screener.Conditions;
using Screener.Datasets;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Inference;
using Screener.Models;
using Screener.Phantoms;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Storage;
using Screener.Tests.Ablations;
using Screener.Tests.Training;
using Screener.Training;
using System.Buffers.Binary;
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

    [Fact]
    public void DatasetManifests() =>
        HostileJson.Check(
            File.ReadAllText(Path.Combine(RepositoryFolder.Find(), "data-manifests", "lits.json")),
            text => DatasetManifest.Parse(Encoding.UTF8.GetBytes(text), "lits.json"));

    [Fact]
    public void ListsAndRecordsOfCaches()
    {
        string list = _folder[HuCache.FileName];
        var options = new DatasetPreparationOptions();
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
        var grid = AblationGrid.Shipped("quick") with { TrainingData = ["a"], TestData = ["b"] };
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
        CohortEvaluationFile.Write(file, []);
        HostileJson.CheckFile(file, f => CohortEvaluationFile.Read(f));
        new AblationSummary { Grid = grid, Cells = ["a"], Averages = [], Comparisons = [], Orderings = [] }.Write(file);
        HostileJson.CheckFile(file, f => AblationSummary.Read(f));
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
        CheckHeader(cached, f => HuVolume.Open(f).Dispose());
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

    // Magic of eight letters, the header's length, the header, zeros up to 4096 where voxels start there.
    private static void CheckHeader(string file, Action<string> read)
    {
        byte[] whole = File.ReadAllBytes(file);
        int length = BinaryPrimitives.ReadInt32LittleEndian(whole.AsSpan(8));
        byte[] rest = whole[(12 + length)..];
        read(file);
        HostileJson.Check(Encoding.UTF8.GetString(whole, 12, length), text =>
        {
            byte[] header = Encoding.UTF8.GetBytes(text), size = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(size, header.Length);
            int padded = rest.Length > 4000 && header.Length < length ? length - header.Length : 0;
            File.WriteAllBytes(file, [.. whole[..8], .. size, .. header, .. new byte[padded], .. rest]);
            read(file);
        });
    }
}
