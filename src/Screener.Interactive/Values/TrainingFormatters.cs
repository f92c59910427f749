using Screener.Interactive.Cards;
using Screener.Interactive.Progress;
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
        new NotebookFormatter<TrainingProgress>(p => Progress(ProgressView.Of(p))),
        new NotebookFormatter<ProgressView>(Progress),
    ];

    /// <summary>Loss terms over the steps, and the last values.</summary>
    internal static Card History(IReadOnlyList<TrainingRecord> records)
    {
        if (records.Count == 0)
            return new Card("Training history", "no step recorded yet");
        var last = records[^1];
        return new Card(
            "Training history",
            Invariant($"{records.Count} records, to step {last.Step:#,0}"),
            new ChartsPart(
                new LinePlot("Loss", "step", "loss term", [.. Terms(last).Select(t => LineSeries.Of(t, records, t))]),
                new LinePlot(
                    "Learning rate", "step", "learning rate",
                    [new LineSeries("learning rate", [.. records.Select(r => (double)r.Step)], [.. records.Select(r => r.LearningRate)])])),
            new FactsPart([.. last.Values.Select(v => (v.Key, Number(v.Value))), ("gradient norm", Invariant($"{last.GradientNorm:G4}"))]));
    }

    // Replaced again and again: pictures only, and no library.
    private static Card Progress(ProgressView view)
    {
        var parts = new List<CardPart> { new ProgressPart(view.Fraction, view.Where) };
        if (view.Records.Count > 0)
        {
            var last = view.Records[^1];
            var terms = Terms(last);
            if (view.Records.Count > 1)
                parts.Add(
                    new ChartsPart(
                        new LinePlot(
                            string.Join(", ", terms), "step", "loss term", [.. terms.Select(t => LineSeries.Of(t, view.Records, t))]))
                    {
                        IsStill = true,
                    });
            parts.Add(new FactsPart([.. last.Values.Select(v => (v.Key, Number(v.Value)))]));
        }

        return new Card(view.What, "", parts);
    }

    // A term that is off is minus nothing: shown as 0.
    private static string Number(double value) => Invariant($"{value + 0.0:G5}");

    // The terms, or the loss where it is the only one.
    private static List<string> Terms(TrainingRecord record)
    {
        var terms = record.Values.Keys.ToList();
        return terms.Count > 1 ? [.. terms.Where(t => t != "loss")] : terms;
    }
}
