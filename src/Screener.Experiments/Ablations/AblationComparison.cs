using System.Text.Json.Serialization;
using Screener.Evaluation;
using static System.FormattableString;

namespace Screener.Ablations;

/// <summary>What two things that are compared differ in.</summary>
public enum AblationFactor
{
    /// <summary>The condition.</summary>
    Condition,

    /// <summary>The density.</summary>
    Density,

    /// <summary>The descriptor.</summary>
    Descriptor,

    /// <summary>All of it: a combination against a baseline or a finished model, or two of those.</summary>
    Method,
}

/// <summary>
/// One thing against another on the same cases with the same seeds, everything else being equal; or against a baseline or
/// a finished model.
/// </summary>
/// <remarks>What the interval covers is told at
/// <see cref="PairedBootstrap.Compare(IReadOnlyList{PairedResults}, EvaluationOptions, Randomness.RandomStream, CancellationToken)"/>: the
/// choice of patients and of seeds.</remarks>
/// <param name="Factor">What differs.</param>
/// <param name="First">A name of that factor.</param>
/// <param name="Second">Another name.</param>
/// <param name="Descriptor">The descriptor of both; null if it differs.</param>
/// <param name="Condition">The condition of both; null if it differs.</param>
/// <param name="Density">The density of both; null if it differs.</param>
/// <param name="Cohort">The cohort; null for the mean of all cohorts.</param>
/// <param name="Scope">Where voxels are counted.</param>
/// <param name="Difference">First minus second, averaged over seeds.</param>
/// <param name="PerSeed">The difference of AUROC of each pair of seeds.</param>
public sealed record AblationComparison(
    AblationFactor Factor, string First, string Second, string? Descriptor, string? Condition, string? Density, string? Cohort,
    EvaluationScope Scope, PairedDifference Difference, IReadOnlyList<double> PerSeed)
{
    /// <summary>1 if the first is better, -1 if the second is, 0 if the interval of AUROC holds 0 or there is none.</summary>
    [JsonIgnore]
    public int Verdict => Difference.Auroc?.Interval switch
    {
        { Lower: > 0 } => 1,
        { Upper: < 0 } => -1,
        _ => 0,
    };

    /// <summary>What is equal, and where: "under Gaussian", "over VICReg-32", with the cohort.</summary>
    [JsonIgnore]
    public string Circumstances => string.Join(
        ", ", new[] { Density is null ? null : $"under {Density}", Condition is null ? null : $"told {Condition}" }.OfType<string>());

    /// <summary>In words: "masking-invariant beats sin-cos by 0.07 [0.04, 0.10] under Gaussian".</summary>
    public string Sentence => Verdict switch
    {
        _ when Difference.Auroc is null => $"{First} and {Second} cannot be compared{Where}: no AUROC",
        _ when Difference.Auroc.Interval is null => Invariant(
            $"{First} and {Second} cannot be told apart{Where}: {Difference.Auroc.Value:0.000} without an interval"),
        1 => Invariant($"{First} beats {Second} by {Show(1)}{Where}"),
        -1 => Invariant($"{Second} beats {First} by {Show(-1)}{Where}"),
        _ => Invariant($"no difference between {First} and {Second}{Where}: {Show(1)}"),
    };

    /// <summary>
    /// Comparisons that differ only in what is equal to both, in one sentence: "masking-invariant beats sin-cos by 0.07 [0.04, 0.10] under
    /// Gaussian; no difference under Glow: 0.01 [-0.01, 0.02]".
    /// </summary>
    public static IReadOnlyList<string> Sentences(IEnumerable<AblationComparison> comparisons)
    {
        ArgumentNullException.ThrowIfNull(comparisons);
        return [.. comparisons.GroupBy(c => (c.Factor, c.First, c.Second, c.Descriptor, c.Cohort, c.Scope)).Select(
            g => $"{Place(g.First())}{string.Join(
                "; ", g.Zip(g.Skip(1), (before, c) => c.Continued(before.Verdict)).Prepend(g.First().Sentence))}.")];
    }

    private string Where => Circumstances is { Length: > 0 } ? $" {Circumstances}" : "";

    private static string Place(AblationComparison c) =>
        $"{c.Cohort ?? "Mean of the cohorts"}{(c.Scope == EvaluationScope.Organ ? ", within the organ" : "")}{(
        c.Descriptor is null ? "" : $", {c.Descriptor}")}: ";

    // What follows a comparison of the same two with the verdict given.
    private string Continued(int before) => Verdict switch
    {
        _ when Difference.Auroc?.Interval is null => Sentence,
        0 when before != 0 => Invariant($"no difference {Circumstances}: {Show(1)}"),
        var same when same == before && same != 0 => Invariant($"by {Show(same)} {Circumstances}"),
        0 => Invariant($"nor {Circumstances}: {Show(1)}"),
        _ => Sentence,
    };

    private string Show(int sign)
    {
        double value = sign * Difference.Auroc!.Value;
        return Difference.Auroc.Interval switch
        {
            { } i when sign > 0 => Invariant($"{value:0.000} [{i.Lower:0.000}, {i.Upper:0.000}]"),
            var i => Invariant($"{value:0.000} [{-i!.Upper:0.000}, {-i.Lower:0.000}]"),
        };
    }
}
