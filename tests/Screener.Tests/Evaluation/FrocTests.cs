using Screener.Evaluation;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.Evaluation;

public sealed class FrocTests
{
    private static readonly EvaluationOptions Plain = new() { BootstrapReplicates = 0 };

    [Fact]
    public void OfAWorkedExample()
    {
        // Two scans, three lesions. From the top: hit 9, false 8, hit 7, false 6 and 5; the third lesion is never found.
        FrocCase[] cases = [new("a", [9, float.NegativeInfinity], [8, 5]), new("b", [7], [6])];
        var froc = Froc.Of(cases, Plain, new RandomStream(1))!;
        Assert.Equal([0.125, 0.25, 0.5, 1, 2, 4, 8], froc.FalsePositivesPerScan);
        double one = 1.0 / 3, two = 2.0 / 3;
        Assert.Equal([one, one, two, two, two, two, two], froc.Sensitivity);
        Assert.Equal(((2 * one) + (5 * two)) / 7, froc.Mean, 1e-12);
        Assert.Equal((2, 3), (froc.Scans, froc.Lesions));
        Assert.Null(froc.Intervals);
    }

    [Fact]
    public void OfEqualPeaksWhatIsFalseComesFirst()
    {
        var froc = Froc.Of([new FrocCase("a", [3], [3])], Plain, new RandomStream(1))!;
        Assert.Equal([0, 0, 0, 1, 1, 1, 1], froc.Sensitivity);
    }

    [Fact]
    public void WithoutLesionsThereIsNone() => Assert.Null(Froc.Of([new FrocCase("a", [], [3])], Plain, new RandomStream(1)));

    [Fact]
    public void SameAsBruteForceOverAllThresholds()
    {
        var random = new RandomStream(8);
        for (int trial = 0; trial < 50; trial++)
        {
            FrocCase[] cases = [
                .. Enumerable.Range(0, 4).Select(
                    i => new FrocCase($"{i}", Peaks(1 + random.NextInt(3), 0.2), Peaks(random.NextInt(30), 0)))];
            var froc = Froc.Of(cases, Plain, new RandomStream(1))!;
            double lesions = cases.Sum(c => c.Lesions.Length);
            float[] thresholds = [.. cases.SelectMany(c => c.Lesions.Concat(c.False)).Where(float.IsFinite)];
            for (int i = 0; i < 7; i++)
            {
                double best = thresholds.Where(t => cases.Sum(c => c.False.Count(f => f >= t)) <= froc.FalsePositivesPerScan[i] * 4)
                    .Select(t => cases.Sum(c => c.Lesions.Count(l => l >= t)) / lesions).DefaultIfEmpty(0).Max();
                Assert.Equal(best, froc.Sensitivity[i], 1e-12);
            }
        }

        float[] Peaks(int count, double missed) =>
            [.. Enumerable.Range(0, count).Select(_ => random.Chance(missed) ? float.NegativeInfinity : (float)random.NextDouble())];
    }

    [Fact]
    public void IntervalsCoverTheEstimateAndRepeat()
    {
        FrocCase[] cases = [
            .. Enumerable.Range(0, 12).Select(i => new FrocCase($"{i}", [i % 3 == 0 ? float.NegativeInfinity : i], [0.5f + i, 0.2f]))];
        var options = Plain with { BootstrapReplicates = 200 };
        var froc = Froc.Of(cases, options, new RandomStream(1))!;
        for (int i = 0; i < 7; i++)
            Assert.InRange(froc.Sensitivity[i], froc.Intervals![i].Lower - 1e-9, froc.Intervals[i].Upper + 1e-9);
        Assert.True(froc.Intervals![6].Lower < froc.Intervals[6].Upper);
        Assert.Equal(froc.Intervals, Froc.Of(cases, options, new RandomStream(1))!.Intervals);
    }

    [Fact]
    public void AFindingOverTwoLesionsFindsBothAndOneBesideThemIsFalse()
    {
        var grid = new VolumeGrid(new VolumeShape(1, 3, 9), Affine.Canonical(new Spacing(4, 4, 4)));
        var scores = new float[27];
        byte[] lesions = new byte[27], body = [.. scores.Select(_ => (byte)1)];
        // Row 1: lesions at 0 and 3, scores above from 0 to 3; another lesion at 8 that nothing finds; and a false one in row 1 at 6.
        (lesions[9], lesions[12], lesions[17]) = (1, 1, 1);
        (scores[9], scores[10], scores[11], scores[12], scores[15]) = (4, 5, 4, 4, 3);
        var froc = FrocCase.Of(
            "a", new AnomalyMap(grid, scores), new LesionMask(grid, lesions), new BodyMask(grid, body),
            new FindingOptions { BodyFraction = 0.25 });
        Assert.Equal([5f, 5f, float.NegativeInfinity], froc.Lesions);
        Assert.Equal([3f], froc.False);
    }

    [Fact]
    public void ALesionSmallerThanAFindingMayBeIsNeitherFoundNorMissed()
    {
        // Voxels of .064 ml, findings of two: lesions of one voxel at 0, which a finding touches, and of two at 4 and 5, which none does.
        var grid = new VolumeGrid(new VolumeShape(1, 1, 9), Affine.Canonical(new Spacing(4, 4, 4)));
        float[] scores = [5, 5, 0, 0, 0, 0, 0, 3, 3];
        byte[] lesions = [1, 0, 0, 0, 1, 1, 0, 0, 0], body = [.. scores.Select(_ => (byte)1)];
        var froc = FrocCase.Of(
            "a", new AnomalyMap(grid, scores), new LesionMask(grid, lesions), new BodyMask(grid, body),
            new FindingOptions { Threshold = 1, LeastVolumeMl = 0.1 });
        Assert.Equal([float.NegativeInfinity], froc.Lesions);
        Assert.Equal([3f], froc.False);
    }
}
