using Screener.Ablations;
using Screener.Conditions;
using Screener.Densities;
using Screener.Imaging;
using Screener.Phantoms;
using Screener.Runtime;
using Screener.Training;
using Microsoft.Extensions.Logging.Abstractions;
using System.Text.Json.Nodes;
using TorchSharp;

namespace Screener.Tests.Ablations;

/// <summary>Four small phantoms and a grid whose cells take under a second.</summary>
public sealed class TinyAblation : IDisposable
{
    internal const string Network = """
        {"network":{"channels":[8,16],"depths":[1,1],"descriptorChannels":8},"projector":{"width":128},"volumesPerBatch":2,
        "preprocessing":{"targetSpacing":{"depth":6,"height":6,"width":6}},
        "crops":{"patchShape":{"depth":16,"height":16,"width":16},"positionsPerPair":24},
        "mask":{"blockShape":{"depth":4,"height":4,"width":4}},"optimisation":{"steps":6}}
        """;

    internal const string Fitting = """
        {"cropsPerBatch":2,"patchShape":{"depth":32,"height":32,"width":32},
        "gaussian":{"hiddenChannels":8,"layers":2},"glow":{"blocks":2,"hiddenChannels":8},"optimisation":{"steps":6}}
        """;

    public TinyAblation()
    {
        foreach (var cohort in (PhantomCohort[])[PhantomCohort.Train, PhantomCohort.LungNodules])
            PhantomCohortWriter.Write(
                Folder.FullName,
                new CohortOptions
                {
                    Cohort = cohort, Cases = 2, Seed = 11,
                    Phantom = PhantomOptions.Default with { InPlaneSpacingMin = 5, InPlaneSpacingMax = 6, SliceSpacings = [5, 6] },
                }, 2);
        Grid = new AblationGrid
        {
            Name = "tiny",
            TrainingData = [Folder["train"]],
            TestData = [Folder["lung-nodules"]],
            Descriptors = [new("VICReg-8", Json(Network))],
            Conditions = [new("none", new NoCondition()), new("sin-cos", new SinCosCondition()),
                new("masking-invariant", new MaskingInvariantCondition(), Json(Network))],
            Densities = [new("Gaussian", new GaussianDensityOptions(), Json(Fitting)),
                new("Glow", new GlowDensityOptions(), Json(Fitting))],
            DensitySeeds = [1, 2],
            WindowsPerVolume = 3,
            Overlap = 0.25,
            Evaluation = new() { BootstrapReplicates = 40, IntervalBins = 64, CurvePoints = 16, SamplesPerCase = 0 },
        };
    }

    internal TemporaryFolder Folder { get; } = new();

    internal AblationGrid Grid { get; }

    internal static AblationRun Once { get; } = new() { Compute = new ComputeOptions { Device = "cpu", Threads = 1 } };

    public void Dispose() => Folder.Dispose();

    internal static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();

    /// <summary>The map of a test case, scored by a density from the maps that a run kept.</summary>
    internal static AnomalyMap Scores(AblationGrid grid, string folder, AblationResult cell, DensityModel density, int index)
    {
        var data = new AblationData(grid, folder, 1, NullLogger.Instance);
        var volumes = data.Prepare(cell.DescriptorTraining!.Preprocessing);
        var networks = new AblationNetworks(grid, folder);
        var plan = AblationPlan.Of(grid).Single(c => c.Cell == cell.Cell);
        var descriptor = networks.Descriptor(plan.Descriptor, cell.DescriptorTraining!, volumes.TrainingKey);
        var condition = networks.Condition(plan.Condition, cell.DescriptorTraining!, volumes.TrainingKey, plan.Cell.NetworkSeed)!;
        using var sources = new MapSources(
            Once.Compute, new GroupNetworks(descriptor, new Dictionary<AblationCondition, NetworkPlan> { [plan.Condition] = condition }));
        var windows = AblationWindows.Of(grid, plan.Fitting, volumes, 1, default);
        var run = new AblationCellRun(
            grid, plan, cell.Key, sources.Descriptor, sources.Of(plan), volumes, windows,
            new FeatureStore(Path.Combine(folder, "features")));
        return run.MethodOf(density, torch.CPU).Map(run.CaseOf(0, index, Once.Compute, default).Scan);
    }
}
