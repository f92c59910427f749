using System.Text.Json.Serialization;
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
    /// The fraction of a window that the next one covers again, in [0, 0.9]; null as <see cref="Windows"/> and the models have it.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Overlap { get; init; }

    /// <summary>
    /// Names of the methods to evaluate, as <see cref="ScreenerModel.Methods"/> takes them; null takes all. Of several models each
    /// is evaluated with those that it has.
    /// </summary>
    public IReadOnlyList<string>? Heads { get; init; }

    /// <summary>Draws the samples and bootstrap replicates: the same cases for every method.</summary>
    public ulong Seed { get; init; } = 2502;

    /// <summary>How a volume is covered by a model's windows; null as the model and its methods have it.</summary>
    internal SlidingWindowOptions? WindowsFor(ScreenerModel model) =>
        Overlap is { } part ? (Windows ?? SlidingWindowOptions.For(model)) with { Overlap = part } : Windows;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="OptionException">A value is out of range.</exception>
    public void Validate()
    {
        Evaluation.Validate();
        Windows?.Validate();
        OptionException.ThrowIfOutside(nameof(Overlap), Overlap ?? 0, 0.0, 0.9);
        if (Heads is { Count: 0 })
            throw new OptionException(nameof(Heads), "none", "at least one, or null for all");
    }
}
