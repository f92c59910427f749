using Screener.Evaluation;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.Evaluation;

/// <summary>A small case made for tests: scores, lesions, and a region (empty for everywhere).</summary>
public sealed record ScoreCase(string Id, VolumeShape Shape, float[] Scores, byte[] Lesions, byte[] Region)
{
    public static ScoreCase Random(
        string id, RandomStream random, VolumeShape shape, double lesionRate, double levels = 0, bool withRegion = false)
    {
        int length = shape.CheckedLength();
        var scores = new float[length];
        var lesions = new byte[length];
        var region = withRegion ? new byte[length] : [];
        for (int i = 0; i < length; i++)
        {
            lesions[i] = random.Chance(lesionRate) ? (byte)(1 + random.NextInt(3)) : (byte)0;
            double score = random.NextGaussian() + (lesions[i] != 0 ? 0.8 : 0);
            scores[i] = (float)(levels > 0 ? Math.Round(score * levels) / levels : score);
            if (withRegion)
                region[i] = random.Chance(0.7) ? (byte)1 : (byte)0;
        }

        return new ScoreCase(id, shape, scores, lesions, region);
    }

    internal static EvaluationResult Evaluate(
        IEnumerable<ScoreCase> cases, EvaluationOptions options, ulong seed = 1, int capacity = PooledEvaluation.Capacity)
    {
        var evaluation = new PooledEvaluation(options, new RandomStream(seed), capacity);
        foreach (var c in cases)
            evaluation.Add(c.Id, c.Scores, c.Lesions, c.Region, c.Shape);
        return evaluation.Finish();
    }
}
