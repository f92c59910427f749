using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.Evaluation;

public sealed class BootstrapTests
{
    private static readonly EvaluationOptions Options = new() { SamplesPerCase = 0, Threads = 2 };

    [Fact]
    public void AReplicateIsTheEvaluationOfTheCasesDrawn()
    {
        var random = new RandomStream(1);
        var cases = Enumerable.Range(0, 5).Select(i => ScoreCase.Random($"{i}", random, new(3, 5, 6), 0.05 * i, levels: 6)).ToArray();
        var result = ScoreCase.Evaluate(cases, Options with { BootstrapReplicates = 1, IntervalBins = 4096 });
        var stream = new RandomStream(77);
        var replicates = CaseBootstrap.Replicates(result.Histograms!, 12, stream, 2, TestContext.Current.CancellationToken);
        for (int r = 0; r < replicates.Length; r++)
        {
            var draws = stream.Fork((ulong)r);
            var drawn = Enumerable.Range(0, 5).Select(i => cases[draws.NextInt(5)] with { Id = $"draw {i}" }).ToArray();
            var expected = ScoreCase.Evaluate(drawn, Options with { BootstrapReplicates = 0 });
            Assert.Equal(expected.Auroc.Value ?? double.NaN, replicates[r].Auroc, 1e-5);
            Assert.Equal(expected.AurocAtLimit.Value ?? double.NaN, replicates[r].AurocAtLimit, 1e-5);
            Assert.Equal(expected.AuproAtLimit.Value ?? double.NaN, replicates[r].AuproAtLimit, 1e-5);
        }
    }

    [Fact]
    public void ThresholdsInPlaceOfEveryScoreMoveAReplicateByVeryLittle()
    {
        var random = new RandomStream(2);
        var cases = Enumerable.Range(0, 3).Select(i => ScoreCase.Random($"{i}", random, new(20, 40, 40), 0.02)).ToArray();
        var result = ScoreCase.Evaluate(cases, Options with { BootstrapReplicates = 1 });
        var sum = new float[3 * result.Histograms!.Bins];
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < sum.Length; j++)
                sum[j] += result.Histograms.Row(i)[j];
        }

        var all = result.Histograms.Metrics(sum);
        Assert.Equal(result.Auroc.Value!.Value, all.Auroc, 2e-5);
        Assert.Equal(result.AurocAtLimit.Value!.Value, all.AurocAtLimit, 2e-5);
        Assert.Equal(result.AuproAtLimit.Value!.Value, all.AuproAtLimit, 2e-5);
    }

    [Fact]
    public void NineteenOfTwentyIntervalsHoldTheTruth()
    {
        // Lesion scores are N(1 + e, 1) with e ~ N(0, 0.5) per case, background N(0, 1): AUROC = Phi(1 / 1.5).
        const double Truth = 0.747507;
        const int Studies = 120;
        var random = new RandomStream(3);
        int held = 0;
        double width = 0;
        for (int study = 0; study < Studies; study++)
        {
            var cases = Enumerable.Range(0, 30).Select(i => Case($"{i}", random, 1)).ToArray();
            var interval = ScoreCase.Evaluate(
                cases, Options with { BootstrapReplicates = 200, IntervalBins = 256 }, (ulong)study).Auroc.Interval!;
            held += interval.Lower <= Truth && Truth <= interval.Upper ? 1 : 0;
            width += (interval.Upper - interval.Lower) / Studies;
        }

        Assert.InRange(held / (double)Studies, 0.88, 0.99);
        // The standard error over cases is about Phi'(1/1.5)/1.5 * 0.5 / sqrt(30) = 0.0195; voxels as units would give 0.006.
        Assert.InRange(width, 0.055, 0.1);
    }

    [Fact]
    public void PairsOfMethodsAreComparedOnTheSameDraws()
    {
        var random = new RandomStream(4);
        var one = Enumerable.Range(0, 30).Select(i => Case($"{i}", random, 1)).ToArray();
        var better = one.Select(c => c with { Scores = c.Scores.Select((s, i) => c.Lesions[i] != 0 ? s + 0.15f : s).ToArray() }).ToArray();
        var a = ScoreCase.Evaluate(better, Options);
        var b = ScoreCase.Evaluate(one, Options);
        var difference = PairedBootstrap.Compare(a, b, Options, new RandomStream(5), TestContext.Current.CancellationToken);
        Assert.Equal(a.Auroc.Value!.Value - b.Auroc.Value!.Value, difference.Auroc!.Value, 1e-15);
        Assert.True(difference.Auroc.Interval!.Lower > 0.01);
        Assert.Equal(1, difference.Auroc.FractionAbove);
        // By themselves the two intervals overlap by far.
        Assert.True(b.Auroc.Interval!.Upper > a.Auroc.Interval!.Lower + 0.02);

        var same = PairedBootstrap.Compare(b, b, Options, new RandomStream(5), TestContext.Current.CancellationToken);
        Assert.Equal(new MetricDifference(0, new Interval(0, 0, 1000), 0.5), same.AuproAtLimit);

        var reversed = PairedBootstrap.Compare(b, a, Options, new RandomStream(5), TestContext.Current.CancellationToken);
        Assert.Equal(-difference.AurocAtLimit!.Interval!.Lower, reversed.AurocAtLimit!.Interval!.Upper, 1e-12);
    }

    [Fact]
    public void OnlyResultsOnTheSameCasesCompare()
    {
        var random = new RandomStream(6);
        ScoreCase x = Case("x", random, 1), y = Case("y", random, 1);
        var both = ScoreCase.Evaluate([x, y], Options);
        var other = ScoreCase.Evaluate([x, y with { Id = "z" }], Options);
        var bare = ScoreCase.Evaluate([x, y], Options with { BootstrapReplicates = 0 });
        var narrow = ScoreCase.Evaluate([x, y], Options with { FprLimit = 0.1 });
        foreach (var wrong in new[] { other, bare, narrow })
            Assert.Throws<OptionException>(() => PairedBootstrap.Compare(both, wrong, Options, new RandomStream(1)));
        var empty = ScoreCase.Evaluate([], Options);
        Assert.Equal(
            new PairedDifference(null, null, null),
            PairedBootstrap.Compare(empty, empty, Options, new RandomStream(1), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void OneCaseHasNoInterval()
    {
        var result = ScoreCase.Evaluate([Case("x", new RandomStream(7), 1)], Options);
        Assert.NotNull(result.Auroc.Value);
        Assert.Null(result.Auroc.Interval);
    }

    private static ScoreCase Case(string id, RandomStream random, double shift)
    {
        var shape = new VolumeShape(1, 10, 25);
        var scores = new float[250];
        var lesions = new byte[250];
        double effect = shift + (0.5 * random.NextGaussian());
        for (int i = 0; i < scores.Length; i++)
        {
            lesions[i] = i < 100 ? (byte)1 : (byte)0;
            scores[i] = (float)(random.NextGaussian() + (lesions[i] != 0 ? effect : 0));
        }

        return new ScoreCase(id, shape, scores, lesions, []);
    }
}
