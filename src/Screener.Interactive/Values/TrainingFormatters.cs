using Screener.Interactive.Cards;
using Screener.Reporting;
using Screener.Training;
using static System.FormattableString;

namespace Screener.Interactive.Values;

/// <summary>The course of trainings.</summary>
internal static class TrainingFormatters
{
    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<TrainingHistory>(h => History(h.Records)),
        new NotebookFormatter<IReadOnlyList<TrainingRecord>>(History),
        new NotebookFormatter<TrainingProgress>(Progress),
    ];

    /// <summary>Loss terms over the steps, and the last values.</summary>
    internal static Card History(IReadOnlyList<TrainingRecord> records)
    {
        if (records.Count == 0)
            return new Card("Training history", "no step recorded yet");
        var last = records[^1];
        var terms = last.Values.Keys.ToList();
        var shown = terms.Count > 1 ? [.. terms.Where(t => t != "loss")] : terms;
        return new Card(
            "Training history",
            Invariant($"{records.Count} records, to step {last.Step:#,0}"),
            new ChartsPart(
                new LinePlot("Loss", "step", "loss term", [.. shown.Select(t => LineSeries.Of(t, records, t))]),
                new LinePlot("Learning rate", "step", "learning rate", [new LineSeries("learning rate", [.. records.Select(r => (double)r.Step)], [.. records.Select(r => r.LearningRate)])])),
            new FactsPart([.. last.Values.Select(v => (v.Key, Invariant($"{v.Value:G5}"))), ("gradient norm", Invariant($"{last.GradientNorm:G4}"))]));
    }

    private static Card Progress(TrainingProgress p) => new(
        $"Training: {p.Stage}",
        Invariant($"step {p.Step:#,0} of {p.Steps:#,0}, {p.StepsPerSecond:0.0} steps/s, {p.Remaining:hh\\:mm\\:ss} left"),
        new FactsPart([.. p.Values.Select(v => (v.Key, Invariant($"{v.Value:G5}")))]));
}
