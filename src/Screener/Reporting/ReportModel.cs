using Screener.Errors;
using Screener.Evaluation;
using Screener.Training;

namespace Screener.Reporting;

/// <summary>All that a report says; <see cref="HtmlReport"/> turns it into a page. Texts are plain text.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Summary">What was done and found, in a few sentences.</param>
/// <param name="Sections">The parts, in reading order.</param>
public sealed record ReportModel(string Title, string Summary, IReadOnlyList<ReportSection> Sections);

/// <summary>One titled part of a report.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Note">How to read it; may be empty.</param>
public abstract record ReportSection(string Title, string Note);

/// <summary>Quality per cohort and method, as a table and as a chart.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Rows">The rows; those of one cohort stand together in the order given.</param>
/// <param name="Note">How to read it.</param>
public sealed record ResultsSection(string Title, IReadOnlyList<ResultRow> Rows, string Note = "") : ReportSection(Title, Note);

/// <summary>Any other table.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Columns">Column names.</param>
/// <param name="Rows">One text per column.</param>
/// <param name="Note">How to read it.</param>
public sealed record TableSection(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string Note = "") : ReportSection(Title, Note);

/// <summary>Curves: ROC, training histories.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Plots">The plots, side by side where there is room.</param>
/// <param name="Note">How to read them.</param>
public sealed record PlotsSection(string Title, IReadOnlyList<LinePlot> Plots, string Note = "") : ReportSection(Title, Note);

/// <summary>Pictures with captions.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Pictures">The pictures.</param>
/// <param name="Note">How to read them.</param>
public sealed record GallerySection(string Title, IReadOnlyList<Picture> Pictures, string Note = "") : ReportSection(Title, Note);

/// <summary>Names and values: options, versions, times, memory.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Facts">Names and values.</param>
/// <param name="Note">How to read them.</param>
public sealed record FactsSection(string Title, IReadOnlyList<(string Name, string Value)> Facts, string Note = "") : ReportSection(Title, Note);

/// <summary>A picture and what it shows.</summary>
/// <param name="Png">A PNG file's bytes.</param>
/// <param name="Caption">What it shows; also read out in its place.</param>
public sealed record Picture(byte[] Png, string Caption)
{
    /// <summary>A picture of pixels.</summary>
    public Picture(RgbImage image, string caption)
        : this(PngImage.Encode(image), caption)
    {
    }
}

/// <summary>A number with its confidence interval. NaN is shown as a dash.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="Low">The interval's lower end; NaN if there is none.</param>
/// <param name="High">The interval's upper end; NaN if there is none.</param>
public readonly record struct Estimate(double Value, double Low = double.NaN, double High = double.NaN)
{
    /// <summary>A metric with its interval; undefined becomes NaN.</summary>
    public static Estimate Of(Metric metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        return new Estimate(metric.Value ?? double.NaN, metric.Interval?.Lower ?? double.NaN, metric.Interval?.Upper ?? double.NaN);
    }
}

/// <summary>The three numbers by which the paper compares methods (section 4), each 0 to 1.</summary>
/// <param name="Auroc">Area under the voxel-level ROC curve.</param>
/// <param name="AurocLowFpr">The area for a false positive rate up to 0.3, divided by 0.3.</param>
/// <param name="AuproLowFpr">The area under the per-region-overlap curve for a false positive rate up to 0.3, divided by 0.3.</param>
public sealed record QualityScores(Estimate Auroc, Estimate AurocLowFpr, Estimate AuproLowFpr)
{
    /// <summary>The three numbers of an evaluation.</summary>
    /// <exception cref="OptionException">Its partial areas end elsewhere than at a false positive rate of 0.3.</exception>
    public static QualityScores Of(EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.FprLimit != 0.3)
            throw new OptionException(nameof(EvaluationResult.FprLimit), $"{result.FprLimit}", "0.3, where the paper's partial areas end", "Evaluate with the paper's limit.");
        return new QualityScores(Estimate.Of(result.Auroc), Estimate.Of(result.AurocAtLimit), Estimate.Of(result.AuproAtLimit));
    }
}

/// <summary>How well one method did on one cohort.</summary>
/// <param name="Cohort">The cohort.</param>
/// <param name="Method">The method.</param>
/// <param name="Body">Scored over the whole body, as in the paper.</param>
/// <param name="Organ">Scored within the affected organ only.</param>
/// <param name="Paper">The paper's numbers for the matching data set and method, over the body.</param>
/// <param name="IsBaseline">True for what the method has to beat.</param>
public sealed record ResultRow(string Cohort, string Method, QualityScores Body, QualityScores? Organ = null, QualityScores? Paper = null, bool IsBaseline = false);

/// <summary>One chart of curves.</summary>
/// <param name="Title">The heading.</param>
/// <param name="XLabel">What x is, with its unit.</param>
/// <param name="YLabel">What y is, with its unit.</param>
/// <param name="Series">The curves; at most eight can be told apart.</param>
public sealed record LinePlot(string Title, string XLabel, string YLabel, IReadOnlyList<LineSeries> Series)
{
    /// <summary>The ends of the x axis; null fits the data.</summary>
    public (double Low, double High)? XRange { get; init; }

    /// <summary>The ends of the y axis; null fits the data.</summary>
    public (double Low, double High)? YRange { get; init; }

    /// <summary>Shades the area left of this x, for metrics that stop there.</summary>
    public double? ShadeUpTo { get; init; }

    /// <summary>Draws the line y = x, what chance would give.</summary>
    public bool Diagonal { get; init; }
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
        return new LineSeries(name, [.. records.Select(r => (double)r.Step)], [.. records.Select(r => r.Values.GetValueOrDefault(value, double.NaN))]);
    }
}
