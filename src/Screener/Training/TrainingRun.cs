using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Screener.Errors;
using Screener.Runtime;
using Screener.Storage;

namespace Screener.Training;

/// <summary>
/// The circumstances of a run: nothing here changes what is learnt, except the device, precision and torch threads in
/// <see cref="Compute"/>, and they only by rounding.
/// </summary>
public sealed record TrainingRun
{
    /// <summary>Device, precision and torch threads.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;

    /// <summary>Threads that make batches.</summary>
    public int DataThreads { get; init; } = 1;

    /// <summary>Batches that may wait in memory.</summary>
    public int PrefetchedBatches { get; init; } = 4;

    /// <summary>Where the run's state is kept; null keeps none. An existing checkpoint of the same options is continued.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Steps between checkpoints.</summary>
    public int CheckpointEvery { get; init; } = 250;

    /// <summary>Steps between records of the history and progress reports.</summary>
    public int RecordEvery { get; init; } = 10;

    /// <summary>The observable history; a run fills it.</summary>
    public TrainingHistory History { get; init; } = new();

    /// <summary>Told where the run stands: at first after each step, then after each record.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Told of events: start, resume, checkpoint, end.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>A run that makes batches with half of torch's threads, at most 8.</summary>
    /// <param name="compute">Device, precision and torch threads.</param>
    public static TrainingRun Of(ComputeOptions compute)
    {
        ArgumentNullException.ThrowIfNull(compute);
        int dataThreads = Math.Clamp(compute.ThreadCount / 2, 1, 8);
        return new TrainingRun { Compute = compute, DataThreads = dataThreads, PrefetchedBatches = Math.Max(4, 2 * dataThreads) };
    }

    /// <summary>The precision in which the run of a checkpoint began: on another kind of processor it goes on in no other.</summary>
    /// <param name="checkpoint">A file that <see cref="CheckpointPath"/> named.</param>
    /// <returns>Null if there is no such file.</returns>
    /// <exception cref="ModelFileException">The file is damaged or not a checkpoint.</exception>
    public static ComputePrecision? PrecisionOf(string checkpoint)
    {
        if (!File.Exists(checkpoint))
            return null;
        using var archive = TensorArchive.Read(checkpoint);
        return CheckpointHeader.Of(archive).Precision;
    }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="OptionException">A value is out of range.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside("TrainingRun.DataThreads", DataThreads, 1, 1024);
        OptionException.ThrowIfOutside("TrainingRun.PrefetchedBatches", PrefetchedBatches, DataThreads, 65536);
        OptionException.ThrowIfOutside("TrainingRun.CheckpointEvery", CheckpointEvery, 1, int.MaxValue);
        OptionException.ThrowIfOutside("TrainingRun.RecordEvery", RecordEvery, 1, int.MaxValue);
    }
}
