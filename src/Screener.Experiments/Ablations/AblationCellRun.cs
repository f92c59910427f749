using System.Diagnostics;
using Screener.Densities;
using Screener.Evaluation;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Runtime;
using Screener.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Ablations;

/// <summary>
/// One cell: fits its density to kept maps and scores the test cohorts from kept maps, as <see cref="ScreenerModel"/> and
/// <see cref="CohortEvaluation"/> do from volumes.
/// </summary>
/// <param name="grid">The grid.</param>
/// <param name="plan">The cell.</param>
/// <param name="key">Its key.</param>
/// <param name="descriptor">The descriptor.</param>
/// <param name="condition">The condition.</param>
/// <param name="volumes">The volumes.</param>
/// <param name="windows">Their windows.</param>
/// <param name="store">The kept maps.</param>
internal sealed class AblationCellRun(
    AblationGrid grid, PlannedCell plan, string key, MapSource descriptor, MapSource condition, AblationVolumes volumes,
    AblationWindows windows, FeatureStore store)
{
    /// <summary>Runs the cell on the calling thread.</summary>
    /// <param name="compute">Device; one thread.</param>
    /// <param name="checkpoint">Where an unfinished fit is kept; null for none.</param>
    /// <param name="progress">Fraction done.</param>
    /// <param name="cancellation">Stops between steps and windows.</param>
    internal (IReadOnlyList<AblationScore> Scores, AblationCost Cost) Run(
        ComputeOptions compute, string? checkpoint, Action<double> progress, CancellationToken cancellation)
    {
        var device = compute.Apply();
        var clock = Stopwatch.StartNew();
        using var density = Fit(compute, device, checkpoint, f => progress(f / 2), cancellation);
        double fitted = clock.Elapsed.TotalSeconds;
        var scores = new List<AblationScore>();
        for (int cohort = 0; cohort < volumes.Tests.Count; cohort++)
        {
            int place = cohort;
            scores.Add(
                volumes.Tests[cohort].Evaluate(
                    MethodOf(density, device), grid, compute, i => CaseOf(place, i, compute, cancellation), cancellation));
            progress(0.5 + (0.5 * (cohort + 1) / volumes.Tests.Count));
        }

        return (scores, new AblationCost(fitted, clock.Elapsed.TotalSeconds - fitted, ProcessMemory.PeakBytes, compute.ThreadCount));
    }

    private DensityModel Fit(
        ComputeOptions compute, Device device, string? checkpoint, Action<double> progress, CancellationToken cancellation)
    {
        var stored = windows.Training.Select((w, i) => new StoredVolume(
            w, store.Get(descriptor, w, () => volumes.Training[i], device, cancellation),
            condition.Key is null ? null : store.Get(condition, w, () => volumes.Training[i], device, cancellation))).ToList();
        var box = grid.PositionsPerWindow ?? windows.Training[0].Pooled;
        var maps = new StoredCrops(plan.Fitting, box, descriptor.Channels, condition, stored, volumes.Training, key);
        var run = new TrainingRun
        {
            Compute = compute, CheckpointPath = checkpoint, Progress = new Relay<TrainingProgress>(p => progress((double)p.Step / p.Steps)),
        };
        return DensityFitting.Fit(plan.Fitting, maps, run, device, cancellation)[0];
    }

    /// <summary>The anomaly method that a density and the kept maps make.</summary>
    internal KeptMapMethod MethodOf(DensityModel density, Device device) =>
        new(plan.Cell.Name, density, descriptor, condition, store, windows.Options, device);

    /// <summary>A test case, with its windows for <see cref="KeptMapMethod"/>.</summary>
    internal EvaluationCase CaseOf(int cohort, int index, ComputeOptions compute, CancellationToken cancellation)
    {
        var scored = volumes.Tests[cohort].CaseOf(index, compute, cancellation);
        var prepared = volumes.Tests[cohort].Volumes;
        scored.Scan.Shared(
            typeof(KeptWindows), () => new KeptWindows(prepared.Load(prepared.Cases[index]), windows.Tests[cohort][index]));
        return scored;
    }
}
