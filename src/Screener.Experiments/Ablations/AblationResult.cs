using System.Text.Json.Serialization;
using Screener.Baselines;
using Screener.Conditions;
using Screener.Datasets;
using Screener.Densities;
using Screener.Evaluation;
using Screener.Training;

namespace Screener.Ablations;

/// <summary>A cell on one cohort.</summary>
/// <param name="Cohort">The cohort, which is also a name in <see cref="DatasetCatalogue"/>.</param>
/// <param name="Body">Counted over the body, as in the paper.</param>
/// <param name="Organ">Counted within the affected organ; null where it is not known.</param>
public sealed record AblationScore(string Cohort, EvaluationResult Body, EvaluationResult? Organ)
{
    /// <summary>The dataset that was evaluated.</summary>
    [JsonIgnore]
    public DatasetManifest Dataset => DatasetCatalogue.Find(Cohort);

    /// <summary>The result of a scope; null where there is none.</summary>
    public EvaluationResult? Of(EvaluationScope scope) => scope == EvaluationScope.Body ? Body : Organ;
}

/// <summary>What a cell took.</summary>
/// <param name="FitSeconds">Fitting the density; 0 for what stands beside.</param>
/// <param name="EvaluationSeconds">Scores and metrics on all cohorts.</param>
/// <param name="PeakMemoryBytes">The most memory that the process ever had, other cells beside it included.</param>
/// <param name="Threads">Processor threads that computed this cell.</param>
public sealed record AblationCost(double FitSeconds, double EvaluationSeconds, long PeakMemoryBytes, int Threads);

/// <summary>A finished model, as a result names it.</summary>
/// <param name="File">The name of its file.</param>
/// <param name="Method">Which of its maps.</param>
/// <param name="Key">Equal for equal files.</param>
public sealed record FinishedModel(string File, string Method, string Key);

/// <summary>What one cell of a grid gave: a model, a baseline, or a finished model.</summary>
public sealed record AblationResult
{
    /// <summary>The cell.</summary>
    public required AblationCell Cell { get; init; }

    /// <summary>Equal for equal networks, data and options; the name of its file.</summary>
    public required string Key { get; init; }

    /// <summary>How the baseline was trained; null for all else.</summary>
    public BaselineOptions? Baseline { get; init; }

    /// <summary>The finished model; null for all else.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FinishedModel? Finished { get; init; }

    /// <summary>The density's family.</summary>
    public DensityOptions? Density { get; init; }

    /// <summary>The condition; null for a reader's own in earlier files.</summary>
    public Condition? Condition { get; init; }

    /// <summary>How the descriptor was trained.</summary>
    public PretrainingOptions? DescriptorTraining { get; init; }

    /// <summary>How the condition model was trained; null where there is none.</summary>
    public PretrainingOptions? ConditionTraining { get; init; }

    /// <summary>How the density was fitted.</summary>
    public DensityFittingOptions? Fitting { get; init; }

    /// <summary>The scores, a cohort each, in the grid's order.</summary>
    public required IReadOnlyList<AblationScore> Scores { get; init; }

    /// <summary>What it took.</summary>
    public required AblationCost Cost { get; init; }

    /// <summary>Versions of this library, TorchSharp and the runtime.</summary>
    public required IReadOnlyDictionary<string, string> Libraries { get; init; }

    /// <summary>The score on a cohort.</summary>
    /// <exception cref="Errors.OptionException">There is none.</exception>
    public AblationScore Score(string cohort) => Scores.FirstOrDefault(s => s.Cohort == cohort)
        ?? throw new Errors.OptionException("cohort", $"'{cohort}'", string.Join(", ", Scores.Select(s => s.Cohort)));
}
