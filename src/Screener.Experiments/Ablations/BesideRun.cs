using System.Diagnostics;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;

namespace Screener.Ablations;

/// <summary>What stands beside a grid's combinations: one method, evaluated as every other cell.</summary>
/// <param name="grid">The grid.</param>
/// <param name="cell">The cell.</param>
internal abstract class BesideRun(AblationGrid grid, AblationCell cell)
{
    /// <summary>The grid.</summary>
    protected AblationGrid Grid => grid;

    /// <summary>The cell.</summary>
    internal AblationCell Cell => cell;

    /// <summary>What is missing or wrong ends a run before its work.</summary>
    /// <exception cref="ScreenerException">It is.</exception>
    internal abstract void RequireInputs(Func<PreprocessingOptions, AblationVolumes> volumes);

    /// <summary>How the volumes are prepared whose masks it is counted with.</summary>
    internal abstract PreprocessingOptions Preprocessing { get; }

    /// <summary>The file of its network; may have to be made.</summary>
    internal abstract string PathOf(AblationVolumes volumes);

    /// <summary>Trains the network if its file is not there, or not whole.</summary>
    /// <exception cref="ScreenerException">Training failed.</exception>
    internal abstract void RequireNetwork(AblationVolumes volumes, TrainingRun training, CancellationToken cancellation);

    /// <summary>Memory beside the maps.</summary>
    internal virtual long Bytes => 1L << 30;

    /// <summary>What the result depends on; null while the network is not there.</summary>
    internal string? KeyOf(AblationVolumes volumes) => ContentKey.OfFile(PathOf(volumes)) is { } network
        ? ContentKey.Of(DependsOn(network, volumes))
        : null;

    /// <summary>Scores all test cohorts on the calling thread.</summary>
    /// <param name="key">The result's key.</param>
    /// <param name="volumes">The volumes.</param>
    /// <param name="compute">Device; one thread.</param>
    /// <param name="progress">Fraction done.</param>
    /// <param name="cancellation">Stops between windows.</param>
    /// <exception cref="MissingInputException">The file is another one than that of the key.</exception>
    internal AblationResult Evaluate(
        string key, AblationVolumes volumes, ComputeOptions compute, Action<double> progress, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        compute.Apply();
        using var opened = Open(volumes, compute);
        if (KeyOf(volumes) != key)
            throw new MissingInputException(
                PathOf(volumes), "another file than when the run began", "the same until its end", "Run the grid again.");
        var scores = new List<AblationScore>();
        foreach (var test in volumes.Tests)
        {
            scores.Add(test.Evaluate(opened.Method, grid, compute, i => test.CaseOf(i, compute, cancellation), cancellation));
            progress((double)scores.Count / volumes.Tests.Count);
        }

        return opened.Describe(new AblationResult
        {
            Cell = cell,
            Key = key,
            Scores = scores,
            Cost = new AblationCost(0, clock.Elapsed.TotalSeconds, ProcessMemory.PeakBytes, compute.ThreadCount),
            Libraries = LibraryVersions.All(),
        });
    }

    /// <summary>What the result depends on; its names and their order are part of every key that stands on a disk.</summary>
    /// <param name="network">The content of the network's file.</param>
    /// <param name="volumes">The volumes.</param>
    protected abstract object DependsOn(string network, AblationVolumes volumes);

    /// <summary>Opens the network.</summary>
    protected abstract Opened Open(AblationVolumes volumes, ComputeOptions compute);

    /// <summary>A method with what it owns.</summary>
    /// <param name="Method">The method.</param>
    /// <param name="Owned">What is disposed of with it.</param>
    /// <param name="Describe">Adds to a result what it is of.</param>
    protected sealed record Opened(AnomalyMethod Method, IDisposable Owned, Func<AblationResult, AblationResult> Describe) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => Owned.Dispose();
    }
}
