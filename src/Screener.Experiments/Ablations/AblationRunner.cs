using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Screener.Conditions;
using Screener.Errors;

namespace Screener.Ablations;

/// <summary>Runs the cells of a grid.</summary>
/// <remarks>
/// Work is shared: CTs are prepared once for each preprocessing, networks trained once for each options and seed, pooled maps computed once
/// for each network, volume and window. All of it is kept in the run's folder under names that say by <see cref="Storage.ContentKey"/> what
/// it was made of, and so is each cell's JSON: grids may share the folder, where an <see cref="Storage.ArtefactStore"/> keeps one of each
/// name. A run that was stopped, even by force, goes on, and gives the numbers that it would have given.
/// </remarks>
public static class AblationRunner
{
    /// <summary>Runs the cells that are not done, several at a time.</summary>
    /// <param name="grid">What to compare.</param>
    /// <param name="folder">Where everything is kept; several grids may share it.</param>
    /// <param name="run">Device, parallelism, progress; null means the defaults.</param>
    /// <param name="cancellation">Stops at the next step or window. To stop enumerating stops the run as well.</param>
    /// <returns>Every cell's result as it arrives, those done before first.</returns>
    /// <exception cref="ScreenerException">Grid, data or networks are wrong; raised while enumerating.</exception>
    public static async IAsyncEnumerable<AblationResult> RunAsync(
        AblationGrid grid, string folder, AblationRun? run = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        run ??= new AblationRun();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var arrived = Channel.CreateUnbounded<AblationResult>();
        var work = Task.Run(() =>
        {
            try
            {
                new GridRun(grid, folder, run).Run(result => arrived.Writer.TryWrite(result), stop.Token);
                arrived.Writer.Complete();
            }
            catch (Exception e)
            {
                arrived.Writer.Complete(e); // Raised where the results are read.
            }
        }, CancellationToken.None);
        try
        {
            await foreach (var result in arrived.Reader.ReadAllAsync(CancellationToken.None))
                yield return result;
        }
        finally
        {
            stop.Cancel();
            await work;
        }
    }

    /// <summary>Runs the cells that are not done, and waits for all.</summary>
    /// <returns>The results, in the grid's order: all, or those of the part that is run.</returns>
    /// <inheritdoc cref="RunAsync"/>
    public static IReadOnlyList<AblationResult> Run(
        AblationGrid grid, string folder, AblationRun? run = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        run ??= new AblationRun();
        var results = new Dictionary<AblationCell, AblationResult>();
        new GridRun(grid, folder, run).Run(result =>
        {
            lock (results)
                results[result.Cell] = result;
        }, cancellation);
        return [.. AblationPlan.Cells(grid).Where(results.ContainsKey).Select(c => results[c])];
    }

    /// <summary>The cells of a grid, and which are done. Trains and fits nothing; volumes that were prepared before are checked.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="folder">The folder of its runs; need not exist.</param>
    /// <param name="run">Precision, which a result depends on; null means the defaults.</param>
    /// <returns>In the order of the grid; the result's file, or null for a cell that is still to be run.</returns>
    /// <exception cref="ScreenerException">Grid or data are wrong.</exception>
    public static IReadOnlyList<(AblationCell Cell, string? File)> List(AblationGrid grid, string folder, AblationRun? run = null)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new GridRun(grid, folder, run ?? new AblationRun()).List();
    }
}
