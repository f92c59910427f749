using Screener.Errors;
using Screener.Runtime;

namespace Screener.Evaluation;

/// <summary>A point of a ROC curve.</summary>
/// <param name="Fpr">Fraction of the negatives whose score is at least <paramref name="Threshold"/>.</param>
/// <param name="Tpr">Fraction of the positives whose score is at least <paramref name="Threshold"/>.</param>
/// <param name="Threshold">The score; +inf at the first point.</param>
public readonly record struct RocPoint(double Fpr, double Tpr, double Threshold);

/// <summary>True-positive rate against false-positive rate as the threshold falls, from (0, 0) to (1, 1).</summary>
/// <param name="Points">Points of the exact curve, thinned for plotting, thresholds falling.</param>
public sealed record RocCurve(IReadOnlyList<RocPoint> Points)
{
    /// <summary>The area under the ROC curve of scores in memory: exact, ties one half.</summary>
    /// <param name="scores">Higher is more anomalous; -0 equals +0, infinities are allowed.</param>
    /// <param name="labels">Non-zero for positives, as many as scores.</param>
    /// <param name="threads">Threads to use; 0 means one per processor. The result does not depend on it.</param>
    /// <returns>A value in [0, 1]; NaN if there is no positive or no negative.</returns>
    /// <exception cref="ScoreMapException">The lengths differ, or a score is NaN.</exception>
    public static double Auroc(ReadOnlySpan<float> scores, ReadOnlySpan<byte> labels, int threads = 0) =>
        AurocAtLimit(scores, labels, 1, threads);

    /// <summary>
    /// The area under the ROC curve up to a false-positive rate, divided by it: exact, ties one half, interpolated at the limit.
    /// </summary>
    /// <param name="scores">Higher is more anomalous; -0 equals +0, infinities are allowed.</param>
    /// <param name="labels">Non-zero for positives, as many as scores.</param>
    /// <param name="fprLimit">In (0, 1]. Unlike scikit-learn's <c>max_fpr</c>, the area is not rescaled to make chance 0.5.</param>
    /// <param name="threads">Threads to use; 0 means one per processor. The result does not depend on it.</param>
    /// <returns>A value in [0, 1]; NaN if there is no positive or no negative.</returns>
    /// <exception cref="ScoreMapException">The lengths differ, or a score is NaN.</exception>
    public static double AurocAtLimit(ReadOnlySpan<float> scores, ReadOnlySpan<byte> labels, double fprLimit = 0.3, int threads = 0)
    {
        OptionException.ThrowIfOutside(nameof(fprLimit), fprLimit, 1e-6, 1);
        if (scores.Length != labels.Length)
            throw new ScoreMapException(
                "scores", $"{scores.Length} scores and {labels.Length} labels", "as many of each", "Pass one label per score.");
        var ranked = new RankedScores(scores, labels, [], ThreadCount(threads));
        if (ranked.Nans > 0)
            throw new ScoreMapException(
                "scores", $"{ranked.Nans} of {scores.Length} are NaN", "a number everywhere (+inf and -inf are allowed)",
                "Leave them out, or find out where they come from.");
        return CurveIntegral.Areas(ScoreCounts.Of(ranked.Negatives), ScoreCounts.Of(ranked.Positives), fprLimit).AurocAtLimit;
    }

    private static int ThreadCount(int threads)
    {
        OptionException.ThrowIfOutside(nameof(threads), threads, 0, 1024);
        return ThreadCounts.Of(threads);
    }

    internal static RocCurve From(List<CurveVertex> vertices)
    {
        var points = new RocPoint[vertices.Count];
        for (int i = 0; i < points.Length; i++)
            points[i] = new(vertices[i].Fpr, vertices[i].Tpr, i == 0 ? double.PositiveInfinity : ScoreKey.ToScore(vertices[i].Key));
        return new(points);
    }
}
