using System.Text.Json.Serialization;
using Screener.Conditions;
using Screener.Datasets;
using Screener.Densities;
using Screener.Evaluation;

namespace Screener.Ablations;

/// <summary>A metric averaged over seeds.</summary>
/// <param name="Value">The mean; null if a seed has none.</param>
/// <param name="Interval">By drawing cases and seeds anew; null where there is no value or only one case.</param>
/// <param name="Lowest">The lowest of the seeds.</param>
/// <param name="Highest">The highest of the seeds.</param>
public sealed record AveragedMetric(double? Value, Interval? Interval, double? Lowest, double? Highest)
{
    /// <summary>The same without what the seeds say.</summary>
    public Metric ToMetric() => Value is null ? new Metric(null, Undefined.NoLesion) : new Metric(Value, null, Interval);
}

/// <summary>What a descriptor, a condition and a density, or what stands beside, gave on a cohort, averaged over seeds.</summary>
/// <param name="Descriptor">The descriptor's name, or that of a baseline or a finished model.</param>
/// <param name="Condition">The condition's name; empty for what stands beside.</param>
/// <param name="Density">The density's name; empty for what stands beside.</param>
/// <param name="Cohort">The cohort.</param>
/// <param name="Scope">Where voxels are counted.</param>
/// <param name="Seeds">How many pairs of network seed and density seed.</param>
/// <param name="Auroc">Area under the ROC curve.</param>
/// <param name="AurocAtLimit">The same up to the limit of the false-positive rate.</param>
/// <param name="AuproAtLimit">Area under the per-region-overlap curve up to the limit.</param>
public sealed record AblationAverage(
    string Descriptor, string Condition, string Density, string Cohort, EvaluationScope Scope, int Seeds, AveragedMetric Auroc,
    AveragedMetric AurocAtLimit, AveragedMetric AuproAtLimit)
{
    /// <summary>What was compared.</summary>
    [JsonIgnore]
    public string Row => new AblationCell(Descriptor, Condition, Density, 0, 0).Row;

    /// <summary>What the paper calls the descriptor: "VICReg-32", "SimCLR-32" and so on; a baseline's kind.</summary>
    public required string PaperDescriptor { get; init; }

    /// <summary>What the condition is; null for a baseline, and for a reader's own in earlier files.</summary>
    public required Condition? ConditionKind { get; init; }

    /// <summary>The density's family; null for a baseline.</summary>
    public required DensityOptions? DensityKind { get; init; }

    /// <summary>The dataset that was evaluated.</summary>
    [JsonIgnore]
    public DatasetManifest Dataset => DatasetCatalogue.Find(Cohort);
}
