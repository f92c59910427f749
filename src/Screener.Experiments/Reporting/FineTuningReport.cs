using Screener.Evaluation;
using Screener.FineTuning;
using static System.FormattableString;

namespace Screener.Reporting;

/// <summary>Turns a study of fine-tuning into a report.</summary>
public static class FineTuningReport
{
    /// <summary>The whole report.</summary>
    public static Document Of(FineTuningResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var costs = result.FineTuned.Select(f => (f.Start, Labelled: Invariant($"{f.Labelled}"), f.Cost)).ToList();
        if (result.Unsupervised is { } unsupervised)
            costs.Add((WithoutLabels(unsupervised), "–", unsupervised.Cost));
        return new Document(
            $"Fine-tuning: {result.Cohort}",
            "",
            new NotePart(Summary(result)),
            new ChartsPart(Curve(result)),
            Table(result),
            new SectionPart(
                "Time and memory",
                $"{result.Compute}. Training and testing, all folds together; memory is that of the whole process.",
                TablePart.Of(
                    ["", "Labelled", "Time, s", "Peak memory, GB"], costs,
                    c => [c.Start, c.Labelled, Invariant($"{c.Cost.Seconds:0}"), Invariant($"{c.Cost.PeakMemoryBytes / 1e9:0.0}")])));
    }

    /// <summary>Dice by number of labelled cases.</summary>
    public static LinePlot Curve(FineTuningResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var series = result.FineTuned.GroupBy(f => f.Start).Select(
            g => new LineSeries(g.Key, [.. g.Select(f => (double)f.Labelled)], [.. g.Select(f => f.Mean.Value)])).ToList();
        if (result.Unsupervised is { } unsupervised)
        {
            double[] ends = [0, result.Options.Labelled[^1]];
            series.Add(new LineSeries(WithoutLabels(unsupervised), ends, [.. ends.Select(_ => unsupervised.Mean.Value)]));
        }

        return new LinePlot("Dice by number of labelled cases", "labelled cases", "Dice", series)
        {
            XRange = (0, result.Options.Labelled[^1]), YRange = (0, 1),
        };
    }

    /// <summary>Dice with intervals, and the lead over the last start.</summary>
    public static SectionPart Table(FineTuningResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        string last = result.Options.Starts[^1];
        var rows = new List<IReadOnlyList<string>>();
        foreach (var f in result.FineTuned)
        {
            var (lead, p) = f.Lead is null ? ("–", "–") : (Cell(f.Lead.Value, f.Lead.Interval), Invariant($"{f.Lead.P:0.000}"));
            rows.Add([f.Start, Invariant($"{f.Labelled}"), Cell(f.Mean.Value, f.Mean.Interval), lead, p]);
        }

        var notes = new List<DocumentPart>();
        if (result.Unsupervised is { } u)
        {
            rows.Add([WithoutLabels(u), "–", Cell(u.Mean.Value, u.Mean.Interval), "–", "–"]);
            string thresholds = string.Join(", ", u.Thresholds.Select(t => Invariant($"{t:0.00}")));
            notes.Add(new NotePart(
                Invariant($"Thresholds of {u.Method}, each the best on {result.Options.ThresholdCases} cases of other folds: ")
                + $"{thresholds}. {FineTuningResult.Remark}"));
        }

        return new SectionPart(
            "Dice of each patient's lesions",
            Invariant($"Mean over {result.Cases.Count} cases, each tested by a network that did not see the patient; ")
            + Invariant($"{100 * result.Options.Confidence:0.#} % intervals by drawing patients anew, not networks. ")
            + "p: sign-flip test, by patient.",
            [new TablePart(["Start", "Labelled", "Dice", $"Lead over {last}", "p"], rows), .. notes]);
    }

    private static string WithoutLabels(UnsupervisedDice unsupervised) => $"{unsupervised.Method}, without labels";

    private static string Summary(FineTuningResult result) =>
        Invariant($"{result.Cases.Count} cases of {result.Patients} patients, {result.Options.Folds} folds by patient, ")
        + Invariant($"{result.Options.Optimisation.Steps} steps a network.")
        + (result.WithoutLesion == 0 ? "" : Invariant($" {result.WithoutLesion} cases without a lesion are left out: they have no Dice."));

    private static string Cell(double value, Interval? interval) => Invariant($"{value:0.000}")
        + (interval is null ? "" : Invariant($" [{interval.Lower:0.000}, {interval.Upper:0.000}]"));
}
