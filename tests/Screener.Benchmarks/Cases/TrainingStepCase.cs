using Screener.Imaging;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Benchmarks.Cases;

/// <summary>Training steps of the Quick descriptor on one ready batch against PyTorch: forward, dense VICReg, backward, clipping, AdamW.</summary>
internal static class TrainingStepCase
{
    private const double LearningRate = 1e-3;

    internal static IEnumerable<ResultRow> Run(BenchmarkSettings settings)
    {
        int steps = settings.Tiny ? 1 : 3;
        var options = PretrainingOptions.Quick;
        var device = new ComputeOptions { Device = "cpu", Threads = settings.Threads }.Apply();
        bool emulated = NativePrecision.IsEmulated(device, ComputePrecision.BFloat16);
        var random = new RandomStream(3);
        var shape = new VolumeShape(64, 80, 80);
        var grid = new VolumeGrid(shape, Affine.Canonical(new Spacing(3, 3, 3)));
        float[] intensities = [.. Enumerable.Range(0, shape.CheckedLength()).Select(_ => (float)random.NextDouble())];
        PreparedVolume[] volumes = [new(grid, intensities, grid)];
        using var single = new Side(options, volumes, device, ComputePrecision.Float32);
        using var half = new Side(options, volumes, device, ComputePrecision.BFloat16);
        using var arrays = new RawArrays();
        arrays.Write<float>("images", single.Batch.Images);
        arrays.Write<float>("positions", single.Batch.Positions);
        arrays.WriteWeights("model", single.Model);
        arrays.WriteWeights("projector", single.Projector);

        int crops = 2 * options.VolumesPerBatch, edge = options.Crops.PatchShape.Depth;
        string name = $"{steps} training steps, {crops} crops of {edge}^3";
        using var peer = PythonPeer.Start(
            "training.py", [("torch", "python3-torch")], settings.Threads, out string missing,
            arrays.Folder, $"{settings.Threads}", $"{crops}", $"{edge}", $"{options.Crops.PositionsPerPair}",
            $"{LearningRate}", $"{options.Optimisation.WeightDecay}", $"{options.Optimisation.Epsilon}", $"{steps}");
        if (peer is null)
            return [ResultRow.Skipped(name, missing)];
        var theirs = new List<double>();
        var seconds = Alternation.Measure(
            "training", settings.Repeats, Alternation.Timed(() => single.Steps(steps)), emulated ? () => 0 : Alternation.Timed(() => half.Steps(steps)),
            () =>
            {
                var answer = peer.Ask("run");
                theirs.AddRange(answer.GetProperty("losses").EnumerateArray().Select(l => l.GetDouble()));
                return answer.GetProperty("seconds").GetDouble();
            });
        string version = peer.Version + ", float32";
        return
        [
            ResultRow.Compare(name + ", float32", seconds[0], version, seconds[2], Difference(single.Losses, theirs)),
            emulated
                ? ResultRow.Emulated(name + ", bf16")
                : ResultRow.Compare(name + ", bf16", seconds[1], version, seconds[2], Difference(half.Losses, theirs)),
        ];
    }

    private static string Difference(List<double> ours, List<double> theirs) =>
        $"losses differ by {Math.Abs(ours[0] / theirs[0] - 1):0.0e+0} in step 1 ({theirs[0]:0.00}), {Math.Abs(ours[^1] / theirs[^1] - 1):0.0e+0} in step {ours.Count} ({theirs[^1]:0.00})";

    /// <summary>A network in training at one precision.</summary>
    internal sealed class Side : IDisposable
    {
        private readonly PretrainingTask _task;
        private readonly AdamW _optimizer;
        private readonly PretrainingOptions _options;
        private readonly Device _device;
        private readonly int _parameters;

        internal Side(PretrainingOptions options, IReadOnlyList<PreparedVolume> volumes, Device device, ComputePrecision precision)
        {
            _options = options;
            _device = device;
            Model = new DescriptorModel(options.Network, new RandomStream(4));
            Projector = new Projector(options.Network.DescriptorChannels, options.Projector, new RandomStream(5));
            _task = new PretrainingTask(options, volumes, Model, Projector, precision);
            var parameters = Model.parameters().Concat(Projector.parameters()).ToList();
            _parameters = parameters.Count;
            _optimizer = new AdamW(parameters, options.Optimisation);
            Batch = _task.MakeBatch(0, CancellationToken.None);
        }

        internal DescriptorModel Model { get; }

        internal Projector Projector { get; }

        internal PretrainingBatch Batch { get; }

        internal List<double> Losses { get; } = [];

        internal void MakeBatch(long number) => _task.MakeBatch(number, CancellationToken.None);

        internal void Steps(int count)
        {
            for (int i = 0; i < count; i++)
            {
                using var scope = NewDisposeScope();
                var loss = _task.Loss(Batch, 0, _device);
                loss.Backward();
                _optimizer.Clip(0, _parameters, _options.Optimisation.GradientNormLimit);
                _optimizer.Step(LearningRate);
                Losses.Add(loss.Total.item<float>());
            }
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            Projector.Dispose();
            Model.Dispose();
        }
    }
}
