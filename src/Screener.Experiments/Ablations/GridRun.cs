using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Screener.Conditions;
using Screener.Datasets;
using Screener.Evaluation;
using Screener.Errors;
using Screener.Preprocessing;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Ablations;

/// <summary>One run of a grid: descriptor by descriptor, so that results arrive early.</summary>
internal sealed class GridRun
{
    private readonly AblationGrid _grid;
    private readonly AblationRun _run;
    private readonly string _folder;
    private readonly IReadOnlyList<AblationCell> _all;
    private readonly IReadOnlyList<PlannedCell> _cells;
    private readonly IReadOnlyList<BesideRun> _beside;
    private readonly AblationData _data;
    private readonly AblationNetworks _networks;
    private readonly FeatureStore _store;
    private readonly Stopwatch _cellClock = new();
    private int _done, _computed;

    internal GridRun(AblationGrid grid, string folder, AblationRun run)
    {
        grid.Validate();
        run.Validate();
        (_grid, _folder, _run) = (grid, folder, run);
        _all = AblationPlan.Cells(grid);
        _cells = AblationPlan.Of(grid);
        _data = new AblationData(grid, folder, run.Compute.ThreadCount, run.Logger);
        _networks = new AblationNetworks(grid, folder);
        var preprocessing = grid.Models.Count == 0
            ? null : _networks.DescriptorOptions(grid.Descriptors[0], grid.NetworkSeeds[0]).Preprocessing;
        _beside = [
            .. AblationPlan.Baselines(grid).Select(b => new BaselineRun(grid, b, folder, run.Compute.Precision)),
            .. grid.Models.Select(m => new ModelRun(grid, m, preprocessing!, run.Compute))];
        _store = new FeatureStore(Path.Combine(folder, "features"));
    }

    /// <summary>Runs all cells that are not done.</summary>
    /// <param name="arrived">Handed every result, from several threads.</param>
    /// <param name="cancellation">Stops the run.</param>
    internal void Run(Action<AblationResult> arrived, CancellationToken cancellation)
    {
        // Models first: labels are looked for in volumes that may have to be made.
        List<ModelRun> models = [.. _beside.OfType<ModelRun>()];
        foreach (var beside in models.Concat(_beside.Except(models)))
            beside.RequireInputs(options => VolumesOf(options, cancellation));
        AblationGrid.RequireDifferent(nameof(AblationGrid.Models), models, m => m.Cell.Name, m => m.Identity);
        foreach (var group in Groups())
        {
            var options = _networks.DescriptorOptions(group.Descriptor, group.Seed);
            var volumes = _data.Prepare(options.Preprocessing, (f, what) => Tell(what, f), cancellation);
            var networks = NetworksOf(group, options, volumes);
            foreach (var plan in networks.All)
            {
                RequireShared(plan.Path);
                AblationNetworks.Require(plan, volumes, RunOf(plan.Title), cancellation);
            }

            var missing = new List<(PlannedCell Cell, string Key)>();
            foreach (var cell in group.Cells.Where(c => IsMine(c.Cell)))
            {
                string key = KeyOf(cell, networks, volumes)!;
                if (!_run.OnlyShared && !IsUnnamed(cell) && Done(cell.Cell, key) is { } result)
                {
                    _done++;
                    arrived(result);
                }
                else
                {
                    missing.Add((cell, key));
                }
            }

            if (missing.Count > 0)
                RunCells(missing, options, networks, volumes, arrived, cancellation);
        }

        RunBeside(arrived, cancellation);
        _run.Compute.Apply();
    }

    /// <summary>The cells, and the files of those that are done.</summary>
    internal IReadOnlyList<(AblationCell Cell, string? File)> List()
    {
        var files = new Dictionary<AblationCell, string?>();
        foreach (var group in Groups())
        {
            var options = _networks.DescriptorOptions(group.Descriptor, group.Seed);
            var volumes = _data.Standing(options.Preprocessing);
            foreach (var cell in group.Cells)
            {
                string? key = volumes is null ? null : KeyOf(cell, NetworksOf(group, options, volumes), volumes);
                files[cell.Cell] = key is not null && !IsUnnamed(cell) && Done(cell.Cell, key) is not null ? FileOf(key) : null;
            }
        }

        foreach (var beside in _beside)
            files[beside.Cell] = FileIfDone(beside);

        return [.. _all.Select(c => (c, files[c]))];
    }

    private string? FileIfDone(BesideRun beside) =>
        _data.Standing(beside.Preprocessing) is { } volumes && beside.KeyOf(volumes) is { } key && Done(beside.Cell, key) is not null
            ? FileOf(key)
            : null;

    private bool IsMine(AblationCell cell) => _run.Part is not { } part || part.Has(_all.Index().First(c => c.Item == cell).Index);

    // Several machines would train the same.
    private void RequireShared(string network)
    {
        if (_run.Part is not null && !File.Exists(network))
        {
            throw new MissingInputException(
                network, "a network that was not trained", "what cells share, before they are run in parts",
                "Make it first, with --shared.");
        }
    }

    private void RunBeside(Action<AblationResult> arrived, CancellationToken cancellation)
    {
        var missing = new List<(BesideRun Beside, AblationVolumes Volumes, string Key)>();
        foreach (var beside in _beside)
        {
            var volumes = VolumesOf(beside.Preprocessing, cancellation);
            if (!beside.Cell.IsFinished)
                RequireShared(beside.PathOf(volumes));
            beside.RequireNetwork(volumes, RunOf($"training {beside.Cell.Name}"), cancellation);
            string key = beside.KeyOf(volumes)!;
            if (_run.OnlyShared || !IsMine(beside.Cell))
                continue;
            if (Done(beside.Cell, key) is { } result)
            {
                _done++;
                arrived(result);
            }
            else
            {
                missing.Add((beside, volumes, key));
            }
        }

        RunTogether(
            missing, c => Need(c.Volumes, c.Beside.Preprocessing) + c.Beside.Bytes,
            (c, compute) => c.Beside.Evaluate(
                c.Key, c.Volumes, compute, f => Tell(c.Beside.Cell.Name, f, isCell: true), cancellation),
            arrived, cancellation);
    }

    private AblationVolumes VolumesOf(PreprocessingOptions options, CancellationToken cancellation) =>
        _data.Prepare(options, (f, what) => Tell(what, f), cancellation);

    private IEnumerable<Group> Groups() =>
        _cells.GroupBy(c => (c.Descriptor, c.Cell.NetworkSeed)).Select(g => new Group(g.Key.Descriptor, g.Key.NetworkSeed, [.. g]));

    private GroupNetworks NetworksOf(Group group, PretrainingOptions options, AblationVolumes volumes) => new(
        _networks.Descriptor(group.Descriptor, options, volumes.TrainingKey),
        group.Cells.Select(c => c.Condition).Distinct().Select(
            c => (Condition: c, Plan: _networks.Condition(c, options, volumes.TrainingKey, group.Seed)))
            .Where(p => p.Plan is not null).ToDictionary(p => p.Condition, p => p.Plan!));

    private TrainingRun RunOf(string title) => TrainingRun.Of(_run.Compute) with
    {
        Logger = _run.Logger, Progress = new Relay<TrainingProgress>(p => Tell(title, (double)p.Step / p.Steps)),
    };

    private void RunCells(
        List<(PlannedCell Cell, string Key)> cells, PretrainingOptions descriptor, GroupNetworks networks, AblationVolumes volumes,
        Action<AblationResult> arrived, CancellationToken cancellation)
    {
        using var sources = new MapSources(_run.Compute, networks);
        var windows = new Dictionary<object, AblationWindows>();
        foreach (var (cell, _) in cells)
        {
            var key = (cell.Fitting.PatchShape, cell.Fitting.PoolKernel);
            if (!windows.TryGetValue(key, out var placed))
                windows[key] = placed = AblationWindows.Of(_grid, cell.Fitting, volumes, _run.Compute.ThreadCount, cancellation);
            Keep(sources.Descriptor, placed, volumes, $"features of {cell.Cell.Descriptor}", cancellation);
            if (sources.Of(cell) is { Key: not null } condition)
                Keep(condition, placed, volumes, $"condition maps of {cell.Cell.Condition}", cancellation);
        }

        if (_run.OnlyShared)
            return;

        RunTogether(cells, c => Need(volumes, descriptor, c.Cell), (work, compute) =>
        {
            var (cell, key) = work;
            var placed = windows[(cell.Fitting.PatchShape, cell.Fitting.PoolKernel)];
            var (scores, cost) = new AblationCellRun(_grid, cell, key, sources.Descriptor, sources.Of(cell), volumes, placed, _store)
                .Run(
                    compute, IsUnnamed(cell) ? null : CheckpointOf(key), f => Tell(cell.Cell.Name, f, isCell: true), cancellation);
            return new AblationResult
            {
                Cell = cell.Cell,
                Key = key,
                Density = cell.Head.Density,
                Condition = cell.Head.Condition,
                DescriptorTraining = descriptor,
                ConditionTraining = networks.Conditions.TryGetValue(cell.Condition, out var plan) ? plan.Options : null,
                Fitting = cell.Fitting,
                Scores = scores,
                Cost = cost,
                Libraries = LibraryVersions.All(),
            };
        }, arrived, cancellation);
    }

    // Each cell has one thread, whatever their number: another number of threads would give other last bits.
    private void RunTogether<T>(
        IReadOnlyList<T> cells, Func<T, long> need, Func<T, ComputeOptions, AblationResult> run, Action<AblationResult> arrived,
        CancellationToken cancellation)
    {
        var compute = _run.Compute with { Threads = 1 };
        bool isGpu = ComputeDevice.Resolve(_run.Compute.Device).type != DeviceType.CPU;
        var gate = new MemoryGate(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);
        var parallel = new ParallelOptions
        {
            CancellationToken = cancellation,
            MaxDegreeOfParallelism = _run.Parallel > 0 ? _run.Parallel : isGpu ? 1 : _run.Compute.ThreadCount,
        };
        _cellClock.Start();
        try
        {
            Parallel.ForEach(Partitioner.Create(cells, EnumerablePartitionerOptions.NoBuffering), parallel, cell =>
            {
                using var room = gate.Enter(need(cell), cancellation);
                var result = run(cell, compute);
                AblationResultFile.Write(FileOf(result.Key), result);
                File.Delete(CheckpointOf(result.Key));
                Interlocked.Increment(ref _done);
                Interlocked.Increment(ref _computed);
                _run.Logger.LogInformation(
                    "cell {Cell}: fitted in {Fit:0.0} s, evaluated in {Evaluation:0.0} s", result.Cell.Name, result.Cost.FitSeconds,
                    result.Cost.EvaluationSeconds);
                Tell(result.Cell.Name, 1, isCell: true);
                arrived(result);
            });
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<ScreenerException>().FirstOrDefault() is { } first)
        {
            throw first;
        }
        finally
        {
            _cellClock.Stop();
        }
    }

    private void Keep(MapSource source, AblationWindows placed, AblationVolumes volumes, string what, CancellationToken cancellation)
    {
        var device = _run.Compute.Apply();
        _store.RequireRoom(source, placed.Training.Concat(placed.Tests.SelectMany(t => t)));
        double all = placed.Training.Count + placed.Tests.Sum(t => t.Count), done = 0;
        for (int i = 0; i < placed.Training.Count; i++)
            KeepOne(placed.Training[i], () => volumes.Training[i]);
        for (int cohort = 0; cohort < placed.Tests.Count; cohort++)
        {
            var prepared = volumes.Tests[cohort].Volumes;
            for (int i = 0; i < placed.Tests[cohort].Count; i++)
                KeepOne(placed.Tests[cohort][i], () => prepared.Load(prepared.Cases[i]));
        }

        void KeepOne(VolumeWindows windows, Func<PreparedVolume> volume)
        {
            _store.Get(source, windows, volume, device, cancellation);
            Tell(what, ++done / all);
        }
    }

    // Maps and masks on the CT's grid, counted scores.
    private static long Need(AblationVolumes volumes, PreprocessingOptions preprocessing)
    {
        long prepared = volumes.Tests.SelectMany(t => t.Volumes.Cases).Max(c => (long)c.Shape[0] * c.Shape[1] * c.Shape[2]);
        double perVoxel = preprocessing.TargetSpacing.VoxelVolume;
        return (128L << 20) + PooledEvaluation.MostBytes + (long)(prepared * (12 + (32 * Math.Max(1, perVoxel / 2))));
    }

    // With them kept maps of one batch and the density's activations.
    private static long Need(AblationVolumes volumes, PretrainingOptions descriptor, PlannedCell cell)
    {
        long positions = 4L * cell.Fitting.PatchShape.VoxelCount / cell.Fitting.PoolKernel.VoxelCount;
        return Need(volumes, descriptor.Preprocessing)
            + (positions * (descriptor.Network.DescriptorChannels + cell.Head.Density.Width) * 16);
    }

    // A reader's condition that does not say what its numbers depend on: nothing of an earlier run is taken, no half of a fit either.
    private static bool IsUnnamed(PlannedCell cell) => cell.Head.Condition.ContentKey is null;

    private AblationResult? Done(AblationCell cell, string key)
    {
        if (!File.Exists(FileOf(key)))
            return null;
        try
        {
            return AblationResultFile.Read(FileOf(key)) with { Cell = cell };
        }
        catch (ManifestException e)
        {
            _run.Logger.LogWarning("{Message} It is run again.", e.Message);
            return null;
        }
    }

    // What a result depends on. Null while a network is not there.
    private string? KeyOf(PlannedCell cell, GroupNetworks networks, AblationVolumes volumes)
    {
        string? descriptor = networks.Descriptor.Key;
        string? condition = networks.Conditions.TryGetValue(cell.Condition, out var plan) ? plan.Key : "";
        if (descriptor is null || condition is null)
            return null;
        return ContentKey.Of(new
        {
            arithmetic = ContentKey.Arithmetic,
            descriptor,
            condition,
            own = cell.Head.Condition.ContentKey,
            cell.Fitting,
            _grid.WindowsPerVolume,
            _grid.PositionsPerWindow,
            _grid.Overlap,
            _grid.Profile,
            _grid.Seed,
            evaluation = _grid.Evaluation with { Threads = 0 },
            precision = _run.Compute.Precision,
            volumes.TrainingKey,
            volumes.TestKeys,
        });
    }

    private string FileOf(string key) => Path.Combine(_folder, "cells", key + ".json");

    private string CheckpointOf(string key) => FileOf(key) + ".checkpoint";

    private void Tell(string now, double fraction, bool isCell = false)
    {
        int done = Volatile.Read(ref _done), computed = Volatile.Read(ref _computed);
        TimeSpan? left = computed == 0 ? null : _cellClock.Elapsed / computed * (_all.Count - done);
        _run.Progress?.Report(new AblationProgress(done, _all.Count, now, fraction, left) { IsCell = isCell });
    }

    /// <summary>The cells over one descriptor.</summary>
    private sealed record Group(AblationDescriptor Descriptor, ulong Seed, IReadOnlyList<PlannedCell> Cells);
}
