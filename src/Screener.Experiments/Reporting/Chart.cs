using Screener.Evaluation;
using Screener.Training;

namespace Screener.Reporting;

/// <summary>A chart.</summary>
/// <param name="Title">The heading.</param>
public abstract record Chart(string Title);

/// <summary>AUROC of each method with its interval, beside the paper's number.</summary>
/// <param name="Cohort">The cohort.</param>
/// <param name="Rows">The methods.</param>
public sealed record QualityChart(string Cohort, IReadOnlyList<ResultRow> Rows) : Chart($"{Cohort}: AUROC")
{
    /// <summary>Where the axis begins; the same for charts that are to be compared.</summary>
    internal double Low { get; init; } = IntervalChart.LowOf(Rows);

    /// <summary>The rows whose marks the legend explains; none for a chart that stands beside one that has it.</summary>
    internal IReadOnlyList<ResultRow> Explained { get; init; } = Rows;
}

/// <summary>One chart of curves.</summary>
/// <param name="Title">The heading.</param>
/// <param name="XLabel">What x is, with its unit.</param>
/// <param name="YLabel">What y is, with its unit.</param>
/// <param name="Series">The curves; at most eight can be told apart.</param>
public sealed record LinePlot(string Title, string XLabel, string YLabel, IReadOnlyList<LineSeries> Series) : Chart(Title)
{
    /// <summary>The ends of the x axis; null fits the data.</summary>
    public (double Low, double High)? XRange { get; init; }

    /// <summary>The ends of the y axis; null fits the data.</summary>
    public (double Low, double High)? YRange { get; init; }

    /// <summary>Shades the area left of this x, for metrics that stop there.</summary>
    public double? ShadeUpTo { get; init; }

    /// <summary>Draws the line y = x, what chance would give.</summary>
    public bool Diagonal { get; init; }

    /// <summary>The title; a chart without a point says so.</summary>
    internal string ShownTitle => Series.Any(s => s.X.Zip(s.Y).Any(p => double.IsFinite(p.First) && double.IsFinite(p.Second)))
        ? Title
        : $"{Title}: no point to draw";

    /// <summary>ROC curves.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="series">The curves.</param>
    /// <param name="limit">Where the partial areas end.</param>
    /// <param name="y">What y is.</param>
    internal static LinePlot Roc(
        string title, IReadOnlyList<LineSeries> series, double limit = 0.3, string y = "true-positive rate") =>
        new(title, "false-positive rate", y, series) { XRange = (0, 1), YRange = (0, 1), ShadeUpTo = limit, Diagonal = true };
}

/// <summary>One curve. Points that are not finite interrupt it.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="X">x of each point.</param>
/// <param name="Y">y of each point.</param>
public sealed record LineSeries(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>A ROC curve.</summary>
    public static LineSeries Of(string name, RocCurve curve)
    {
        ArgumentNullException.ThrowIfNull(curve);
        return new LineSeries(name, [.. curve.Points.Select(p => p.Fpr)], [.. curve.Points.Select(p => p.Tpr)]);
    }

    /// <summary>One of the values that a training recorded, against its steps; gaps where a record lacks it.</summary>
    public static LineSeries Of(string name, IReadOnlyList<TrainingRecord> records, string value = "loss")
    {
        ArgumentNullException.ThrowIfNull(records);
        return new LineSeries(
            name, [.. records.Select(r => (double)r.Step)], [.. records.Select(r => r.Values.GetValueOrDefault(value, double.NaN))]);
    }

    /// <summary>All terms of a training's loss, or the loss where it has no others.</summary>
    internal static IReadOnlyList<LineSeries> Terms(IReadOnlyList<TrainingRecord> records) =>
        [.. TermsOf(records[^1]).Select(term => Of(term, records, term))];

    /// <summary>The names of the loss's terms, or the loss where it is the only one.</summary>
    internal static IReadOnlyList<string> TermsOf(TrainingRecord record) =>
        record.Values.Count > 1 ? [.. record.Values.Keys.Where(t => t != "loss")] : [.. record.Values.Keys];
}
