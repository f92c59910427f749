using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Inference;
using Screener.Randomness;
using Screener.Runtime;

namespace Screener.Tests.Evaluation;

public sealed class EvaluationLoopTests
{
    private static readonly VolumeGrid Grid = new(new VolumeShape(6, 32, 32), Affine.Canonical(new Spacing(2, 2, 2)));

    [Fact]
    public void ThreadsChangeNeitherWhatIsCountedNorTheOrderInWhichMapsAreSeen()
    {
        var (one, oneSeen) = Run(1);
        var (several, severalSeen) = Run(4);
        Assert.Equal(["a/0", "a/1", "a/2", "b/0", "b/1", "b/2"], oneSeen);
        Assert.Equal(oneSeen, severalSeen);
        for (int i = 0; i < one.Count; i++)
        {
            var (first, second) = (Finish(one[i]), Finish(several[i]));
            Assert.Equal(first.Auroc.Value, second.Auroc.Value);
            Assert.Equal(first.PerCase.Select(c => c.Auroc), second.PerCase.Select(c => c.Auroc));
            Assert.Equal(["a", "b"], first.PerCase.Select(c => c.CaseId));
            Assert.Equal(2, several[i].Findings.Count);
        }

        Assert.NotEqual(Finish(one[0]).Auroc.Value, Finish(one[1]).Auroc.Value);

        static EvaluationResult Finish(EvaluatedMethod method) => method.Body.Finish(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void AMapThatCannotBeCountedStopsTheRunAndIsNotSeen(int threads)
    {
        var seen = new List<string>();
        var methods = Methods(threads, [0, 1, 2], nanOf: 1);
        Assert.Throws<ScoreMapException>(() => EvaluationLoop.Run(
            [Case("a")], methods, (scored, method, _) => seen.Add($"{scored.Id}/{method.Method.Name}"), null, CancellationToken.None));
        Assert.Equal(["a/0"], seen);
    }

    private static (IReadOnlyList<EvaluatedMethod> Methods, List<string> Seen) Run(int threads)
    {
        var methods = Methods(threads, [0, 1, 2]);
        var seen = new List<string>();
        EvaluationLoop.Run(
            [Case("a"), Case("b")], methods, (scored, method, map) =>
            {
                Assert.Equal(Grid, map.Grid);
                seen.Add($"{scored.Id}/{method.Method.Name}");
            }, null, CancellationToken.None);
        return (methods, seen);
    }

    private static IReadOnlyList<EvaluatedMethod> Methods(int threads, int[] seeds, int nanOf = -1)
    {
        var options = new EvaluationOptions { BootstrapReplicates = 0, SamplesPerCase = 0, Threads = threads };
        return [
            .. seeds.Select(seed => new EvaluatedMethod(
                new Noise(seed, seed == nanOf), options, withOrgans: false, withFindings: true, new RandomStream(3)))];
    }

    private static EvaluationCase Case(string id)
    {
        var lesions = new byte[Grid.Shape.CheckedLength()];
        for (int y = 4; y < 12; y++)
            lesions.AsSpan((((2 * 32) + y) * 32) + 4, 8).Fill(1);
        byte[] body = new byte[lesions.Length];
        body.AsSpan().Fill(1);
        var mask = new BodyMask(Grid, body);
        var ct = new CtVolume(Grid, new float[lesions.Length]);
        return new EvaluationCase(id, new PatientScan(ct, mask, new ComputeOptions { Threads = 1 }), new LesionMask(Grid, lesions), null);
    }

    private sealed class Noise(int seed, bool isNan) : AnomalyMethod
    {
        public override string Name => $"{seed}";

        public override AnomalyMap Map(
            PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default)
        {
            var random = new RandomStream((ulong)seed);
            var scores = new float[Grid.Shape.CheckedLength()];
            for (int i = 0; i < scores.Length; i++)
                scores[i] = (float)random.NextGaussian();
            if (isNan)
                scores[5] = float.NaN;
            return new AnomalyMap(Grid, scores);
        }
    }
}
