using Microsoft.Extensions.Logging.Abstractions;
using Screener.Ablations;
using Screener.Datasets;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Inference;
using Screener.Models;
using Screener.Reporting;

namespace Screener.Tests.Ablations;

/// <summary>Finished models as rows of a grid.</summary>
[Collection(TorchCollection.Name)]
public sealed class ModelRowsTests(TinyAblation tiny) : IClassFixture<TinyAblation>
{
    private static readonly string Shipped = Path.Combine(RepositoryFolder.Find(), "src", "Screener.Cli", "Models", "quick.screener");

    private AblationGrid Grid => tiny.Grid with
    {
        Conditions = [tiny.Grid.Conditions[0]],
        Densities = [tiny.Grid.Densities[0]],
        DensitySeeds = [1],
        NetworkSeeds = [7, 8],
        Models = [new("one network", Shipped, "distilled"), new("its density", Shipped, "sin-cos", 0)],
    };

    [Fact]
    public void AFinishedModelIsARowThatIsEvaluatedAsByItself()
    {
        string folder = tiny.Folder["models"];
        var grid = AblationGrid.Parse(Grid.ToJson());
        Assert.Equal(Grid.Models, grid.Models);
        var results = AblationRunner.Run(grid, folder, TinyAblation.Once, TestContext.Current.CancellationToken);
        Assert.Equal(["one network", "its density"], results.Where(r => r.Cell.IsFinished).Select(r => r.Cell.Name));
        Assert.Equal(4, results.Count);
        var row = results.Single(r => r.Cell.Name == "one network");
        Assert.Equal(("quick.screener", "distilled"), (row.Finished!.File, row.Finished.Method));
        Assert.Null(row.Baseline);

        // The same by the other way to evaluate.
        using var model = ScreenerModel.Load(Shipped, TinyAblation.Once.Compute);
        foreach (var (name, _, method, overlap) in grid.Models)
        {
            var alone = CohortEvaluation.Evaluate(
                AnnotatedCohort.Open(grid.TestData[0]), [new NamedModel("shipped", model)], [],
                new CohortEvaluationOptions { Evaluation = grid.Evaluation, Heads = [method], Overlap = overlap },
                TinyAblation.Once.Compute, cancellation: TestContext.Current.CancellationToken);
            Assert.Equal(
                alone.Methods[0].Body.Auroc.Value!.Value, results.Single(r => r.Cell.Name == name).Scores[0].Body.Auroc.Value!.Value, 1e-6);
        }


        // Beside each seed of the networks, and in pages.
        var summary = AblationSummary.Of(grid, results, TestContext.Current.CancellationToken);
        var pairs = summary.Comparisons.Where(c => c is { Factor: AblationFactor.Method, Scope: EvaluationScope.Body }).ToList();
        Assert.Equal(
            [("VICReg-8, none, Gaussian", "one network"), ("VICReg-8, none, Gaussian", "its density"), ("one network", "its density")],
            pairs.Select(c => (c.First, c.Second)));
        Assert.Equal(
            results.Where(r => !r.Cell.IsBaseline).Select(r => Auroc(r) - Auroc(row)), pairs[0].PerSeed);
        Assert.Single(pairs[2].PerSeed);
        string page = DocumentPage.Render(AblationReport.Of(summary, results));
        Assert.Contains("1 density, 2 finished models, ", page, StringComparison.Ordinal);

        // Done: read, not run; and listed.
        var written = Directory.GetFiles(Path.Combine(folder, "cells")).ToDictionary(f => f, File.GetLastWriteTimeUtc);
        AblationRunner.Run(grid, folder, TinyAblation.Once, TestContext.Current.CancellationToken);
        Assert.All(written, f => Assert.Equal(f.Value, File.GetLastWriteTimeUtc(f.Key)));
        Assert.All(AblationRunner.List(grid, folder, TinyAblation.Once), c => Assert.NotNull(c.File));

        static double Auroc(AblationResult result) => result.Scores[0].Body.Auroc.Value!.Value;
    }

    [Fact]
    public void WhatAModelLacksIsNamedBeforeTheWork()
    {
        string folder = tiny.Folder["lacking"];
        var unknown = Assert.Throws<OptionException>(() => Run(Grid with { Models = [new("fast", Shipped, "slow")] }));
        Assert.Contains("'distilled'", unknown.Message, StringComparison.Ordinal);
        Assert.Throws<MissingInputException>(() => Run(Grid with { Models = [new("fast", tiny.Folder["none.screener"])] }));
        Assert.Throws<ModelFileException>(
            () => Run(Grid with { Models = [new("fast", Path.Combine(Grid.TestData[0], CohortManifestName()))] }));
        string copy = tiny.Folder["copy.screener"];
        File.Copy(Shipped, copy);
        var twice = Assert.Throws<OptionException>(
            () => Run(Grid with { Models = [new("fast", Shipped, "distilled"), new("again", copy, "distilled")] }));
        Assert.Contains("'fast' and 'again', which are the same", twice.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder, "networks")));
        Assert.False(Directory.Exists(Path.Combine(folder, "prepared")));

        void Run(AblationGrid grid) => AblationRunner.Run(grid, folder, TinyAblation.Once, TestContext.Current.CancellationToken);

        string CohortManifestName() => Path.GetFileName(Directory.GetFiles(Grid.TestData[0], "*.json")[0]);
    }

    [Fact]
    public void AFileThatIsNotThatOfTheKeyGivesNoResult()
    {
        var preprocessing = AblationPlan.TrainingOf(Grid, Grid.Descriptors[0], seed: 7).Preprocessing;
        var volumes = new AblationData(Grid, tiny.Folder["replaced"], 1, NullLogger.Instance).Prepare(preprocessing);
        var run = new ModelRun(Grid, Grid.Models[0], preprocessing, TinyAblation.Once.Compute);
        string key = run.KeyOf(volumes)!;
        Assert.Equal(key, Evaluate(key).Key);
        Assert.Contains(
            "another file", Assert.Throws<MissingInputException>(() => Evaluate(key[1..] + "0")).Message, StringComparison.Ordinal);

        AblationResult Evaluate(string of) =>
            run.Evaluate(of, volumes, TinyAblation.Once.Compute, _ => { }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void OneModelIsNotTwoRowsAndNoRowHasTwoNames()
    {
        AblationModel model = new("fast", Shipped, "distilled");
        Assert.Throws<OptionException>((Grid with { Models = [model, model] }).Validate);
        Assert.Throws<OptionException>((Grid with { Models = [model, model with { Name = "fast again" }] }).Validate);
        Assert.Throws<OptionException>((Grid with { Models = [model with { Name = "VICReg-8, none, Gaussian" }] }).Validate);
        Assert.Throws<OptionException>((Grid with { Models = [model with { File = "" }] }).Validate);
        Assert.Throws<OptionException>(
            (Grid with { Models = [model], Baselines = [new("fast", new Screener.Baselines.DraemOptions())] }).Validate);
    }
}
