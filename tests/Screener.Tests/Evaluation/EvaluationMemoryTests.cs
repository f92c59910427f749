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
        const int Budget = 2 << 20, Voxels = 1 << 20, Bins = 512;
        var shape = new VolumeShape(1, 1 << 10, 1 << 10);
        var options = new EvaluationOptions
        {
            MemoryBudget = Budget, BootstrapReplicates = 10, IntervalBins = Bins, SamplesPerCase = 100, Threads = 2,
        };
        var random = new RandomStream(1);
        var scores = new float[Voxels];
        var lesions = new byte[Voxels];
        lesions.AsSpan(1000, 500).Fill(1);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        using var evaluation = new PooledEvaluation(options, new RandomStream(1));
        long afterOne = 0;
        const int Cases = 24;
        for (int i = 0; i < Cases; i++)
        {
            for (int j = 0; j < Voxels; j++)
                scores[j] = (float)random.NextDouble() + (lesions[j] * 0.5f);
            evaluation.Add($"{i}", scores, lesions, [], shape);
            if (i == 0)
                afterOne = GC.GetTotalMemory(forceFullCollection: true);
        }

        // Budget, two keys per voxel of one case, and little per case: documented on PooledEvaluation.
        long afterAll = GC.GetTotalMemory(forceFullCollection: true);
        Assert.True(afterOne - before <= Budget + (8L * Voxels) + (1 << 20), $"{afterOne - before} bytes");
        Assert.True(afterAll - before <= Budget + (8L * Voxels) + (Cases * 4096) + (1 << 20), $"{afterAll - before} bytes");
        Assert.InRange(evaluation.SpoolSize.Memory, 0, Budget);
        Assert.True(evaluation.SpoolSize.File > 5L * Budget, "the cohort must be much larger than the budget");

        var result = evaluation.Finish(TestContext.Current.CancellationToken);
        Assert.InRange(result.Auroc.Value!.Value, 0.8, 0.95);
        long afterFinish = GC.GetTotalMemory(forceFullCollection: true);
        Assert.True(afterFinish - before <= (Cases * ((12 * Bins) + 4096)) + (1 << 20), $"{afterFinish - before} bytes");
        GC.KeepAlive(scores);
        GC.KeepAlive(lesions);
    }
}
