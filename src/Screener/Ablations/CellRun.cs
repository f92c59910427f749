using System.Diagnostics;
using Screener.Densities;
using Screener.Evaluation;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Ablations;

/// <summary>One cell: fits its density to kept maps and scores the test cohorts from kept maps, as <see cref="ScreenerModel"/> and <see cref="CohortEvaluation"/> do from volumes.</summary>
/// <param name="grid">The grid.</param>
/// <param name="plan">The cell.</param>
/// <param name="key">Its key.</param>
/// <param name="descriptor">The descriptor.</param>
/// <param name="condition">The condition.</param>
/// <param name="volumes">The volumes.</param>
/// <param name="windows">Their windows.</param>
/// <param name="store">The kept maps.</param>
internal sealed class CellRun(AblationGrid grid, PlannedCell plan, string key, MapSource descriptor, MapSource condition, AblationVolumes volumes, AblationWindows windows, FeatureStore store)
{
    /// <summary>Runs the cell on the calling thread.</summary>
    /// <param name="compute">Device; one thread.</param>
    /// <param name="checkpoint">Where an unfinished fit is kept; null for none.</param>
    /// <param name="progress">Fraction done.</param>
    /// <param name="cancellation">Stops between steps and windows.</param>
    internal (IReadOnlyList<AblationScore> Scores, AblationCost Cost) Run(ComputeOptions compute, string? checkpoint, Action<double> progress, CancellationToken cancellation)
    {
        var device = compute.Apply();
        var clock = Stopwatch.StartNew();
        using var density = Fit(compute, device, checkpoint, f => progress(f / 2), cancellation);
        double fitted = clock.Elapsed.TotalSeconds;
        var scores = new List<AblationScore>();
        for (int cohort = 0; cohort < volumes.Tests.Count; cohort++)
        {
            scores.Add(Evaluate(density, cohort, compute, device, cancellation));
            progress(0.5 + (0.5 * (cohort + 1) / volumes.Tests.Count));
        }

        return (scores, new AblationCost(fitted, clock.Elapsed.TotalSeconds - fitted, ProcessMemory.PeakBytes, compute.ThreadCount));
    }

    private DensityModel Fit(ComputeOptions compute, Device device, string? checkpoint, Action<double> progress, CancellationToken cancellation)
    {
        var stored = windows.Training.Select((w, i) => new StoredVolume(
            w, store.Get(descriptor, w, () => volumes.Training[i], device, cancellation), condition.Key is null ? null : store.Get(condition, w, () => volumes.Training[i], device, cancellation))).ToList();
        var box = grid.PositionsPerWindow ?? windows.Training[0].Pooled;
        var maps = new StoredCrops(plan.Fitting, box, descriptor.Channels, condition, stored, volumes.Training, key);
        var run = new TrainingRun { Compute = compute, CheckpointPath = checkpoint, Progress = new Relay<TrainingProgress>(p => progress((double)p.Step / p.Steps)) };
        return DensityFitting.Fit(plan.Fitting, maps, run, device, cancellation)[0];
    }

    private AblationScore Evaluate(DensityModel density, int cohort, ComputeOptions compute, Device device, CancellationToken cancellation)
    {
        var (annotated, prepared, masks) = volumes.Tests[cohort];
        var random = new RandomStream(grid.Seed).Fork(annotated.Name);
        var options = grid.Evaluation with { Threads = compute.ThreadCount, MemoryBudget = grid.Evaluation.MemoryBudget / 2 };
        using var body = new PooledEvaluation(options, random);
        using var organ = new PooledEvaluation(options, random);
        for (int i = 0; i < prepared.Cases.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var entry = prepared.Cases[i];
            var volume = prepared.Load(entry);
            var mask = CaseMasks.Read(masks[i]);
            var map = Score(density, volume, windows.Tests[cohort][i], mask, compute, device, cancellation).Map(0, cancellation);
            body.Add(entry.Id, map, mask.Lesions, mask.Body);
            if (mask.Organ is not null)
                organ.Add(entry.Id, map, mask.Lesions, mask.Organ);
        }

        return new AblationScore(annotated.Name, body.Finish(cancellation), annotated.HasOrgans ? organ.Finish(cancellation) : null);
    }

    /// <summary>The scores of a case.</summary>
    internal ScreenedVolume Score(DensityModel density, PreparedVolume volume, VolumeWindows placed, CaseMasks mask, ComputeOptions compute, Device device, CancellationToken cancellation)
    {
        var features = store.Get(descriptor, placed, () => volume, device, cancellation);
        var conditions = condition.Key is null ? null : store.Get(condition, placed, () => volume, device, cancellation);
        var index = placed.Origins.Select((o, i) => (o, i)).ToDictionary(p => p.o, p => p.i);
        var region = AblationWindows.RegionOf(volume, mask.Body, compute.ThreadCount, cancellation);
        var maps = SlidingWindow.Run(volume, 1, windows.Options, Predict, device, region.Voxels, null, cancellation);
        return new ScreenedVolume(volume.Grid, maps, mask.Body, compute.ThreadCount);

        Tensor Predict(Tensor images, Conditions.PatchPlacement[] placements)
        {
            using var scope = NewDisposeScope();
            int[] wanted = [.. placements.Select(p => index[(p.D, p.H, p.W)])];
            var context = conditions is not null ? conditions.Read(wanted).to(device) : condition.Channels == 0 ? null : condition.Compute(images, placements, placed.Kernel);
            var scores = density.NegativeLogLikelihood(features.Read(wanted).to(device), context);
            return ScreenerModel.Spread([scores], images.shape[2..]).MoveToOuterDisposeScope();
        }
    }

    // Progress<T> would report on another thread, later.
}
