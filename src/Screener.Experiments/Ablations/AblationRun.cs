using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Screener.Conditions;
using Screener.Errors;
using Screener.Runtime;

namespace Screener.Ablations;

/// <summary>Where a grid stands.</summary>
/// <param name="Done">Cells that are finished.</param>
/// <param name="Cells">Cells in all.</param>
/// <param name="Now">What is being done.</param>
/// <param name="Fraction">How much of that is done, 0 to 1.</param>
/// <param name="Remaining">The time left for the cells at the speed so far, networks not counted; null before the first cell is
/// finished.</param>
public readonly record struct AblationProgress(int Done, int Cells, string Now, double Fraction, TimeSpan? Remaining)
{
    /// <summary>Whether <see cref="Now"/> is a cell, or else something that cells share.</summary>
    public bool IsCell { get; init; }
}

/// <summary>
/// The circumstances of a grid's run. Only device, precision and torch threads of <see cref="Compute"/> can change the numbers, through the
/// networks.
/// </summary>
public sealed record AblationRun
{
    /// <summary>
    /// Device, precision and threads of networks. Cells are computed by one thread each, so that their numbers do not depend on how many
    /// run.
    /// </summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;

    /// <summary>Cells at a time; 0 means one per processor thread, or one on a GPU. Fewer run where memory is short.</summary>
    public int Parallel { get; init; }

    /// <summary>The part of the cells that is run; null means all. Networks must be there: see <see cref="OnlyShared"/>.</summary>
    public WorkPart? Part { get; init; }

    /// <summary>Whether only what cells share is made: volumes, networks, kept features.</summary>
    public bool OnlyShared { get; init; }

    /// <summary>Told where the run stands, from several threads.</summary>
    public IProgress<AblationProgress>? Progress { get; init; }

    /// <summary>Told of events.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="OptionException">A value is out of range.</exception>
    public void Validate() => OptionException.ThrowIfOutside("AblationRun.Parallel", Parallel, 0, 1024);
}
