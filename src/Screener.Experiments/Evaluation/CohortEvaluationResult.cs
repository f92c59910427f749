using System.Text.Json.Serialization;
using Screener.Datasets;
using Screener.Inference;
using Screener.Training;

namespace Screener.Evaluation;

/// <summary>One method on one cohort.</summary>
/// <param name="Name">Unique among the methods: the head, with the model in front where there are several, or the baseline.</param>
/// <param name="Model">The model; null for a baseline.</param>
/// <param name="Head">The head; null for a baseline.</param>
/// <param name="Body">Counted over the body.</param>
/// <param name="Organ">Counted within the affected organ; null where the cohort has no disease of its own.</param>
/// <param name="Froc">Lesions found by the number of false findings, over the body; null without lesions that are large enough, and in
/// files from before it was counted. Files from before small lesions were left out count them.</param>
public sealed record MethodEvaluation(
    string Name, string? Model, DensityHead? Head, EvaluationResult Body, EvaluationResult? Organ, Froc? Froc = null)
{
    /// <summary>True for what the method has to beat.</summary>
    [JsonIgnore]
    public bool IsBaseline => Model is null;
}

/// <summary>One method against another on the same cases.</summary>
/// <param name="First">A method's name.</param>
/// <param name="Second">A baseline's name.</param>
/// <param name="Scope">Where voxels are counted.</param>
/// <param name="Difference">First minus second.</param>
public sealed record MethodDifference(string First, string Second, EvaluationScope Scope, PairedDifference Difference);

/// <summary>How a model that was evaluated had been made.</summary>
/// <param name="Name">The model.</param>
/// <param name="Descriptor">The descriptor's training.</param>
/// <param name="Condition">The condition model's training; null where there is none.</param>
/// <param name="Density">The densities' fitting.</param>
/// <param name="Windows">How volumes were covered.</param>
/// <param name="Sha256">The checksum of the model's file; null if it has none.</param>
/// <param name="Embedding">The embedding network's training; null where there is none.</param>
public sealed record ModelProvenance(
    string Name, PretrainingOptions Descriptor, PretrainingOptions? Condition, DensityFittingOptions Density, SlidingWindowOptions Windows,
    string? Sha256 = null, PretrainingOptions? Embedding = null);

/// <summary>What it took.</summary>
/// <param name="ReadingSeconds">Reading the CTs, masks and labels.</param>
/// <param name="ScreeningSeconds">The models: body, preparation, windows, maps on the CT's grid.</param>
/// <param name="BaselineSeconds">Scoring by the baselines.</param>
/// <param name="MetricSeconds">Sorting scores, areas and intervals.</param>
/// <param name="PeakMemoryBytes">The most memory that the process ever had.</param>
/// <param name="Device">Where the networks ran.</param>
/// <param name="Precision">Their number format.</param>
/// <param name="Threads">Processor threads.</param>
public sealed record EvaluationCost(
    double ReadingSeconds, double ScreeningSeconds, double BaselineSeconds, double MetricSeconds, long PeakMemoryBytes, string Device,
    string Precision, int Threads);

/// <summary>All methods on one cohort.</summary>
public sealed record CohortEvaluationResult
{
    /// <summary>
    /// The cohort's name, which is also a name of its dataset in <see cref="DatasetCatalogue"/>: "lung-nodules", "lidc-idri" and so on.
    /// </summary>
    public required string Cohort { get; init; }

    /// <summary>The seed that made the phantoms; null for patients.</summary>
    public required ulong? CohortSeed { get; init; }

    /// <summary>How the dataset was imported; null for phantoms.</summary>
    [JsonPropertyName("preparation")]
    public DatasetImportOptions? ImportedWith { get; init; }

    /// <summary>What was asked for, with the files' names; null where models and data were passed as objects.</summary>
    public EvaluationProtocol? Protocol { get; init; }

    /// <summary>The methods: heads of each model in order, then baselines.</summary>
    public required IReadOnlyList<MethodEvaluation> Methods { get; init; }

    /// <summary>Each head against each baseline; empty where there is no baseline or no bootstrap.</summary>
    public required IReadOnlyList<MethodDifference> Differences { get; init; }

    /// <summary>How the models were made.</summary>
    public required IReadOnlyList<ModelProvenance> Models { get; init; }

    /// <summary>How it was evaluated.</summary>
    public required CohortEvaluationOptions Options { get; init; }

    /// <summary>What it took.</summary>
    public required EvaluationCost Cost { get; init; }

    /// <summary>Versions of this library, TorchSharp and the runtime.</summary>
    public required IReadOnlyDictionary<string, string> Libraries { get; init; }

    /// <summary>The dataset that was evaluated.</summary>
    [JsonIgnore]
    public DatasetManifest Dataset => DatasetCatalogue.Find(Cohort);

    /// <summary>The method of which pictures are shown: the last head of the last model; null if there are only baselines.</summary>
    [JsonIgnore]
    public MethodEvaluation? Shown => Methods.LastOrDefault(m => !m.IsBaseline);
}
