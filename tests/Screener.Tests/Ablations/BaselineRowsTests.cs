using Screener.Ablations;
using Screener.Baselines;
using Screener.Datasets;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Reporting;
using Screener.Runtime;
using Screener.Storage;

namespace Screener.Tests.Ablations;

/// <summary>Baselines as rows of a grid.</summary>
[Collection(TorchCollection.Name)]
public sealed class BaselineRowsTests(TinyAblation tiny) : IClassFixture<TinyAblation>
{
    private const string Small = """
        {"network":{"levels":2,"firstChannels":4,"mostChannels":8,"kernel":3,"codeLength":16},"medianEdge":3,
        "cropShape":{"depth":16,"height":16,"width":16},"cropsPerStep":2,
        "preprocessing":{"targetSpacing":{"depth":6,"height":6,"width":6}},"optimisation":{"steps":6}}
        """;

    private AblationGrid Grid => tiny.Grid with
    {
        Conditions = [.. tiny.Grid.Conditions.Take(2)],
        Densities = [tiny.Grid.Densities[0]],
        NetworkSeeds = [7, 8],
        Baselines = [new("code", new AutoencoderOptions(), TinyAblation.Json(Small))],
    };

    [Fact]
    public void ABaselineIsTrainedWithEachSeedOfTheNetworksAndEvaluatedAsByItself()
    {
        string folder = tiny.Folder["rows"];
        var results = AblationRunner.Run(Grid, folder, TinyAblation.Once, TestContext.Current.CancellationToken);
        Assert.Equal((2 * 2 * 2) + 2, results.Count);
        Assert.Equal(["code, seed 7", "code, seed 8"], results.Where(r => r.Cell.IsBaseline).Select(r => r.Cell.Name));
        Assert.Equal(results.Select(r => r.Cell), AblationRunner.List(Grid, folder, TinyAblation.Once).Select(c => c.Cell));
        Assert.NotEqual(results[^1].Scores[0].Body.Auroc.Value, results[^2].Scores[0].Body.Auroc.Value);

        // Its own small options over the profile's.
        var options = Assert.IsType<AutoencoderOptions>(results[^1].Baseline);
        Assert.Equal((8ul, 6), (options.Seed, options.Optimisation.Steps));
        Assert.Equal(AutoencoderOptions.Quick.Optimisation.LearningRate.Peak, options.Optimisation.LearningRate.Peak);
        Assert.NotEqual(AutoencoderOptions.Paper.Optimisation.LearningRate.Peak, options.Optimisation.LearningRate.Peak);

        // The same network by the other way to evaluate.
        using var network = BaselineFile.Read(Directory.GetFiles(Path.Combine(folder, "networks"), "code-8-*.network").Single());
        var alone = CohortEvaluation.Evaluate(
            AnnotatedCohort.Open(Grid.TestData[0]), [], [new BaselineMethod(network, overlap: Grid.Overlap)],
            new CohortEvaluationOptions { Evaluation = Grid.Evaluation }, TinyAblation.Once.Compute,
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(alone.Methods[0].Body.Auroc.Value!.Value, results[^1].Scores[0].Body.Auroc.Value!.Value, 1e-6);
        Assert.Equal(alone.Methods[0].Body.AuproAtLimit.Value!.Value, results[^1].Scores[0].Body.AuproAtLimit.Value!.Value, 1e-6);

        // Done: read, not run.
        var written = Directory.GetFiles(Path.Combine(folder, "cells")).ToDictionary(f => f, File.GetLastWriteTimeUtc);
        AblationRunner.Run(Grid, folder, TinyAblation.Once, TestContext.Current.CancellationToken);
        Assert.All(written, f => Assert.Equal(f.Value, File.GetLastWriteTimeUtc(f.Key)));
    }

    [Fact]
    public void CombinationsAreComparedWithTheBaselineOfTheirNetworksSeed()
    {
        var results = AblationRunner.Run(Grid, tiny.Folder["compared"], TinyAblation.Once, TestContext.Current.CancellationToken);
        var summary = AblationSummary.Of(Grid, results, TestContext.Current.CancellationToken);
        Assert.Equal(
            ["VICReg-8, none, Gaussian", "VICReg-8, sin-cos, Gaussian", "code"],
            summary.Averages.Where(a => a.Scope == EvaluationScope.Body).Select(a => a.Row));
        var pairs = summary.Comparisons.Where(c => c is { Factor: AblationFactor.Method, Scope: EvaluationScope.Body }).ToList();
        Assert.Equal(
            [("VICReg-8, none, Gaussian", "code"), ("VICReg-8, sin-cos, Gaussian", "code")], pairs.Select(c => (c.First, c.Second)));
        double[] differences = [.. results.Where(r => r.Cell.Condition == "none").Select(
            r => Auroc(r) - Auroc(results.Single(b => b.Cell.IsBaseline && b.Cell.NetworkSeed == r.Cell.NetworkSeed)))];
        Assert.Equal(4, differences.Length);
        Assert.Equal(differences, pairs[0].PerSeed);
        Assert.Equal(differences.Average(), pairs[0].Difference.Auroc!.Value, 1e-12);
        Assert.All(pairs, c => Assert.DoesNotContain("  ", c.Sentence, StringComparison.Ordinal));
        Assert.All(pairs, c => Assert.False(c.Sentence.EndsWith(' ')));

        // The other factors know nothing of it.
        Assert.DoesNotContain(
            summary.Comparisons, c => c.Factor != AblationFactor.Method && (c.First == "code" || c.Second == "code"));
        string page = DocumentPage.Render(AblationReport.Of(summary, results));
        Assert.Equal("autoencoder", summary.Averages.First(a => a.Row == "code").PaperDescriptor);
        Assert.Equal(
            [0.71, 0.52, null],
            new[] { "autoencoder", "supervised-flow", "my own" }.Select(
                kind => PaperResults.FindBaseline(DatasetCatalogue.Find("lidc-idri"), kind)?.Estimates[0].Value));
        Assert.Contains("10 cells: 1 descriptor, 2 conditions, 1 density, 1 baseline, ", page, StringComparison.Ordinal);

        double Auroc(AblationResult result) => result.Scores[0].Body.Auroc.Value!.Value;
    }

    [Fact]
    public void PartsMakeWhatOneMachineMakes()
    {
        string whole = tiny.Folder["whole rows"], folder = tiny.Folder["parts of rows"];
        var grid = Grid with { Conditions = [Grid.Conditions[0]], DensitySeeds = [1], NetworkSeeds = [7] };
        var second = TinyAblation.Once with { Part = new WorkPart(2, 2) };
        Assert.Throws<MissingInputException>(() => AblationRunner.Run(grid, folder, second, TestContext.Current.CancellationToken));
        AblationRunner.Run(grid, folder, TinyAblation.Once with { OnlyShared = true }, TestContext.Current.CancellationToken);
        Assert.Equal(
            "code, seed 7", Assert.Single(AblationRunner.Run(grid, folder, second, TestContext.Current.CancellationToken)).Cell.Name);
        AblationRunner.Run(grid, folder, second with { Part = new WorkPart(1, 2) }, TestContext.Current.CancellationToken);
        var one = AblationRunner.Run(grid, whole, TinyAblation.Once, TestContext.Current.CancellationToken);
        Assert.Equal(
            one.Select(r => r.Scores[0].Body.Auroc),
            AblationRunner.Run(grid, folder, TinyAblation.Once, TestContext.Current.CancellationToken).Select(r => r.Scores[0].Body.Auroc));
    }

    [Theory]
    [InlineData("""{"seed":7}""", "networkSeeds")]
    [InlineData("""{"medianEdges":3}""", "medianEdges")]
    [InlineData("""{"cropsPerStep":0}""", "CropsPerStep")]
    public void AWrongOptionIsNamedBeforeTheWork(string options, string wanted) =>
        Assert.Contains(
            wanted,
            Assert.Throws<OptionException>(
                (Grid with { Baselines = [new("code", new AutoencoderOptions(), TinyAblation.Json(options))] }).Validate).Message,
            StringComparison.OrdinalIgnoreCase);

    public static TheoryData<string> Names => [.. Kinds<BaselineOptions>.OfLibrary.Select(k => k.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void WithoutOptionsABaselineIsAsTheProfileHasIt(string name)
    {
        // A new one each time, not the library's own.
        var kind = (BaselineOptions)Activator.CreateInstance(Kinds<BaselineOptions>.Named(name, name).GetType())!;
        var grid = Grid with { Baselines = [new("b", kind)] };
        string wanted = ContentKey.Of(kind.Small with { Seed = 7 });
        Assert.Equal(wanted, ContentKey.Of(AblationPlan.Baselines(grid)[0].Options));
        Assert.Equal(wanted, ContentKey.Of(AblationPlan.Baselines(AblationGrid.Parse(grid.ToJson()))[0].Options));
        Assert.Equal(
            ContentKey.Of(kind with { Seed = 7 }), ContentKey.Of(AblationPlan.Baselines(grid with { Profile = "paper" })[0].Options));
        Assert.Contains(
            "networkSeeds", Assert.Throws<OptionException>((grid with { Baselines = [new("b", kind with { Seed = 7 })] }).Validate).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void OtherOrganLabelsMeanAnotherNetworkAndMissingOnesEndTheRunAtOnce()
    {
        string data = tiny.Folder["labelled"], folder = tiny.Folder["organs"];
        foreach (string file in Directory.GetFiles(Grid.TrainingData[0], "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(data, Path.GetRelativePath(Grid.TrainingData[0], file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        var grid = Grid with
        {
            TrainingData = [data], Conditions = [Grid.Conditions[0]], DensitySeeds = [1], NetworkSeeds = [7],
            Baselines = [new("flow", new SupervisedFlowOptions(), TinyAblation.Json("""
                {"network":{"channels":[8,16],"depths":[1,1],"descriptorChannels":4},"blocks":2,"hiddenChannels":8,
                "cropShape":{"depth":16,"height":16,"width":16},"cropsPerStep":2,
                "preprocessing":{"targetSpacing":{"depth":6,"height":6,"width":6}},"optimisation":{"steps":2}}
                """))],
        };
        AblationRunner.Run(grid, folder, TinyAblation.Once, TestContext.Current.CancellationToken);
        Assert.All(AblationRunner.List(grid, folder, TinyAblation.Once), c => Assert.NotNull(c.File));
        string[] labels = Directory.GetFiles(data, "*organs*", SearchOption.AllDirectories);
        File.Delete(labels[0]);
        string other = tiny.Folder["without labels"];
        Assert.Throws<MissingInputException>(
            () => AblationRunner.Run(grid, other, TinyAblation.Once, TestContext.Current.CancellationToken));
        Assert.False(Directory.Exists(Path.Combine(other, "networks")));
        File.Copy(Directory.GetFiles(data, "*ct.nii.gz", SearchOption.AllDirectories)[0], labels[0]);
        Assert.Null(AblationRunner.List(grid, folder, TinyAblation.Once)[^1].File);
    }

    [Fact]
    public void AGridsFileNamesThem()
    {
        var grid = AblationGrid.Parse((Grid with { Baselines = [new("draem", new DraemOptions()), .. Grid.Baselines] }).ToJson());
        Assert.Equal(
            [DraemOptions.Quick with { Seed = 7 }, DraemOptions.Quick with { Seed = 8 }],
            AblationPlan.Baselines(grid).Take(2).Select(b => b.Options));
        Assert.Throws<OptionException>((grid with { Baselines = [.. Grid.Baselines, .. Grid.Baselines] }).Validate);
        Assert.Contains(
            "two rows", Assert.Throws<OptionException>(
                (grid with { Baselines = [new("VICReg-8, none, Gaussian", new DraemOptions())] }).Validate).Message,
            StringComparison.Ordinal);
    }
}
