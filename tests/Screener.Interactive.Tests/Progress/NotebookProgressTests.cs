using Screener.Evaluation;
using Screener.Interactive.Progress;
using Screener.Training;

namespace Screener.Interactive.Tests.Progress;

public sealed class NotebookProgressTests
{
    private readonly List<ProgressView> _shown = [];
    private readonly ManualClock _clock = new();

    [Fact]
    public void ItIsShownAtOnceThenNowAndThenAndAtTheEnd()
    {
        var progress = Create();
        Assert.Equal("starting", Assert.Single(_shown).Where);
        for (int step = 1; step <= 100; step++)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.25));
            progress.Report(Training(step));
        }

        // 25 s at one update a second, the first one and the end.
        Assert.Equal(1 + 25, _shown.Count);
        Assert.Equal(1, _shown[^1].Fraction);
        Assert.Equal("step 100 of 100, 4.0 per second", _shown[^1].Where);

        // What was trained draws its curves itself.
        Assert.Empty(_shown[^1].Records);
        Assert.Equal(Enumerable.Range(1, 96).Select(s => (long)s), _shown[^2].Records.Select(r => r.Step));
        Assert.Equal(1.0 / 50, _shown[^2].Records[49].Values["loss"]);
    }

    [Fact]
    public void AnotherStageBeginsAnew()
    {
        var progress = Create();
        _clock.Advance(TimeSpan.FromMinutes(1));
        progress.Report(Training(90));
        progress.Report(Training(100));
        _clock.Advance(TimeSpan.FromMinutes(1));
        progress.Report(Training(50) with { Stage = "condition" });
        Assert.Single(_shown[^1].Records);
        Assert.Contains("condition", _shown[^1].What, StringComparison.Ordinal);
    }

    [Fact]
    public void ALongTrainingKeepsABoundedCurveWithItsEnd()
    {
        var progress = Create();
        for (int step = 1; step < 9_999; step++)
            progress.Report(Training(step, 10_000));
        _clock.Advance(TimeSpan.FromMinutes(1));
        progress.Report(Training(9_999, 10_000));
        var records = _shown[^1].Records;
        Assert.InRange(records.Count, 400, 1000);
        Assert.Equal(9_999, records[^1].Step);
        Assert.True(records.Zip(records.Skip(1)).All(p => p.First.Step < p.Second.Step));
    }

    [Fact]
    public void OtherWorkReportsItsFraction()
    {
        var progress = Create();
        _clock.Advance(TimeSpan.FromSeconds(2));
        progress.Report(0.25);
        Assert.Equal((0.25, "25 %"), (_shown[^1].Fraction, _shown[^1].Where));
        _clock.Advance(TimeSpan.FromSeconds(2));
        progress.Report(new CohortEvaluationProgress(1, 4, "case_001", 0.5));
        Assert.Equal((0.375, "1 of 4 cases done: case_001"), (_shown[^1].Fraction, _shown[^1].Where));
        progress.Report(double.NaN);
        Assert.Equal(0.375, _shown[^1].Fraction);
    }

    [Fact]
    public void ManyThreadsMayReport()
    {
        var progress = Create();
        Parallel.For(0, 500, i => progress.Report(Training(i + 1, 500)));
        Assert.True(_shown.Count >= 2);
    }

    [Fact]
    public void WhatIsLeftIsReadable()
    {
        Assert.EndsWith(
            "2 min 5 s left", ProgressView.Of(Training(10) with { Remaining = TimeSpan.FromSeconds(125) }).Where, StringComparison.Ordinal);
        Assert.EndsWith(
            "26 h 3 min left", ProgressView.Of(Training(10) with { Remaining = TimeSpan.FromMinutes((26 * 60) + 3) }).Where,
            StringComparison.Ordinal);
        Assert.EndsWith(
            "4 s left", ProgressView.Of(Training(10) with { Remaining = TimeSpan.FromSeconds(3.2) }).Where, StringComparison.Ordinal);
    }

    private NotebookProgress Create() => new(first =>
    {
        _shown.Add(first);
        return next => _shown.Add((ProgressView)next);
    }, "Evaluating", _clock);

    private static TrainingProgress Training(long step, long steps = 100) =>
        new("descriptor", step, steps, 4, TimeSpan.FromSeconds((steps - step) / 4.0),
            new Dictionary<string, double> { ["loss"] = 1.0 / step });
}
