using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.Evaluation;

public sealed class CaseMeansTests
{
    [Fact]
    public void TheSignFlipTestCountsAllSigns()
    {
        // Of the eight signs of 1, 2, 3 only all and none flipped are as far from 0 as their sum.
        double[] zero = [0, 0, 0];
        var all = CaseMeans.Compare([1, 2, 3], zero, Each(3), 100, 0.95, new RandomStream(1));
        Assert.Equal((2, 2.0 / 8), (all.Value, all.P));

        // Of 1, -2, 3: sums of 2 or more in size are 6, 4, 2 (two of its kinds: 1 - 2 + 3, and its mirror) and their mirrors; 0 is not.
        Assert.Equal(6.0 / 8, CaseMeans.Compare([1, -2, 3], zero, Each(3), 100, 0.95, new RandomStream(1)).P);
        Assert.Equal(1, CaseMeans.Compare([1, 1], [1, 1], Each(2), 100, 0.95, new RandomStream(1)).P);

        // Beyond 14 cases signs are drawn: the probability of twenty heads is too small to meet.
        double[] ones = [.. Enumerable.Repeat(1.0, 20)], none = new double[20];
        Assert.Equal(1.0 / 10_001, CaseMeans.Compare(ones, none, Each(20), 10, 0.95, new RandomStream(1)).P, 1e-12);
        Assert.Throws<OptionException>(() => CaseMeans.Compare(ones, zero, Each(20), 10, 0.95, new RandomStream(1)));
        Assert.Throws<OptionException>(() => CaseMeans.Of([], [], 10, 0.95, new RandomStream(1)));
    }

    [Fact]
    public void TheIntervalIsThatOfANormalMean()
    {
        var random = new RandomStream(3);
        double[] values = [.. Enumerable.Range(0, 400).Select(_ => 5 + random.NextGaussian())];
        double mean = values.Average(), error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / 400 / 400);
        var (value, interval) = CaseMeans.Of(values, Each(400), 4000, 0.95, new RandomStream(4));
        Assert.Equal(mean, value, 1e-12);
        Assert.Equal(mean - (1.96 * error), interval!.Lower, 0.01);
        Assert.Equal(mean + (1.96 * error), interval.Upper, 0.01);
        Assert.Null(CaseMeans.Of([1], ["a"], 10, 0.95, new RandomStream(4)).Interval);
    }

    /// <summary>A second scan of each patient that says the same tells nothing new.</summary>
    [Fact]
    public void CasesOfOnePatientGoTogether()
    {
        double[] once = [0.1, 0.7, 0.4, 0.9, 0.3], none = new double[5];
        double[] twice = [.. once, .. once], nothing = new double[10];
        string[] patients = [.. Each(5), .. Each(5)];
        var expected = CaseMeans.Compare(once, none, Each(5), 500, 0.95, new RandomStream(6));
        var found = CaseMeans.Compare(twice, nothing, patients, 500, 0.95, new RandomStream(6));
        Assert.Equal(expected.Value, found.Value, 1e-12);
        Assert.Equal(expected.Interval!.Lower, found.Interval!.Lower, 1e-12);
        Assert.Equal(expected.Interval.Upper, found.Interval.Upper, 1e-12);
        Assert.Equal(expected.P, found.P);
        Assert.Null(CaseMeans.Of([1, 2], ["a", "a"], 10, 0.95, new RandomStream(6)).Interval);
        Assert.Throws<OptionException>(() => CaseMeans.Of(once, Each(4), 10, 0.95, new RandomStream(6)));
    }

    [Fact]
    public void DiceAtEveryThresholdIsThatOfItsMask()
    {
        var grid = new VolumeGrid(new(5, 6, 7), Affine.Canonical(new(1, 1, 1)));
        var random = new RandomStream(5);
        float[] scores = [.. Enumerable.Range(0, 210).Select(_ => random.NextInt(12) / 2f)];
        byte[] lesions = [.. scores.Select(s => (byte)(random.Chance(0.1 + (s / 10)) ? 1 : 0))];
        byte[] body = [.. scores.Select(_ => (byte)(random.Chance(0.8) ? 1 : 0))];
        double[] thresholds = [-1, 0, 0.25, 0.5, 3, 5.5, 6];
        var counts = DiceCounts.Of(new AnomalyMap(grid, scores), new LesionMask(grid, lesions), new BodyMask(grid, body), thresholds);
        for (int t = 0; t < thresholds.Length; t++)
        {
            int[] inside = [.. Enumerable.Range(0, 210).Where(i => body[i] != 0)];
            var found = inside.Where(i => scores[i] > thresholds[t]).ToHashSet();
            var lesion = inside.Where(i => lesions[i] != 0).ToHashSet();
            Assert.Equal(2.0 * found.Intersect(lesion).Count() / (found.Count + lesion.Count), counts.At(t), 1e-12);
        }

        var empty = DiceCounts.Of(new AnomalyMap(grid, scores), new LesionMask(grid, new byte[210]), new BodyMask(grid, body), 99);
        Assert.Equal(double.NaN, empty.At(0));
    }

    private static string[] Each(int cases) => [.. Enumerable.Range(0, cases).Select(i => $"p{i}")];
}
