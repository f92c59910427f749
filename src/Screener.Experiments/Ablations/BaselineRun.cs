using System.Diagnostics;
using Screener.Baselines;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Inference;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;

namespace Screener.Ablations;

/// <summary>A baseline of a grid with one seed: trained once, kept, and evaluated as every other cell.</summary>
/// <param name="grid">The grid.</param>
/// <param name="plan">The baseline.</param>
/// <param name="folder">The grid's folder.</param>
/// <param name="precision">On which a result depends.</param>
internal sealed class BaselineRun(AblationGrid grid, PlannedBaseline plan, string folder, ComputePrecision precision)
{
    // All label files are read to know it.
    private string? _path;

    /// <summary>The baseline.</summary>
    internal PlannedBaseline Plan => plan;

    /// <summary>The file of its network; may have to be made.</summary>
    /// <exception cref="MissingInputException">It learns from organ labels, and a CT has none.</exception>
    internal string PathOf(AblationVolumes volumes) => _path ??= AblationNetworks.PathOf(
        folder, plan.Cell.Descriptor, plan.Cell.NetworkSeed,
        new
        {
            baseline = plan.Options, volumes.TrainingKey,
            organs = plan.Options is SupervisedOptions ? OrganLabels.KeyOf(volumes.TrainingCohort) : null,
        });

    /// <summary>What the result depends on; null while the network is not there.</summary>
    internal string? KeyOf(AblationVolumes volumes) => ContentKey.OfFile(PathOf(volumes)) is not { } network
        ? null
        : ContentKey.Of(new
        {
            arithmetic = ContentKey.Arithmetic,
            baseline = network,
            grid.Overlap,
            grid.Seed,
            evaluation = grid.Evaluation with { Threads = 0 },
            precision,
            volumes.TestKeys,
        });

    /// <summary>Trains the network if its file is not there, or not whole.</summary>
    /// <exception cref="ScreenerException">Training failed.</exception>
    internal void RequireNetwork(AblationVolumes volumes, TrainingRun training, CancellationToken cancellation)
    {
        string path = PathOf(volumes);
        AblationNetworks.Require(
            path, training, BaselineFile.Read, t => BaselineTraining.Train(plan.Options, [volumes.Training], t, cancellation),
            (network, history) => BaselineFile.Write(path, network, history));
    }

    /// <summary>Scores all test cohorts on the calling thread.</summary>
    /// <param name="key">The result's key.</param>
    /// <param name="volumes">The volumes.</param>
    /// <param name="compute">Device; one thread.</param>
    /// <param name="progress">Fraction done.</param>
    /// <param name="cancellation">Stops between windows.</param>
    internal AblationResult Evaluate(
        string key, AblationVolumes volumes, ComputeOptions compute, Action<double> progress, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        compute.Apply();
        using var network = BaselineFile.Read(PathOf(volumes));
        var method = new BaselineMethod(network, plan.Cell.Name, grid.Overlap);
        var scores = new List<AblationScore>();
        foreach (var test in volumes.Tests)
        {
            scores.Add(test.Evaluate(method, grid, compute, i => test.CaseOf(i, compute, cancellation), cancellation));
            progress((double)scores.Count / volumes.Tests.Count);
        }

        return new AblationResult
        {
            Cell = plan.Cell,
            Key = key,
            Baseline = network.Options,
            Scores = scores,
            Cost = new AblationCost(0, clock.Elapsed.TotalSeconds, ProcessMemory.PeakBytes, compute.ThreadCount),
            Libraries = LibraryVersions.All(),
        };
    }
}
