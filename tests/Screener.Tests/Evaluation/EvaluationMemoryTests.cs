using Screener.Evaluation;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.Evaluation;

/// <summary>Measures the managed heap, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(EvaluationMemoryTests), DisableParallelization = true)]
[Collection(nameof(EvaluationMemoryTests))]
public sealed class EvaluationMemoryTests
{
    [Fact]
    public void MemoryDoesNotGrowWithTheVoxelsOfTheCohort()
    {
        const int Capacity = 1 << 16, Voxels = 1 << 20, Bins = 512, Cases = 24;
        var shape = new VolumeShape(1, 1 << 10, 1 << 10);
        var options = new EvaluationOptions { BootstrapReplicates = 10, IntervalBins = Bins, SamplesPerCase = 100, Threads = 2 };
        var random = new RandomStream(1);
        var scores = new float[Voxels];
        var lesions = new byte[Voxels];
        lesions.AsSpan(1000, 5000).Fill(1);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var evaluation = new PooledEvaluation(options, new RandomStream(1), Capacity);
        long afterOne = 0;
        for (int i = 0; i < Cases; i++)
        {
            for (int j = 0; j < Voxels; j++)
                scores[j] = (float)random.NextDouble() + (lesions[j] * 0.5f);
            evaluation.Add($"{i}", scores, lesions, [], shape);
            if (i == 0)
                afterOne = GC.GetTotalMemory(forceFullCollection: true);
        }

        // The first case's counts, then the room for counts, and little per case: documented on PooledEvaluation.
        long afterAll = GC.GetTotalMemory(forceFullCollection: true);
        Assert.True(afterOne - before <= (13L * Voxels) + (1 << 20), $"{afterOne - before} bytes");
        Assert.True(
            afterAll - before <= ((13 + 29) * Capacity) + (Cases * ((21 * Bins) + 4096)) + (1 << 20), $"{afterAll - before} bytes");

        var result = evaluation.Finish(TestContext.Current.CancellationToken);
        Assert.InRange(result.Auroc.Value!.Value, 0.8, 0.95);
        Assert.InRange(result.AreaBound, double.Epsilon, 1e-6 * PooledEvaluation.Capacity / Capacity);
        GC.KeepAlive(scores);
        GC.KeepAlive(lesions);
    }
}
