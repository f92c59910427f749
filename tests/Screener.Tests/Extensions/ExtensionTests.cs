using System.Text.Json;
using Screener.Ablations;
using Screener.Baselines;
using Screener.Conditions;
using Screener.Datasets;
using Screener.Densities;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Reporting;
using Screener.Storage;
using Screener.Tests.Ablations;
using Screener.Tests.Training;
using Screener.Training;
using TorchSharp;

namespace Screener.Tests.Extensions;

/// <summary>A density, a condition and a baseline that are not the library's, each one class in a file here, go wherever its go.</summary>
[Collection(TorchCollection.Name)]
public sealed class ExtensionTests(TinyAblation tiny) : IClassFixture<TinyAblation>
{
    [Fact]
    public void TheyAreAblatedFittedSavedScreenedWithAndReported()
    {
        var stop = TestContext.Current.CancellationToken;
        string folder = tiny.Folder["own"];

        // Ablated, beside the library's, from a grid that was written and read again.
        var grid = AblationGrid.Parse((tiny.Grid with
        {
            Conditions = [tiny.Grid.Conditions[0], new("height", new HeightCondition { Scale = 2 })],
            Densities = [tiny.Grid.Densities[0], new("Laplace", new LaplaceDensityOptions(), TinyAblation.Json(TinyAblation.Fitting))],
        }).ToJson());
        var results = AblationRunner.Run(grid, folder, TinyAblation.Once, stop);
        Assert.Equal(8, results.Count);
        Assert.All(AblationRunner.List(grid, folder, TinyAblation.Once), c => Assert.NotNull(c.File));
        var laplace = results.First(r => r.Cell is { Density: "Laplace", Condition: "height" });
        Assert.Equal(new DensityHead(new HeightCondition { Scale = 2 }, new LaplaceDensityOptions()), laplace.Fitting!.Heads[0]);
        Assert.InRange(laplace.Scores[0].Body.Auroc.Value!.Value, 0, 1);

        // The paper says nothing of them.
        var summary = AblationSummary.Of(grid, results, stop);
        Assert.DoesNotContain(summary.Orderings, o => o.Claim.Contains("Laplace") || o.Claim.Contains("height"));
        string page = DocumentPage.Render(AblationReport.Of(summary, results));
        Assert.Contains("here: VICReg-8, height, Laplace", page);
        Assert.DoesNotContain("paper: VICReg-8, height, Laplace", page);

        // Fitted.
        var trained = NetworkFile.ReadDescriptor(Directory.GetFiles(Path.Combine(folder, "networks"), "VICReg*").Single());
        var volumes = new PreparedVolumes(PreparedCohort.Read(Directory.GetDirectories(Path.Combine(folder, "prepared"), "train-*",
            SearchOption.AllDirectories).Single()));
        var options = TinyTraining.Density with
        {
            Heads =
            [
                new(new HeightCondition { Scale = 3 }, new LaplaceDensityOptions { LeastWidth = 1e-4 }),
                new(new HeightCondition { Scale = 3 }, TinyTraining.Gaussian),
                new(new NoCondition(), new LaplaceDensityOptions()),
            ],
        };
        var run = new TrainingRun { Compute = TinyTraining.Compute };
        using var model = new ScreenerModel(
            trained.Options, trained.Network, ConditionNetworks.None, options,
            DensityFitting.Fit(options, trained.Network, ConditionNetworks.None, volumes, run, stop));
        Assert.Contains("height + laplace", run.History.Records[^1].Values.Keys);

        // Saved, and read as it was.
        model.Save(tiny.Folder["own.screener"]);
        using var read = ScreenerModel.Load(tiny.Folder["own.screener"], TinyTraining.Compute);
        Assert.Equal(options.Heads, read.Heads);

        // Screened with, evaluated and reported beside the baseline.
        var cohort = AnnotatedCohort.Open(tiny.Folder["lung-nodules"]);
        var scan = PatientScan.Of(cohort.ReadCt(0, stop), TinyTraining.Compute, stop);
        Assert.Equal(
            model.Methods(["height + laplace"])[0].Map(scan, null, stop).Voxels,
            read.Methods(["height + laplace"])[0].Map(PatientScan.Of(scan.Ct, TinyTraining.Compute, stop), null, stop).Voxels);
        var evaluated = CohortEvaluation.Evaluate(
            cohort, [new NamedModel("own", read)], [new BrightnessMethod()],
            CohortEvaluationOptions.Paper with { Evaluation = tiny.Grid.Evaluation }, TinyTraining.Compute, cancellation: stop);
        CohortEvaluationFile.Write(tiny.Folder["own.json"], [evaluated]);
        var stored = CohortEvaluationFile.Read(tiny.Folder["own.json"]);
        Assert.Equal(
            ["height + laplace", "height + gaussian", "none + laplace", "brightness"], stored[0].Methods.Select(m => m.Name));
        Assert.Equal(options.Heads, stored[0].Methods.Take(3).Select(m => m.Head));
        Assert.Contains(stored[0].Differences, d => d is { First: "height + laplace", Second: "brightness" });
        string report = DocumentPage.Render(new Document(
            "own", "", [CohortReport.Results(stored), CohortReport.Differences(stored), .. CohortReport.PaperTables(stored)]));
        Assert.Contains("height + laplace", report);
        Assert.Contains("brightness", report);

        // Beside a model with one density each takes the names that it has; a name that nobody has is refused.
        var single = new ScreenerModel(
            read.DescriptorOptions, read.Descriptor, ConditionNetworks.None, options with { Heads = [options.Heads[2]] },
            [read.Densities[2]]);
        Assert.Equal(
            ["own: height + gaussian", "own: none + laplace", "single: none + laplace"],
            Beside(["height + gaussian", "none"]).Methods.Select(m => m.Name));
        Assert.Contains("single", Assert.Throws<OptionException>(() => Beside(["height + gaussian"])).Message);
        Assert.Contains("'elsewhere'", Assert.Throws<OptionException>(() => Beside(["none", "elsewhere"])).Message);

        CohortEvaluationResult Beside(string[] names) => CohortEvaluation.Evaluate(
            cohort, [new NamedModel("own", read), new NamedModel("single", single)], [],
            CohortEvaluationOptions.Paper with { Evaluation = tiny.Grid.Evaluation, Heads = names }, TinyTraining.Compute,
            cancellation: stop);
    }

    [Fact]
    public void ABaselineIsTrainedSavedAblatedScreenedWithAndReported()
    {
        var stop = TestContext.Current.CancellationToken;
        string folder = tiny.Folder["own baseline"];
        var grid = AblationGrid.Parse((tiny.Grid with
        {
            Conditions = [tiny.Grid.Conditions[0]],
            Densities = [tiny.Grid.Densities[0]],
            NetworkSeeds = [7],
            DensitySeeds = [1],
            Baselines =
            [
                new("usual", new UsualBrightness { Start = 0.8 }, TinyAblation.Json("""
                    {"cropShape":{"depth":16,"height":16,"width":16},"cropsPerStep":2,
                    "preprocessing":{"targetSpacing":{"depth":6,"height":6,"width":6}},
                    "optimisation":{"steps":40,"learningRate":{"peak":0.05}}}
                    """)),
            ],
        }).ToJson());
        var results = AblationRunner.Run(grid, folder, TinyAblation.Once, stop);
        var own = results.Single(r => r.Cell.IsBaseline);
        Assert.Equal(0.8, Assert.IsType<UsualBrightness>(own.Baseline).Start);
        Assert.Contains("usual", DocumentPage.Render(AblationReport.Of(AblationSummary.Of(grid, results, stop), results)));

        // What was saved has learnt the mean of what it saw, and scores as its formula says.
        using var network = BaselineFile.Read(Directory.GetFiles(Path.Combine(folder, "networks"), "usual-7-*.network").Single());
        float usual = network.state_dict()["usual"].item<float>();
        Assert.InRange(usual, 0.05, 0.6);
        using var image = torch.tensor(new[] { 0.1f, 0.9f }).view(1, 1, 1, 1, 2);
        using var scores = network.forward(image);
        Assert.Equal([Math.Abs(0.1f - usual), Math.Abs(0.9f - usual)], scores.data<float>().ToArray());

        // By the other way to evaluate, beside one that needs no training.
        var evaluated = CohortEvaluation.Evaluate(
            AnnotatedCohort.Open(grid.TestData[0]), [], [new BaselineMethod(network, overlap: grid.Overlap), new BrightnessMethod()],
            new CohortEvaluationOptions { Evaluation = grid.Evaluation }, TinyAblation.Once.Compute, cancellation: stop);
        Assert.Equal(["usual-brightness", "brightness"], evaluated.Methods.Select(m => m.Name));
        Assert.Equal(own.Scores[0].Body.Auroc.Value!.Value, evaluated.Methods[0].Body.Auroc.Value!.Value, 1e-6);
        Assert.Contains("usual-brightness", DocumentPage.Render(new Document("own", "", [CohortReport.Results([evaluated])])));
    }

    [Fact]
    public void AStreamThatIsInterruptedEndsWithTheSameBits()
    {
        var options = TinyTraining.Density with { Heads = [new(new NoCondition(), new LaplaceDensityOptions())] };
        using var whole = Fit(new TrainingRun { Compute = TinyTraining.Compute }, default);
        using var stop = new CancellationTokenSource();
        var run = new TrainingRun { Compute = TinyTraining.Compute, CheckpointPath = tiny.Folder["stream.checkpoint"], RecordEvery = 1 };
        run.History.Added += r =>
        {
            if (r.Step == 4)
                stop.Cancel();
        };
        Assert.ThrowsAny<OperationCanceledException>(() => Fit(run, stop.Token));
        using var resumed = Fit(run with { History = new() }, default);
        foreach (var (name, value) in whole.state_dict())
            Assert.True(value.allclose(resumed.state_dict()[name], 0, 0), name);

        DensityModel Fit(TrainingRun run, CancellationToken cancellation)
        {
            using var descriptor = new Screener.Models.DescriptorModel(TinyTraining.Descriptor.Network, new Randomness.RandomStream(1));
            return DensityFitting.Fit(options, descriptor, ConditionNetworks.None, TinyTraining.Volumes(), run, cancellation)[0];
        }
    }

    [Fact]
    public void AKindThatNoClassIsCanBeReportedButNotUsed()
    {
        var read = StoredJson.Over(
            TinyTraining.Density,
            TinyAblation.Json("""{"heads":[{"condition":"none","density":{"kind":"student","degrees":3},"name":"none + student"}]}"""));
        Assert.Equal("none + student", read.Heads[0].Name);
        Assert.Contains("\"degrees\": 3", StoredJson.Write(read).ToString());
        Assert.Contains("'student'", Assert.Throws<OptionException>(read.Validate).Message);

        // A baseline keeps its options as well.
        const string Baseline = """{"kind":"memory-bank","neighbours":5}""";
        var baseline = JsonSerializer.Deserialize<BaselineOptions>(Baseline, StoredJson.Settings)!;
        Assert.Equal(Baseline, JsonSerializer.Serialize(baseline, StoredJson.Compact));
        Assert.Contains("'memory-bank'", Assert.Throws<OptionException>(baseline.Validate).Message);
    }

    [Fact]
    public void ALibrarysNameIsTaken()
    {
        var options = TinyTraining.Density with { Heads = [new(new NoCondition(), new Impostor())] };
        Assert.Contains("'glow'", Assert.Throws<OptionException>(options.Validate).Message);
    }

    [Fact]
    public void FilesFromBeforeHeadsHadOptionsAreRead()
    {
        var read = StoredJson.Over(DensityFittingOptions.Paper, TinyAblation.Json("""
            {"heads":[{"condition":"None","density":"Gaussian","name":"none + gaussian"},
            {"condition":"AnatomicalEmbedding","density":"Glow","name":"ape + glow"}],
            "gaussian":{"hiddenChannels":48,"layers":2,"kernel":3},"glow":{"blocks":8,"hiddenChannels":128},
            "sinCos":{"frequencies":3,"lowestOctave":0}}
            """));
        Assert.Equal(
            [new(new NoCondition(), GaussianDensityOptions.Quick),
                new(new AnatomicalEmbeddingCondition { Frequencies = 3, LowestOctave = 0 }, GlowDensityOptions.Quick)],
            read.Heads);
        Assert.Throws<System.Text.Json.JsonException>(
            () => StoredJson.Over(DensityFittingOptions.Quick, TinyAblation.Json("""{"glow":{"blocs":3}}""")));
    }

    private sealed record Impostor : DensityOptions
    {
        public override string Name => "glow";

        public override DensityModel Create(int featureChannels, int conditionChannels, Screener.Randomness.RandomStream random) =>
            new LaplaceDensityOptions().Create(featureChannels, conditionChannels, random);
    }
}
