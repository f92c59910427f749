using Screener.Errors;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Interactive.Lessons;

/// <summary>What features tell at a glance: a ridge regression from a feature vector to one number.</summary>
public sealed class LinearProbe
{
    // Per row, in units of the features' own variance: keeps channels that hardly vary from being blown up.
    private const double Ridge = 1e-3;
    private readonly double[] _weights, _mean;
    private readonly double _offset;

    private LinearProbe(double[] weights, double[] mean, double offset) => (_weights, _mean, _offset) = (weights, mean, offset);

    /// <summary>Fits a probe.</summary>
    /// <param name="features">The features.</param>
    /// <param name="targets">The number to be told, one per row.</param>
    /// <exception cref="OptionException">There are fewer than two rows, or not as many targets.</exception>
    public static LinearProbe Fit(FeatureRows features, IReadOnlyList<double> targets)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(targets);
        if (features.Count < 2 || features.Count != targets.Count)
            throw new OptionException(nameof(targets), $"{targets.Count} for {features.Count} rows", "one for each of at least two rows");
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var rows = tensor(features.Values, [features.Count, features.Channels]).to_type(ScalarType.Float64);
        var mean = rows.mean([0]);
        var centred = rows - mean;
        double offset = targets.Average();
        var wanted = tensor((double[])[.. targets.Select(t => t - offset)]);
        var gram = centred.t().matmul(centred);
        double ridge = Math.Max(Ridge * gram.diagonal().mean().item<double>(), 1e-12);
        var weights = linalg.solve(gram + (eye(features.Channels, dtype: ScalarType.Float64) * ridge), centred.t().matmul(wanted));
        return new LinearProbe([.. weights.data<double>()], [.. mean.data<double>()], offset);
    }

    /// <summary>What the probe says, one number per row.</summary>
    public double[] Predict(FeatureRows features)
    {
        ArgumentNullException.ThrowIfNull(features);
        var told = new double[features.Count];
        for (int row = 0; row < told.Length; row++)
        {
            told[row] = _offset;
            for (int i = 0; i < _weights.Length; i++)
                told[row] += _weights[i] * (features[row][i] - _mean[i]);
        }

        return told;
    }

    /// <summary>
    /// The part of the targets' variance that the probe explains: 1 is all of it, 0 no more than their mean does, negative less than that.
    /// </summary>
    /// <exception cref="OptionException">There are not as many targets as rows.</exception>
    public double RSquared(FeatureRows features, IReadOnlyList<double> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        double[] told = Predict(features);
        if (told.Length == 0 || told.Length != targets.Count)
            throw new OptionException(nameof(targets), $"{targets.Count} for {told.Length} rows", "one for each of the rows");
        double mean = targets.Average();
        double error = told.Zip(targets, (a, b) => (a - b) * (a - b)).Sum(), all = targets.Sum(t => (t - mean) * (t - mean));
        return all > 0 ? 1 - (error / all) : double.NaN;
    }

    /// <summary>How well the probe sets the marked rows above the others: the area under the ROC curve, 0.5 by chance.</summary>
    /// <param name="features">The features.</param>
    /// <param name="marked">True for the rows that should be told as higher.</param>
    /// <returns>NaN if all rows are marked or none is.</returns>
    public double Auroc(FeatureRows features, IReadOnlyList<bool> marked) => Ranking.Auroc(Predict(features), marked);
}

/// <summary>How well scores set the marked apart from the others.</summary>
public static class Ranking
{
    /// <summary>The chance that a marked score is higher than another one, ties counted half: the area under the ROC curve.</summary>
    /// <returns>NaN if all are marked or none is.</returns>
    /// <exception cref="OptionException">There are not as many marks as scores.</exception>
    public static double Auroc(IReadOnlyList<double> scores, IReadOnlyList<bool> marked)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(marked);
        if (scores.Count != marked.Count)
            throw new OptionException(nameof(marked), $"{marked.Count} for {scores.Count} scores", "one for each of the scores");
        double below = 0, area = 0, positives = marked.Count(m => m), negatives = marked.Count - positives;
        foreach (var ties in Enumerable.Range(0, scores.Count).GroupBy(i => scores[i]).OrderBy(g => g.Key))
        {
            double up = ties.Count(i => marked[i]), down = ties.Count() - up;
            area += up * (below + (down / 2));
            below += down;
        }

        return positives > 0 && negatives > 0 ? area / (positives * negatives) : double.NaN;
    }
}
