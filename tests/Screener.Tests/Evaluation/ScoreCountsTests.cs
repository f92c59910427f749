using Screener.Evaluation;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.Evaluation;

/// <summary>Scores counted by their leading bits against the exact ranking: with little room, so that every cohort is too large.</summary>
public sealed class ScoreCountsTests
{
    private static readonly EvaluationOptions Plain = new() { BootstrapReplicates = 0, SamplesPerCase = 0, Threads = 2 };

    /// <summary>Scores of a case by its place, from a standard normal number and from whether it is in a lesion.</summary>
    private static readonly Dictionary<string, Func<int, double, bool, RandomStream, double>> Scores = new()
    {
        ["normal"] = (_, g, ill, _) => g + (ill ? 1 : 0),
        ["one binade"] = (_, g, ill, _) => 1.5 + Math.Clamp((g + (ill ? 1 : 0)) / 12, -0.5, 0.49),
        ["saturated"] = (_, g, ill, _) => 1 / (1 + Math.Exp((ill ? -3 : -2) * g - 8)),
        ["near zero"] = (_, g, ill, _) => Math.Pow(g, 9) * (ill ? 1e-9 : 1e-10),
        ["with infinities and zeros"] = (_, g, ill, random) => random.NextInt(4) switch
        {
            0 => random.Chance(ill ? 0.7 : 0.3) ? double.PositiveInfinity : double.NegativeInfinity, 1 => 0.0, 2 => -0.0, _ => g,
        },
        ["clusters one step wide"] = (_, g, ill, random) =>
            Math.BitIncrement((float)Math.Round(g * 2000)) is var above && random.Chance(ill ? 0.8 : 0.2) ? above : Math.Round(g * 2000),
        ["other scores for each case"] = (i, g, ill, _) => (100 * i) + g + (ill ? 1 : 0),
        ["narrower by the case"] = (i, g, ill, _) => 3 + (Math.Pow(4, -i) * (g + (ill ? 1 : 0))),
        ["wider by the case"] = (i, g, ill, _) => 3 + (Math.Pow(4, i - 8) * (g + (ill ? 1 : 0))),
    };

    public static IEnumerable<TheoryDataRow<string>> Names => Scores.Keys.Select(n => new TheoryDataRow<string>(n));

    [Theory]
    [MemberData(nameof(Names))]
    public void TheExactAreasLieWithinTheBoundWhichIsSmall(string name)
    {
        // The bound is in proportion to the room: this is 1e-6 at that of an evaluation.
        const int Capacity = 1 << 11;
        double stated = 1e-6 * PooledEvaluation.Capacity / Capacity;
        var cases = Cases(name, 9, new(10, 40, 50));
        var exact = ScoreCase.Evaluate(cases, Plain);
        Assert.Equal(0, exact.AreaBound);
        foreach (var order in new[] { cases, [.. cases.Reverse()] })
        {
            var counted = ScoreCase.Evaluate(order, Plain, capacity: Capacity);
            Assert.InRange(counted.AreaBound, double.Epsilon, stated);
            foreach (var (e, c) in Areas(exact).Zip(Areas(counted)))
                Assert.Equal(e, c, counted.AreaBound + 1e-12);
            Assert.Equal(exact.PerCase, counted.PerCase);
            Assert.Equal((exact.NegativeVoxels, exact.PositiveVoxels), (counted.NegativeVoxels, counted.PositiveVoxels));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(40)]
    public void TiesAreExactHoweverMany(int levels)
    {
        var random = new RandomStream(3);
        ScoreCase[] cases = [
            .. Enumerable.Range(0, 6).Select(i => ScoreCase.Random($"{i}", random, new(10, 40, 50), 0.04, levels))];
        var counted = ScoreCase.Evaluate(cases, Plain, capacity: 1 << 10);
        Assert.Equal(Areas(ScoreCase.Evaluate(cases, Plain)), Areas(counted));
        Assert.Equal(0, counted.AreaBound);
    }

    [Fact]
    public void AKeyOfManyVoxelsStaysApartFromItsNeighbours()
    {
        // Half of the background at one score, half of the lesions one step above, the rest spread.
        var shape = new VolumeShape(10, 40, 50);
        var random = new RandomStream(4);
        var cases = Enumerable.Range(0, 6).Select(i =>
        {
            var c = ScoreCase.Random($"{i}", random, shape, 0.1);
            for (int j = 0; j < c.Scores.Length; j += 2)
                c.Scores[j] = c.Lesions[j] == 0 ? 1 : MathF.BitIncrement(1);
            return c;
        }).ToArray();
        double exact = ScoreCase.Evaluate(cases, Plain).Auroc.Value!.Value;
        var counted = ScoreCase.Evaluate(cases, Plain, capacity: 1 << 9);
        Assert.Equal(exact, counted.Auroc.Value!.Value, 1e-3);
        Assert.InRange(counted.AreaBound, 0, 2e-2);
    }

    [Theory]
    [InlineData(0.3, false)]
    [InlineData(0.05, true)]
    [InlineData(1, true)]
    public void BruteForceLiesWithinTheBound(double limit, bool withRegion)
    {
        for (ulong seed = 0; seed < 8; seed++)
        {
            var random = new RandomStream(seed);
            ScoreCase[] cases = [
                .. Enumerable.Range(0, 4).Select(i => ScoreCase.Random($"{i}", random, new(5, 6, 7), 0.1, withRegion: withRegion))];
            var expected = BruteForce.Metrics(cases, Connectivity.TwentySix, limit);
            var counted = ScoreCase.Evaluate(cases, Plain with { FprLimit = limit }, capacity: 64);
            Assert.InRange(counted.AreaBound, double.Epsilon, 0.2);
            Assert.Equal(expected.Auroc, counted.Auroc.Value!.Value, counted.AreaBound + 1e-12);
            Assert.Equal(expected.AurocAtLimit, counted.AurocAtLimit.Value!.Value, counted.AreaBound + 1e-12);
            Assert.Equal(expected.AuproAtLimit, counted.AuproAtLimit.Value!.Value, counted.AreaBound + 1e-12);
        }
    }

    [Fact]
    public void JoinedCountsHoldEveryVoxelOnce()
    {
        var random = new RandomStream(6);
        var keys = Enumerable.Range(0, 5000).Select(_ => ScoreKey.FromScore((float)random.NextGaussian())).Order().ToArray();
        var coarse = ScoreCounts.Of(keys).Coarse(100);
        Assert.InRange(coarse.Length, 30, 100);
        Assert.Equal(5000UL, coarse.Voxels);
        // Whole numbers of voxels arrive in bins that end with ranges; here all in one, and one by one above the lowest key.
        uint[] thresholds = [keys[^1]];
        var counts = new float[1];
        coarse.AddTo(thresholds, counts, new float[1]);
        Assert.Equal(5000, counts[0], 0.01f);
        thresholds = [keys[2500], keys[^1]];
        counts = new float[2];
        coarse.AddTo(thresholds, counts, new float[2]);
        Assert.Equal(2501, counts[0], 60f);
        Assert.Equal(5000, counts.Sum(), 0.01f);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void TheBoundAtFullSizeIsAMillionth()
    {
        // 38 million voxels, of which 8 million in lesions: both classes have more scores than there is room for.
        var random = new RandomStream(7);
        var cases = Enumerable.Range(0, 12).Select(i => ScoreCase.Random($"{i}", random, new(20, 400, 400), 0.2));
        var counted = ScoreCase.Evaluate(cases, Plain);
        Assert.InRange(counted.AreaBound, double.Epsilon, 1e-6);
        random = new RandomStream(7);
        var scores = new List<float>();
        var labels = new List<byte>();
        for (int i = 0; i < 12; i++)
        {
            var c = ScoreCase.Random($"{i}", random, new(20, 400, 400), 0.2);
            scores.AddRange(c.Scores);
            labels.AddRange(c.Lesions);
        }

        Assert.Equal(RocCurve.Auroc([.. scores], [.. labels]), counted.Auroc.Value!.Value, counted.AreaBound);
        Assert.Equal(RocCurve.AurocAtLimit([.. scores], [.. labels]), counted.AurocAtLimit.Value!.Value, counted.AreaBound);
    }

    private static double[] Areas(EvaluationResult result) =>
        [result.Auroc.Value!.Value, result.AurocAtLimit.Value!.Value, result.AuproAtLimit.Value!.Value];

    private static ScoreCase[] Cases(string name, int count, VolumeShape shape)
    {
        var random = new RandomStream(5);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var c = ScoreCase.Random($"{i}", random, shape, 0.1);
            for (int j = 0; j < c.Scores.Length; j++)
                c.Scores[j] = (float)Scores[name](i, random.NextGaussian(), c.Lesions[j] != 0, random);
            return c;
        })];
    }
}
