using System.Text.Json;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Randomness;
using Screener.Storage;

namespace Screener.Tests.Evaluation;

public sealed class PooledEvaluationTests
{
    private static readonly EvaluationOptions Plain = new() { BootstrapReplicates = 0, SamplesPerCase = 0, Threads = 2 };

    [Theory]
    [InlineData(Connectivity.Six, 0, 0.3, false)]
    [InlineData(Connectivity.Eighteen, 0, 0.3, true)]
    [InlineData(Connectivity.TwentySix, 0, 0.3, false)]
    [InlineData(Connectivity.TwentySix, 3, 0.3, true)]
    [InlineData(Connectivity.Six, 1, 0.05, true)]
    [InlineData(Connectivity.Eighteen, 2, 1, false)]
    [InlineData(Connectivity.TwentySix, 5, 0.137, true)]
    public void SameAsBruteForce(Connectivity connectivity, double levels, double limit, bool withRegion)
    {
        var random = new RandomStream(11);
        ScoreCase[] cases =
        [
            ScoreCase.Random("a", random, new(6, 7, 8), 0.05, levels, withRegion),
            ScoreCase.Random("b", random, new(5, 9, 4), 0.2, levels, withRegion),
            ScoreCase.Random("healthy", random, new(4, 4, 4), 0, levels, withRegion),
        ];
        var result = ScoreCase.Evaluate(cases, Plain with { Connectivity = connectivity, FprLimit = limit });
        var expected = BruteForce.Metrics(cases, connectivity, limit);
        Assert.Equal(expected.Auroc, result.Auroc.Value!.Value, 1e-12);
        Assert.Equal(expected.AurocAtLimit, result.AurocAtLimit.Value!.Value, 1e-12);
        Assert.Equal(expected.AuproAtLimit, result.AuproAtLimit.Value!.Value, 1e-12);

        for (int i = 0; i < 2; i++)
        {
            var one = BruteForce.Metrics([cases[i]], connectivity, limit);
            Assert.Equal(one.Auroc, result.PerCase[i].Auroc!.Value, 1e-12);
            Assert.Equal(one.AurocAtLimit, result.PerCase[i].AurocAtLimit!.Value, 1e-12);
            Assert.Equal(one.AuproAtLimit, result.PerCase[i].AuproAtLimit!.Value, 1e-12);
        }

        Assert.Equal(Undefined.NoLesion, result.PerCase[2].Undefined);
        Assert.Null(result.PerCase[2].Auroc);
    }

    [Fact]
    public void OrderAndThreadsDoNotChangeABit()
    {
        var random = new RandomStream(5);
        var cases = new List<ScoreCase>();
        for (int i = 0; i < 9; i++)
            cases.Add(
                ScoreCase.Random($"case{i}", random, new(20 + i, 64, 70), 0.01 * i, levels: i % 2 == 0 ? 50 : 0, withRegion: i % 3 == 0));
        var options = new EvaluationOptions { BootstrapReplicates = 50, SamplesPerCase = 100, Threads = 1 };
        string expected = Text(ScoreCase.Evaluate(cases, options));
        Assert.Equal(expected, Text(ScoreCase.Evaluate(cases, options with { Threads = 3 })));
        Assert.Equal(expected, Text(ScoreCase.Evaluate(Enumerable.Reverse(cases), options with { Threads = 2 })));
        Assert.Equal(expected, Text(ScoreCase.Evaluate(cases.OrderBy(c => c.Shape.Depth % 4), options)));
    }

    [Fact]
    public void HowVoxelsArePartedIntoCasesDoesNotChangeThePooledCurve()
    {
        // Lesions in every other slice, so that no cut between slices parts one.
        var random = new RandomStream(21);
        var shape = new VolumeShape(12, 10, 11);
        var whole = ScoreCase.Random("whole", random, shape, 0, levels: 20);
        for (int d = 0; d < shape.Depth; d += 2)
        {
            for (int i = 0; i < 12; i++)
                whole.Lesions[shape.Index(d, random.NextInt(10), random.NextInt(11))] = 1;
        }

        var slices = Enumerable.Range(0, 12).Select(d => new ScoreCase(
            $"slice{d}", new(1, 10, 11), whole.Scores[(d * 110)..((d + 1) * 110)], whole.Lesions[(d * 110)..((d + 1) * 110)], []));
        var one = ScoreCase.Evaluate([whole], Plain);
        var many = ScoreCase.Evaluate(slices, Plain);
        Assert.Equal(one.Auroc, many.Auroc);
        Assert.Equal(one.AurocAtLimit, many.AurocAtLimit);
        Assert.Equal(one.AuproAtLimit, many.AuproAtLimit);
        Assert.Equal(one.Regions, many.Regions);
        Assert.Equal(one.Roc!.Points, many.Roc!.Points);
        Assert.Equal(one.Pro!.Points, many.Pro!.Points);
    }

    [Fact]
    public void RisingTransformsOfTheScoresChangeNothing()
    {
        var random = new RandomStream(6);
        var c = ScoreCase.Random("x", random, new(12, 20, 20), 0.03, levels: 10);
        var options = new EvaluationOptions { BootstrapReplicates = 20, SamplesPerCase = 200 };
        var expected = ScoreCase.Evaluate([c, c with { Id = "y" }], options);
        foreach (var transform in new Func<float, float>[] { s => (3 * s) - 7, s => MathF.Exp(s), s => s * s * s, s => MathF.Atan(s) })
        {
            var moved = c with { Scores = Array.ConvertAll(c.Scores, s => transform(s)) };
            var result = ScoreCase.Evaluate([moved, moved with { Id = "y" }], options);
            Assert.Equal(expected.Auroc, result.Auroc);
            Assert.Equal(expected.AurocAtLimit, result.AurocAtLimit);
            Assert.Equal(expected.AuproAtLimit, result.AuproAtLimit);
            Assert.Equal(expected.Sampled, result.Sampled);
        }
    }

    [Fact]
    public void ReversingTheScoresReversesTheArea()
    {
        var c = ScoreCase.Random("x", new RandomStream(7), new(9, 9, 9), 0.1, levels: 4);
        double up = ScoreCase.Evaluate([c], Plain).Auroc.Value!.Value;
        double down = ScoreCase.Evaluate([c with { Scores = Array.ConvertAll(c.Scores, s => -s) }], Plain).Auroc.Value!.Value;
        Assert.Equal(1, up + down, 1e-12);
        Assert.NotEqual(0.5, up, 0.05);
    }

    [Fact]
    public void DegenerateInputHasItsDefinedOutcome()
    {
        var shape = new VolumeShape(2, 3, 4);
        var scores = Enumerable.Range(0, 24).Select(i => (float)i).ToArray();
        byte[] none = new byte[24], all = Enumerable.Repeat((byte)1, 24).ToArray(), some = new byte[24];
        some[3] = some[17] = 1;
        var full = new EvaluationOptions { BootstrapReplicates = 10 };

        AssertUndefined(Undefined.NoVoxels, []);
        AssertUndefined(Undefined.NoLesion, [new("a", shape, scores, none, [])]);
        AssertUndefined(Undefined.NoBackground, [new("a", shape, scores, all, [])]);
        AssertUndefined(Undefined.NoVoxels, [new("a", shape, scores, some, none)]);

        var constant = ScoreCase.Evaluate([new("a", shape, new float[24], some, [])], full);
        Assert.Equal(0.5, constant.Auroc.Value);
        Assert.Equal(0.15, constant.AurocAtLimit.Value!.Value, 1e-15);
        Assert.Equal(0.15, constant.AuproAtLimit.Value!.Value, 1e-15);
        Assert.Null(constant.Auroc.Interval);

        // A case without lesion adds negatives and is undefined by itself.
        var mixed = ScoreCase.Evaluate([new("a", shape, scores, some, []), new("b", shape, scores, none, [])], full);
        Assert.Equal(46, mixed.NegativeVoxels);
        Assert.Equal(1, mixed.CasesWithLesion);
        Assert.NotNull(mixed.PerCase[0].Auroc);
        Assert.Equal(Undefined.NoLesion, mixed.PerCase[1].Undefined);
        // About one replicate in four has no lesion and is left out.
        Assert.InRange(mixed.Auroc.Interval!.Replicates, 2, 10);

        void AssertUndefined(Undefined reason, ScoreCase[] cases)
        {
            var result = ScoreCase.Evaluate(cases, full);
            foreach (var metric in new[] { result.Auroc, result.AurocAtLimit, result.AuproAtLimit, result.Sampled!.Auroc,
                result.Sampled.AuproAtLimit })
                Assert.Equal(new Metric(null, reason), metric);
            Assert.Null(result.Roc);
            Assert.Null(result.Pro);
            Assert.All(result.PerCase, c => Assert.Equal(reason, c.Undefined));
            Assert.Contains($"\"{reason}\"", Text(result));
        }
    }

    [Fact]
    public void InfinitiesAreTheEndsAndTheZerosAreEqual()
    {
        var shape = new VolumeShape(1, 1, 6);
        float[] scores = [float.PositiveInfinity, float.MaxValue, -0f, 0f, float.MinValue, float.NegativeInfinity];
        // Lesion +0 is tied with background -0; +inf is above, -inf is below everything.
        Assert.Equal(2.5 / 5, Auroc([0, 0, 0, 1, 0, 0]), 1e-15);
        Assert.Equal(1, Auroc([1, 0, 0, 0, 0, 0]), 1e-15);
        Assert.Equal(0, Auroc([0, 0, 0, 0, 0, 1]), 1e-15);
        Assert.Equal(0.8, Auroc([0, 1, 0, 0, 0, 0]), 1e-15);

        double Auroc(byte[] lesions)
        {
            double fast = RocCurve.Auroc(scores, lesions);
            var result = ScoreCase.Evaluate([new("a", shape, scores, lesions, [])], Plain);
            Assert.Equal(fast, result.Auroc.Value!.Value, 1e-15);
            return fast;
        }
    }

    [Fact]
    public void NanInTheRegionIsRefusedAndTheEvaluationGoesOn()
    {
        var shape = new VolumeShape(2, 2, 3);
        float[] scores = [1, 2, 3, float.NaN, 5, 6, 7, 8, -float.NaN, 10, float.NaN, 12];
        byte[] lesions = [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];
        byte[] region = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1];
        var evaluation = new PooledEvaluation(Plain, new RandomStream(1));
        var error = Assert.Throws<ScoreMapException>(() => evaluation.Add("patient 7", scores, lesions, region, shape));
        Assert.Contains("patient 7", error.Message);
        Assert.Contains("2 of 11", error.Message);
        region[3] = region[8] = 0;
        evaluation.Add("patient 7", scores, lesions, region, shape);
        var result = evaluation.Finish();
        Assert.Equal(1, result.Cases);
        Assert.Equal(2, result.PositiveVoxels);
    }

    [Fact]
    public void WrongInputIsRefusedByName()
    {
        var shape = new VolumeShape(2, 2, 2);
        var evaluation = new PooledEvaluation(Plain, new RandomStream(1));
        evaluation.Add("a", new float[8], new byte[8], [], shape);
        Assert.Contains(
            "added before", Assert.Throws<ScoreMapException>(() => evaluation.Add("a", new float[8], new byte[8], [], shape)).Message);
        Assert.Throws<ScoreMapException>(() => evaluation.Add("b", new float[7], new byte[8], [], shape));
        Assert.Throws<ScoreMapException>(() => evaluation.Add("b", new float[8], new byte[8], new byte[1], shape));
        var grid = new VolumeGrid(shape, Affine.Identity);
        var moved = new VolumeGrid(shape, Affine.Canonical(new Spacing(1, 1, 2)));
        Assert.Throws<ScoreMapException>(
            () => evaluation.Add("b", new AnomalyMap(grid, new float[8]), new LesionMask(moved, new byte[8]), null));
        Assert.Throws<OptionException>(() => new PooledEvaluation(Plain with { FprLimit = 0 }, new RandomStream(1)));
        Assert.Throws<OptionException>(() => new PooledEvaluation(Plain with { FprLimit = double.NaN }, new RandomStream(1)));
        Assert.Equal(1, evaluation.Finish().Cases);
    }

    [Fact]
    public void OptionsFromBeforeScoresWereCountedAreRead()
    {
        var before = JsonSerializer.SerializeToNode(Plain, StoredJson.Settings)!.AsObject();
        Assert.False(before.ContainsKey("memoryBudget"));
        before["memoryBudget"] = 268435456;
        before["temporaryFolder"] = null;
        Assert.Equal(Plain, before.Deserialize<EvaluationOptions>(StoredJson.Settings));
        before["temporaryFold"] = null;
        Assert.Throws<JsonException>(() => before.Deserialize<EvaluationOptions>(StoredJson.Settings));
    }

    [Fact]
    public void CurvesAreThinRiseAndEndExactly()
    {
        var c = ScoreCase.Random("a", new RandomStream(9), new(30, 40, 40), 0.02);
        var result = ScoreCase.Evaluate([c], Plain);
        Assert.InRange(result.Roc!.Points.Count, 200, 512);
        Assert.Equal(new RocPoint(0, 0, double.PositiveInfinity), result.Roc.Points[0]);
        Assert.Equal((1.0, 1.0), (result.Roc.Points[^1].Fpr, result.Roc.Points[^1].Tpr));
        Assert.Equal((1.0, 1.0), (result.Pro!.Points[^1].Fpr, Math.Round(result.Pro.Points[^1].Pro, 12)));
        Assert.Equal(c.Scores.Min(), result.Roc.Points[^1].Threshold);
        double negatives = c.Lesions.Count(l => l == 0), positives = c.Lesions.Length - negatives, area = 0;
        for (int i = 1; i < result.Roc.Points.Count; i++)
        {
            var (fpr, tpr, threshold) = result.Roc.Points[i];
            var before = result.Roc.Points[i - 1];
            Assert.True(fpr >= before.Fpr && tpr >= before.Tpr && threshold < before.Threshold);
            area += (fpr - before.Fpr) * (tpr + before.Tpr) / 2;
            if (i % 37 != 0)
                continue;
            Assert.Equal(c.Scores.Where((s, j) => s >= threshold && c.Lesions[j] == 0).Count() / negatives, fpr, 1e-12);
            Assert.Equal(c.Scores.Where((s, j) => s >= threshold && c.Lesions[j] != 0).Count() / positives, tpr, 1e-12);
        }

        Assert.Equal(result.Auroc.Value!.Value, area, 1e-4);
    }

    private static string Text(EvaluationResult result) => StoredJson.Write(result).GetRawText();
}
