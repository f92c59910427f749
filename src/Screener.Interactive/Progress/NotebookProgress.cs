using Screener.Datasets;
using Screener.Evaluation;
using Screener.Phantoms;
using Screener.Preprocessing;
using Screener.Training;
using static System.FormattableString;

namespace Screener.Interactive.Progress;

/// <summary>
/// Shows under a cell how far its work has come, in one place that is updated:
/// <c>new NotebookProgress(v => KernelInvocationContext.Current.Display(v).Update)</c>.
/// Pass it as the progress of a training, an evaluation or anything that reports a fraction.
/// </summary>
/// <remarks>
/// Safe to report to from any thread. The value is shown when the object is made, in the cell's own turn, and afterwards at most
/// every <see cref="Interval"/> and at the end. Does not know the notebook: how to show and update is passed in.
/// </remarks>
public sealed class NotebookProgress :
    IProgress<TrainingProgress>, IProgress<double>, IProgress<CohortProgress>, IProgress<PreparationProgress>, IProgress<DatasetProgress>,
    IProgress<CohortEvaluationProgress>, IProgress<ProtocolProgress>
{
    // A curve of more points looks the same.
    private const int MostRecords = 1000;

    private readonly Lock _gate = new();
    private readonly string _what;
    private readonly PacedView<ProgressView> _view;
    private readonly List<TrainingRecord> _records = [];
    private string _stage = "";

    /// <summary>Shows that the work is about to begin.</summary>
    /// <param name="display">Shows a value and returns how to replace it.</param>
    /// <param name="what">What is being done; trainings name themselves.</param>
    /// <param name="time">The clock.</param>
    public NotebookProgress(Func<ProgressView, Action<object>> display, string what = "Working", TimeProvider? time = null)
    {
        _what = what;
        _view = new PacedView<ProgressView>(display, new ProgressView(what, 0, "starting"), time);
    }

    /// <summary>The least time between two updates.</summary>
    public static TimeSpan Interval => PacedView<ProgressView>.Interval;

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        lock (_gate)
        {
            if (_stage != value.Stage || (_records.Count > 0 && _records[^1].Step > value.Step))
                _records.Clear();
            _stage = value.Stage;
            var view = ProgressView.Of(value);
            _records.AddRange(view.Records);
            Thin();

            // What was trained draws its own curves: at the end one line stays.
            bool isOver = view.Fraction >= 1;
            _view.Show(isOver, () => view with { Records = isOver ? [] : [.. _records] });
        }
    }

    /// <inheritdoc/>
    public void Report(double value) => Report(value, Invariant($"{value * 100:0} %"));

    /// <inheritdoc/>
    public void Report(CohortProgress value) => Report(
        (double)value.Done / value.Cases, Invariant($"case {value.Done} of {value.Cases}: {value.CaseId}{(value.Kept ? ", kept" : "")}"));

    /// <inheritdoc/>
    public void Report(PreparationProgress value) => Report(
        value.Fraction, Invariant($"{value.Done} of {value.Cases} done: {value.CaseId}"));

    /// <inheritdoc/>
    public void Report(CohortEvaluationProgress value) => Report(
        (value.Done + value.CaseFraction) / value.Cases, Invariant($"{value.Done} of {value.Cases} cases done: {value.CaseId}"));

    /// <inheritdoc/>
    public void Report(DatasetProgress value) => Report(
        (double)value.Done / value.Cases, Invariant($"{value.Done} of {value.Cases} done, {value.Rejected} rejected: {value.CaseId}"));

    /// <inheritdoc/>
    public void Report(ProtocolProgress value) => Report(value.Fraction, value.Detail, value.Title);

    private void Report(double fraction, string where, string? what = null)
    {
        var view = new ProgressView(what ?? _what, double.IsFinite(fraction) ? Math.Clamp(fraction, 0, 1) : 0, where);
        lock (_gate)
            _view.Show(view.Fraction >= 1, () => view);
    }

    // Every other record goes, but never the last.
    private void Thin()
    {
        if (_records.Count <= MostRecords)
            return;
        int kept = 0;
        for (int i = (_records.Count - 1) % 2; i < _records.Count; i += 2)
            _records[kept++] = _records[i];
        _records.RemoveRange(kept, _records.Count - kept);
    }
}
