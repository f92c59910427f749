using Screener.Errors;
using Screener.Inference;

namespace Screener.Evaluation;

/// <summary>Where voxels are counted.</summary>
public enum EvaluationScope
{
    /// <summary>The body, as in the paper.</summary>
    Body,

    /// <summary>The organs that the disease affects, with the lesions, inside the body.</summary>
    Organ,
}

/// <summary>How a cohort is evaluated.</summary>
public sealed record CohortEvaluationOptions
{
    /// <summary>The paper's protocol.</summary>
    public static CohortEvaluationOptions Paper { get; } = new();

    /// <summary>The metrics.</summary>
    public EvaluationOptions Evaluation { get; init; } = EvaluationOptions.Paper;

    /// <summary>
    /// How volumes are covered by windows; null takes <see cref="SlidingWindowOptions.For(ScreenerModel)"/> of each model.
    /// </summary>
    public SlidingWindowOptions? Windows { get; init; }

    /// <summary>
    /// Names of the methods to evaluate, as <see cref="ScreenerModel.Methods"/> takes them; null takes all. Of several models each
    /// is evaluated with those that it has.
    /// </summary>
    public IReadOnlyList<string>? Heads { get; init; }

    /// <summary>Draws the samples and bootstrap replicates: the same cases for every method.</summary>
    public ulong Seed { get; init; } = 2502;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="OptionException">A value is out of range.</exception>
    public void Validate()
    {
        Evaluation.Validate();
        Windows?.Validate();
        if (Heads is { Count: 0 })
            throw new OptionException(nameof(Heads), "none", "at least one, or null for all");
    }
}
