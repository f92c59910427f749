using Screener.Ablations;
using Screener.Conditions;
using static System.FormattableString;

namespace Screener.Interactive.Progress;

/// <summary>
/// Shows under a cell how far a grid of ablations has come and what it gave so far, in one place that is updated:
/// <c>new AblationBoard(v => KernelInvocationContext.Current.Display(v).Update, grid, run)</c>. Pass it as the run's
/// progress, and add each result as it arrives.
/// </summary>
/// <remarks>Safe to use from any thread. The bar moves at most every second; a result is shown at once.</remarks>
public sealed class AblationBoard : IProgress<AblationProgress>
{
    private readonly Lock _gate = new();
    private readonly IReadOnlyList<AblationCell> _cells;
    private readonly string _title;
    private readonly List<AblationResult> _results = [];
    private readonly PacedView<AblationView> _view;
    private ProgressView _progress;

    /// <summary>Shows that the grid is about to be run.</summary>
    /// <param name="display">Shows a value and returns how to replace it.</param>
    /// <param name="grid">The grid.</param>
    /// <param name="time">The clock.</param>
    public AblationBoard(Func<AblationView, Action<object>> display, AblationGrid grid, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(grid);
        _cells = [.. AblationPlan.Cells(grid)];
        _title = Invariant($"{grid.Name}: {_cells.Count} cells");
        _progress = new ProgressView(_title, 0, "starting");
        _view = new PacedView<AblationView>(display, View(), time);
    }

    /// <summary>What has arrived, in the grid's order.</summary>
    public IReadOnlyList<AblationResult> Results
    {
        get
        {
            lock (_gate)
                return [.. _results.OrderBy(r => Array.IndexOf([.. _cells], r.Cell))];
        }
    }

    /// <inheritdoc/>
    public void Report(AblationProgress value)
    {
        string left = value.Remaining is { } time && value.Done < value.Cells ? $", about {ProgressView.Left(time)} left" : "";
        lock (_gate)
        {
            // Half of the cell under way: cells run beside each other, and each tells of itself only.
            double done = value.Done + (value.Done < value.Cells ? 0.5 * value.Fraction : 0);
            _progress = new ProgressView(
                _title, value.Cells == 0 ? 1 : done / value.Cells, Invariant($"{value.Done} of {value.Cells} done, now {value.Now}{left}"));
            _view.Show(false, View);
        }
    }

    /// <summary>Adds a result.</summary>
    public void Add(AblationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        lock (_gate)
        {
            _results.Add(result);
            if (_results.Count == _cells.Count)
                _progress = new ProgressView(_title, 1, "all done");
            _view.Show(true, View);
        }
    }

    private AblationView View() => new(_progress, AblationView.Of([.. _results], _cells));
}
