using System.Globalization;
using Screener.Errors;
using Screener.Evaluation;

namespace Screener.Reporting;

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

    /// <summary>"0.750 [0.710, 0.780]".</summary>
    public override string ToString() => Show("0.000", " [", ", ", "]");

    /// <summary>For a table's cell: the interval stands under the value.</summary>
    internal string Cell(string format = "0.000") => Show(format, "\n", " – ", "");

    private string Show(string format, string before, string between, string after)
    {
        string Number(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        string interval = double.IsFinite(Low) && double.IsFinite(High) ? before + Number(Low) + between + Number(High) + after : "";
        return double.IsFinite(Value) ? Number(Value) + interval : "–";
    }
}

/// <summary>The three numbers by which the paper compares methods (section 4), each 0 to 1.</summary>
/// <param name="Auroc">Area under the voxel-level ROC curve.</param>
/// <param name="AurocLowFpr">The area for a false positive rate up to 0.3, divided by 0.3.</param>
/// <param name="AuproLowFpr">The area under the per-region-overlap curve for a false positive rate up to 0.3, divided by 0.3.</param>
public sealed record QualityScores(Estimate Auroc, Estimate AurocLowFpr, Estimate AuproLowFpr)
{
    /// <summary>What the three are called.</summary>
    internal static readonly string[] Names = ["AUROC", "AUROC, FPR\u00a0≤\u00a00.3", "AUPRO, FPR\u00a0≤\u00a00.3"];

    /// <summary>The three in that order.</summary>
    internal Estimate[] Estimates => [Auroc, AurocLowFpr, AuproLowFpr];

    /// <summary>The three numbers of an evaluation.</summary>
    /// <exception cref="OptionException">Its partial areas end elsewhere than at a false positive rate of 0.3.</exception>
    public static QualityScores Of(EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.FprLimit != 0.3)
            throw new OptionException(
                nameof(EvaluationResult.FprLimit), $"{result.FprLimit}", "0.3, where the paper's partial areas end",
                "Evaluate with the paper's limit.");
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
public sealed record ResultRow(
    string Cohort, string Method, QualityScores Body, QualityScores? Organ = null, QualityScores? Paper = null, bool IsBaseline = false);
