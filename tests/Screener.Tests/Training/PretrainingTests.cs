using Microsoft.Extensions.Logging;
using Screener.Errors;
using Screener.Imaging;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;
using System.Collections;
using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class PretrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(PretrainingObjective.DenseVicReg)]
    [InlineData(PretrainingObjective.DenseInfoNce)]
    public void TheLossFalls(PretrainingObjective objective)
    {
        var options = TinyTraining.Descriptor with
        {
            Objective = objective, Optimisation = TinyTraining.Descriptor.Optimisation with { Steps = 60 },
        };
        var run = new TrainingRun { Compute = TinyTraining.Compute, RecordEvery = 1 };
        using var model = Pretraining.Train(options, TinyTraining.Volumes(), run, TestContext.Current.CancellationToken);
        var losses = run.History.Records.Select(r => r.Values["loss"]).ToArray();
        Assert.Equal(60, losses.Length);
        Assert.True(
            losses[^10..].Average() < 0.9 * losses[..10].Average(),
            $"from {losses[..10].Average():0.00} to {losses[^10..].Average():0.00}");
    }

    [Fact]
    public void TheEmbeddingsLossFallsAndItsScaleIsLearnt()
    {
        var options = TinyTraining.Embedding with { Optimisation = TinyTraining.Embedding.Optimisation with { Steps = 60 } };
        var run = new TrainingRun { Compute = TinyTraining.Compute, RecordEvery = 1 };
        using var model = Pretraining.Train(options, TinyTraining.Volumes(), run, TestContext.Current.CancellationToken);
        var losses = run.History.Records.Select(r => r.Values["distance"]).ToArray();
        Assert.True(
            losses[^10..].Average() < 0.8 * losses[..10].Average(),
            $"from {losses[..10].Average():0.00} to {losses[^10..].Average():0.00}");
        Assert.All(((AnatomicalEmbeddingModel)model).Scale.data<float>().ToArray(), s => Assert.True(Math.Abs(s - 1) > 0.01));
    }

    [Theory]
    [InlineData("descriptor", ComputePrecision.Float32)]
    [InlineData("condition", ComputePrecision.Float32)]
    [InlineData("ape", ComputePrecision.Float32)]
    [InlineData("descriptor", ComputePrecision.BFloat16)]
    [InlineData("ape", ComputePrecision.BFloat16)]
    public void AnInterruptedRunEndsWithTheSameBits(string stage, ComputePrecision precision)
    {
        var options = stage switch
        {
            "descriptor" => TinyTraining.Descriptor,
            "condition" => TinyTraining.Condition,
            _ => TinyTraining.Embedding,
        };
        var whole = Train(options, Run(precision, "whole.ckpt"));

        // Stopped twice by the user, once after a state that kill -9 would have left: the file of two steps earlier.
        foreach (int stop in new[] { 3, 7 })
        {
            using var source = new CancellationTokenSource();
            var run = Run(precision, "parts.ckpt");
            run.History.Added += r =>
            {
                if (r.Step == stop)
                    source.Cancel();
            };
            Assert.ThrowsAny<OperationCanceledException>(() => Train(options, run, source.Token));
        }

        var resumed = Run(precision, "parts.ckpt");
        Assert.Equal(whole, Train(options, resumed));
        Assert.Equal(File.ReadAllBytes(_folder["whole.ckpt"]), File.ReadAllBytes(_folder["parts.ckpt"]));
        Assert.Equal(12, resumed.History.Records.Count);
    }

    [Fact]
    public void ARunGoesOnFromAnOlderCheckpointToTheSameBits()
    {
        var run = Run(ComputePrecision.Float32, "a.ckpt") with { CheckpointEvery = 5 };
        string old = _folder["b.ckpt"];
        run.History.Added += r =>
        {
            if (r.Step == 8)
                File.Copy(run.CheckpointPath!, old); // the state of step 5, as after a kill at step 8
        };
        byte[] whole = Train(TinyTraining.Descriptor, run);
        Assert.Equal(whole, Train(TinyTraining.Descriptor, run with { CheckpointPath = old, History = new() }));
    }

    [Fact]
    public void AnObserverThatStopsTheRunLosesNoStep()
    {
        byte[] whole = Train(TinyTraining.Descriptor, Run(ComputePrecision.Float32, null));
        var run = Run(ComputePrecision.Float32, "e.ckpt");
        run.History.Added += r =>
        {
            if (r.Step == 6)
                throw new OperationCanceledException();
        };
        Assert.ThrowsAny<OperationCanceledException>(() => Train(TinyTraining.Descriptor, run));
        Assert.Equal(whole, Train(TinyTraining.Descriptor, Run(ComputePrecision.Float32, "e.ckpt")));
    }

    [Fact]
    public void DataThreadsDoNotChangeTheResult()
    {
        var one = Train(TinyTraining.Descriptor, Run(ComputePrecision.Float32, null) with { DataThreads = 1, PrefetchedBatches = 1 });
        var four = Train(TinyTraining.Descriptor, Run(ComputePrecision.Float32, null) with { DataThreads = 4, PrefetchedBatches = 8 });
        Assert.Equal(one, four);
    }

    [Fact]
    public void AnotherSeedGivesOtherWeights() => Assert.NotEqual(
        Train(TinyTraining.Descriptor, Run(ComputePrecision.Float32, null)),
        Train(TinyTraining.Descriptor with { Seed = 6 }, Run(ComputePrecision.Float32, null)));

    [Fact]
    public void ACheckpointOfOtherOptionsIsRefused()
    {
        Train(TinyTraining.Descriptor, Run(ComputePrecision.Float32, "c.ckpt"));
        var error = Assert.Throws<ModelFileException>(
            () => Train(TinyTraining.Descriptor with { Seed = 9 }, Run(ComputePrecision.Float32, "c.ckpt")));
        Assert.Contains("other options", error.Message);
    }

    [Theory]
    [InlineData(1, "X64 of another kind")]
    [InlineData(1, null)]
    [InlineData(2, "")]
    public void ARunOfAnotherMachineGoesOnWithANote(int threads, string? processor)
    {
        var begun = Run(ComputePrecision.BFloat16, "m.ckpt");
        begun.History.Added += r =>
        {
            if (r.Step == 6)
                throw new OperationCanceledException();
        };
        Assert.ThrowsAny<OperationCanceledException>(() => Train(TinyTraining.Descriptor, begun));
        if (processor != "")
        {
            using var archive = TensorArchive.Read(_folder["m.ckpt"]);
            TensorArchive.Write(
                _folder["m.ckpt"], CheckpointHeader.Of(archive) with { Processor = processor },
                archive.Tensors.Select(t => (t.Key, t.Value)));
        }

        Assert.Equal(ComputePrecision.BFloat16, TrainingRun.PrecisionOf(_folder["m.ckpt"]));
        var notes = new Notes();
        var run = Run(ComputePrecision.BFloat16, "m.ckpt") with { Logger = notes };
        run = run with { Compute = run.Compute with { Threads = threads } };
        Train(TinyTraining.Descriptor, run);
        Assert.Equal(12, run.History.Records.Count);
        Assert.Equal(processor is null ? 0 : 1, notes.Warnings.Count(w => w.Contains("bits will not be those", StringComparison.Ordinal)));
    }

    [Fact]
    public void ACheckpointOfAnotherPrecisionIsRefused()
    {
        Assert.Null(TrainingRun.PrecisionOf(_folder["p.ckpt"]));
        Train(TinyTraining.Descriptor, Run(ComputePrecision.Float32, "p.ckpt"));
        var error = Assert.Throws<ModelFileException>(() => Train(TinyTraining.Descriptor, Run(ComputePrecision.BFloat16, "p.ckpt")));
        Assert.Contains("a run in Float32", error.Message);
    }

    [Fact]
    public void ACheckpointOfOtherVolumesIsRefused()
    {
        Train(TinyTraining.Descriptor, Run(ComputePrecision.Float32, "v.ckpt"));
        Assert.Throws<ModelFileException>(
            () => Pretraining.Train(TinyTraining.Descriptor, TinyTraining.Volumes(2), Run(ComputePrecision.Float32, "v.ckpt")));
    }

    [Fact]
    public void ACheckpointIsNotGoneOnWithWhenAnyVolumeChanged()
    {
        var volumes = TinyTraining.Volumes().ToArray();
        var folder = Directory.CreateDirectory(_folder["prepared"]).FullName;
        var options = TinyTraining.Descriptor.Preprocessing;
        string[] files = [.. volumes.Select((_, i) => Path.Combine(folder, $"{i}.prep"))];
        PreparedVolume Prepared(PreparedVolume v) => new(v.Grid, [.. v.Intensities], v.SourceGrid, v.Source, options.Fingerprint());
        for (int i = 0; i < files.Length; i++)
            PreparedVolumeFile.Write(files[i], Prepared(volumes[i]));
        new PreparedCohort
        {
            SchemaVersion = PreparedCohort.CurrentSchema,
            Options = options,
            Cases = [.. volumes.Select(
                (v, i) => new PreparedCase($"{i}", "", $"{i}.prep", [v.Shape.Depth, v.Shape.Height, v.Shape.Width]))],
            Rejected = [],
        }.Write(folder);
        void TrainOn(IReadOnlyList<PreparedVolume> given, string checkpoint) =>
            Pretraining.Train(TinyTraining.Descriptor, given, Run(ComputePrecision.Float32, checkpoint)).Dispose();
        IReadOnlyList<PreparedVolume> OnDisk() => new PreparedVolumes(PreparedCohort.Read(folder));

        TrainOn(volumes, "memory.ckpt");
        TrainOn(OnDisk(), "disk.ckpt");
        TrainOn(OnDisk(), "disk.ckpt");
        var changed = Prepared(volumes[1]);
        changed.Intensities[5] = 1 - changed.Intensities[5];
        PreparedVolumeFile.Write(files[1], changed);
        Assert.Throws<ModelFileException>(() => TrainOn([volumes[0], changed, volumes[2]], "memory.ckpt"));
        Assert.Throws<ModelFileException>(() => TrainOn(OnDisk(), "disk.ckpt"));
    }

    [Fact]
    public void ADamagedCheckpointIsRefusedAndKept()
    {
        Train(TinyTraining.Descriptor, Run(ComputePrecision.Float32, "d.ckpt"));
        string path = _folder["d.ckpt"];
        byte[] bytes = File.ReadAllBytes(path);
        var random = new RandomStream(1);
        for (int i = 0; i < 40; i++)
        {
            byte[] damaged = (byte[])bytes.Clone();
            if (i % 2 == 0)
                damaged = damaged[..random.NextInt(damaged.Length)];
            else
                damaged[random.NextInt(damaged.Length)] ^= (byte)(1 << random.NextInt(8));
            File.WriteAllBytes(path, damaged);
            try
            {
                Train(TinyTraining.Descriptor, Run(ComputePrecision.Float32, "d.ckpt"));
            }
            catch (ScreenerException)
            {
                Assert.Equal(damaged, File.ReadAllBytes(path));
            }
        }
    }

    [Fact]
    public void TrainingLeavesNoTensorsBehind()
    {
        foreach (var options in new[] { TinyTraining.Condition, TinyTraining.Condition with { MaskChannel = false },
            TinyTraining.Embedding })
            TensorLeaks.Check(() => Train(options, Run(ComputePrecision.Float32, null)));
    }

    [Fact]
    public void AnEmbeddingOfMoreThanThreeNumbersIsRefused()
    {
        Assert.Throws<OptionException>((TinyTraining.Descriptor with { Objective = PretrainingObjective.AnatomicalDistance }).Validate);
    }

    [Fact]
    public void PositionsOfTheEmbeddingsBatchAreMillimetresOfTheVolumeItShares()
    {
        // Intensities that are the distance travelled along a diagonal, so that a crop's voxel tells where it came from.
        var grid = new VolumeGrid(new(40, 44, 48), Affine.Canonical(new(2, 3, 4)));
        var values = new float[grid.Shape.CheckedLength()];
        for (int i = 0; i < values.Length; i++)
            values[i] = ((2f * (i / (44 * 48))) + (3f * (i / 48 % 44)) + (4f * (i % 48))) / 500;
        var options = TinyTraining.Embedding with
        {
            Jitter = new() { Probability = 0 }, Mask = TinyTraining.Embedding.Mask with { Probability = 0 },
        };
        using var model = new AnatomicalEmbeddingModel(options.Network, new RandomStream(1));
        var task = new PretrainingTask(options, [new PreparedVolume(grid, values, grid)], model, null, ComputePrecision.Float32);
        var batch = task.MakeBatch(0, TestContext.Current.CancellationToken);
        Assert.Equal(2 * 24 * 3, batch.Millimetres.Length);
        for (int view = 0; view < 4; view++)
        {
            for (int p = 0; p < 24; p++)
            {
                int at = ((view * 24) + p) * 3, mm = (((view % 2) * 24) + p) * 3;
                double seen = Trilinear(batch.Images.AsSpan(view * 4096, 4096), batch.Positions.AsSpan(at, 3));
                Assert.Equal((batch.Millimetres[mm] + batch.Millimetres[mm + 1] + batch.Millimetres[mm + 2]) / 500, seen, 1e-4);
            }
        }

        static double Trilinear(ReadOnlySpan<float> crop, ReadOnlySpan<float> at)
        {
            double sum = 0;
            for (int i = 0; i < 4096; i++)
                sum += crop[i] * Math.Max(0, 1 - Math.Abs(at[0] - (i / 256))) * Math.Max(0, 1 - Math.Abs(at[1] - (i / 16 % 16)))
                    * Math.Max(0, 1 - Math.Abs(at[2] - (i % 16)));
            return sum;
        }
    }

    [Fact]
    public void StepsSayHowLongTheyWaitedForTheirBatches()
    {
        var reports = new List<TrainingProgress>();
        var volumes = new LateVolumes(TinyTraining.Volumes(), TinyTraining.Descriptor.VolumesPerBatch);
        var options = TinyTraining.Descriptor with { Optimisation = TinyTraining.Descriptor.Optimisation with { Steps = 4 } };
        var run = Run(ComputePrecision.Float32, null) with { Progress = new Reports(reports) };
        run.History.Added += _ => volumes.StepDone();
        using var model = Pretraining.Train(options, volumes, run, TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3, 4], reports.Select(r => r.Step));
        Assert.Equal(TimeSpan.Zero, reports[0].Waited);
        Assert.All(
            reports.Zip(reports.Skip(1)),
            pair => Assert.True(pair.Second.Waited >= pair.First.Waited + LateVolumes.Delay, $"{pair.First.Waited}, {pair.Second.Waited}"));
    }

    [Fact]
    public void NoVolumesIsAClearError() => Assert.Throws<OptionException>(
        () => Pretraining.Train(
            TinyTraining.Descriptor, [], new TrainingRun { Compute = TinyTraining.Compute }, TestContext.Current.CancellationToken));

    private TrainingRun Run(ComputePrecision precision, string? checkpoint) => new()
    {
        Compute = TinyTraining.Compute with { Precision = precision },
        CheckpointPath = checkpoint is null ? null : _folder[checkpoint],
        CheckpointEvery = 4,
        RecordEvery = 1,
    };

    private static byte[] Train(PretrainingOptions options, TrainingRun run, CancellationToken cancellation = default)
    {
        using var model = Pretraining.Train(options, TinyTraining.Volumes(), run, cancellation);
        using var scope = NewDisposeScope();
        var bytes = new List<byte>();
        foreach (var (_, value) in model.state_dict())
            bytes.AddRange(value.detach().cpu().contiguous().bytes);

        return [.. bytes];
    }

    private sealed class Notes : ILogger
    {
        internal List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
                Warnings.Add(formatter(state, exception));
        }
    }

    private sealed class Reports(List<TrainingProgress> all) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => all.Add(value);
    }

    // Each batch after the first is begun only when the step before it is done.
    private sealed class LateVolumes(IReadOnlyList<PreparedVolume> volumes, int perBatch) : IReadOnlyList<PreparedVolume>
    {
        internal static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(20);

        private readonly Thread _trainer = Thread.CurrentThread;
        private readonly SemaphoreSlim _steps = new(0);
        private int _read;

        public int Count => volumes.Count;

        public PreparedVolume this[int index]
        {
            get
            {
                if (Thread.CurrentThread != _trainer && _read++ is > 0 and var read && read % perBatch == 0)
                {
                    // On a busy machine the step may be long over before the trainer asks, and only what it waits for counts.
                    Assert.True(_steps.Wait(TimeSpan.FromMinutes(5)));
                    SpinWait.SpinUntil(() => _trainer.ThreadState.HasFlag(System.Threading.ThreadState.WaitSleepJoin));
                    var asked = Stopwatch.StartNew();
                    SpinWait.SpinUntil(() => asked.Elapsed > Delay + TimeSpan.FromMilliseconds(5));
                }

                return volumes[index];
            }
        }

        public IEnumerator<PreparedVolume> GetEnumerator() => volumes.GetEnumerator();
        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
        internal void StepDone() => _steps.Release();
    }
}
