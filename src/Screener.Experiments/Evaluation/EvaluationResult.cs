using System.Text.Json;
using System.Text.Json.Serialization;
using Screener.Errors;
using Screener.Runtime;

namespace Screener.Evaluation;

/// <summary>Why a metric has no value.</summary>
public enum Undefined
{
    /// <summary>No case was added, or no case had a voxel in the region of evaluation.</summary>
    NoVoxels,

    /// <summary>No lesion voxel lies in the region of evaluation: there is nothing to find.</summary>
    NoLesion,

    /// <summary>Every voxel of the region of evaluation is lesion: there is no false-positive rate.</summary>
    NoBackground,
}

/// <summary>A confidence interval of the bootstrap over cases (percentiles).</summary>
/// <param name="Lower">Lower bound.</param>
/// <param name="Upper">Upper bound.</param>
/// <param name="Replicates">Replicates it rests on: those that held both lesion and background.</param>
public sealed record Interval(double Lower, double Upper, int Replicates);

/// <summary>One metric: a value in [0, 1], or the reason why there is none.</summary>
/// <param name="Value">The value; null if undefined.</param>
/// <param name="Undefined">Why there is no value; null if there is one.</param>
/// <param name="Interval">Confidence interval; null if there is no value, fewer than two cases, or none was asked for.</param>
public sealed record Metric(double? Value, Undefined? Undefined = null, Interval? Interval = null);

/// <summary>The metrics of one case alone.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="PositiveVoxels">Lesion voxels in the region of evaluation.</param>
/// <param name="NegativeVoxels">Other voxels in the region of evaluation.</param>
/// <param name="Regions">Connected lesions with a voxel in the region of evaluation.</param>
/// <param name="Auroc">AUROC of this case; null if <see cref="Undefined"/>.</param>
/// <param name="AurocAtLimit">AUROC up to the limit of this case; null if <see cref="Undefined"/>.</param>
/// <param name="AuproAtLimit">AUPRO up to the limit of this case; null if <see cref="Undefined"/>.</param>
/// <param name="Undefined">Why the case has no metrics; null if it has.</param>
public sealed record CaseMetrics(
    string CaseId, long PositiveVoxels, long NegativeVoxels, int Regions,
    double? Auroc, double? AurocAtLimit, double? AuproAtLimit, Undefined? Undefined);

/// <summary>The published estimator: the same metrics from some random positive and negative voxels of each case.</summary>
/// <param name="SamplesPerCase">At most this many positives, and as many negatives, per case.</param>
/// <param name="PositiveVoxels">Positives drawn from all cases together.</param>
/// <param name="NegativeVoxels">Negatives drawn from all cases together.</param>
/// <param name="Auroc">AUROC of the sample.</param>
/// <param name="AurocAtLimit">AUROC of the sample up to the limit.</param>
/// <param name="AuproAtLimit">AUPRO of the sample up to the limit; a region counts by its drawn voxels.</param>
public sealed record SampledMetrics(
    int SamplesPerCase, long PositiveVoxels, long NegativeVoxels, Metric Auroc, Metric AurocAtLimit, Metric AuproAtLimit);

/// <summary>
/// What <see cref="PooledEvaluation"/> found: the metrics of the paper's section "Evaluation", pooled over all voxels of all cases.
/// </summary>
public sealed record EvaluationResult
{
    /// <summary>Area under the ROC curve.</summary>
    public required Metric Auroc { get; init; }

    /// <summary>
    /// Area under the ROC curve up to <see cref="FprLimit"/>, divided by it. No further standardisation: chance is <c>FprLimit / 2</c>.
    /// </summary>
    public required Metric AurocAtLimit { get; init; }

    /// <summary>
    /// Area up to <see cref="FprLimit"/>, divided by it, under the mean over all connected lesions of the fraction found. Chance is
    /// <c>FprLimit / 2</c>.
    /// </summary>
    public required Metric AuproAtLimit { get; init; }

    /// <summary>The false-positive rate up to which the partial areas are taken.</summary>
    public required double FprLimit { get; init; }

    /// <summary>Which lesion voxels make one region.</summary>
    public required Connectivity Connectivity { get; init; }

    /// <summary>Coverage of the intervals.</summary>
    public required double Confidence { get; init; }

    /// <summary>Cases added.</summary>
    public required int Cases { get; init; }

    /// <summary>Cases with a lesion in the region of evaluation.</summary>
    public required int CasesWithLesion { get; init; }

    /// <summary>Connected lesions, over all cases.</summary>
    public required long Regions { get; init; }

    /// <summary>Lesion voxels, over all cases.</summary>
    public required long PositiveVoxels { get; init; }

    /// <summary>Other voxels, over all cases.</summary>
    public required long NegativeVoxels { get; init; }

    /// <summary>No area over all cases is further than this from that of the exact ranking; 0 where it is exact.</summary>
    public double AreaBound { get; init; }

    /// <summary>The published sampled estimator; null if it was not asked for.</summary>
    public SampledMetrics? Sampled { get; init; }

    /// <summary>Every case alone, in ordinal order of the identifiers.</summary>
    public required IReadOnlyList<CaseMetrics> PerCase { get; init; }

    /// <summary>True-positive rate against false-positive rate; null if undefined.</summary>
    public RocCurve? Roc { get; init; }

    /// <summary>Mean fraction of the regions found against false-positive rate; null if undefined.</summary>
    public ProCurve? Pro { get; init; }

    /// <summary>
    /// The cases' counts between thresholds, from which bootstraps are drawn; null if undefined, switched off, or read from JSON.
    /// </summary>
    [JsonIgnore]
    public CaseHistograms? Histograms { get; init; }
}
