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
    internal static Document History(IReadOnlyList<TrainingRecord> records)
    {
        if (records.Count == 0)
            return new Document("Training history", "no step recorded yet");
        var last = records[^1];
        return new Document(
            "Training history",
            Invariant($"{records.Count} records, to step {last.Step:#,0}"),
            new ChartsPart(
                new LinePlot("Loss", "step", "loss term", LineSeries.Terms(records)),
                new LinePlot(
                    "Learning rate", "step", "learning rate",
                    [new LineSeries("learning rate", [.. records.Select(r => (double)r.Step)], [.. records.Select(r => r.LearningRate)])])),
            new FactsPart([.. last.Values.Select(v => (v.Key, Number(v.Value))), ("gradient norm", Invariant($"{last.GradientNorm:G4}"))]));
    }

    // Replaced again and again: pictures only, and no library.
    private static Document Progress(ProgressView view)
    {
        var parts = new List<DocumentPart> { new ProgressPart(view.Fraction, view.Where) };
        if (view.Records.Count > 0)
        {
            var last = view.Records[^1];
            var terms = LineSeries.TermsOf(last);
            if (view.Records.Count > 1)
                parts.Add(
                    new ChartsPart(
                        new LinePlot(
                            string.Join(", ", terms), "step", "loss term", LineSeries.Terms(view.Records)))
                    {
                        IsStill = true,
                    });
            parts.Add(new FactsPart([.. last.Values.Select(v => (v.Key, Number(v.Value)))]));
        }

        return new Document(view.What, "", parts);
    }

    // A term that is off is minus nothing: shown as 0.
    private static string Number(double value) => Invariant($"{value + 0.0:G5}");
}
