using Screener.Imaging;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;

namespace Screener.Benchmarks.Cases;

/// <summary>Sliding-window screening by the Quick networks against PyTorch, and its share of the machine's matrix-product rate.</summary>
internal static class InferenceCase
{
    private const string Name = "inference";

    internal static IEnumerable<ResultRow> Run(BenchmarkSettings settings)
    {
        var options = SlidingWindowOptions.Quick with { Overlap = 0.25 };
        int edge = options.Window.Depth;
        var shape = settings.Tiny ? new VolumeShape(edge, edge, edge + 16) : new VolumeShape(120, 120, 120);
        var random = new RandomStream(2);
        float[] intensities = [.. Enumerable.Range(0, shape.CheckedLength()).Select(_ => (float)random.NextDouble())];
        var grid = new VolumeGrid(shape, Affine.Canonical(new Spacing(3, 3, 3)));
        var volume = new PreparedVolume(grid, intensities, grid);
        var device = new ComputeOptions { Device = "cpu", Threads = settings.Threads }.Apply();
        using var model = FreshNetworks.Quick();
        int windows = 0;
        using var arrays = new RawArrays();
        arrays.Write<float>("volume", intensities);
        arrays.WriteWeights("descriptor", model.Descriptor);
        arrays.WriteWeights("condition", model.Networks.All[0].Network);
        arrays.WriteWeights("density", model.Densities[0]);

        float[] single = [], half = [];
        var ours = Alternation.Timed(() => single = Screen(ComputePrecision.Float32));
        bool emulated = NativePrecision.IsEmulated(device, ComputePrecision.BFloat16);
        var oursHalf = emulated ? () => 0 : Alternation.Timed(() => half = Screen(ComputePrecision.BFloat16));
        using var peer = PythonPeer.Start(
            "inference.py", [("torch", "python3-torch")], settings.Threads, out string missing,
            arrays.Folder, $"{settings.Threads}", $"{options.BatchSize}", $"{shape.Depth}x{shape.Height}x{shape.Width}", $"{edge}",
            $"{options.Overlap}", $"{options.GaussianSigma}");
        var rows = new List<ResultRow>();
        double[][] seconds;
        if (peer is null)
        {
            seconds = Alternation.Measure(Name, settings.Repeats, ours, oursHalf);
            rows.Add(ResultRow.Skipped(Name, missing));
        }
        else
        {
            seconds = Alternation.Measure(Name, settings.Repeats, ours, oursHalf, () => peer.Time("run"));
            peer.Ask("save");
            float[] theirs = arrays.Read("map");
            string version = peer.Version;
            rows.Add(
                ResultRow.Compare(
                    $"{Name}, {windows} windows, float32", seconds[0], version + ", float32", seconds[2], Difference(single, theirs)));
            string row = $"{Name}, {windows} windows, bf16";
            rows.Add(
                emulated
                    ? ResultRow.Emulated(row)
                    : ResultRow.Compare(row, seconds[1], version + ", float32", seconds[2], Difference(half, theirs)));
        }

        double operations = windows * FreshNetworks.WindowOperations(model);
        rows.Add(Share("float32", torch.ScalarType.Float32, seconds[0]));
        if (!emulated)
            rows.Add(Share("bf16", torch.ScalarType.BFloat16, seconds[1]));
        return rows;

        float[] Screen(ComputePrecision precision)
        {
            windows = 0;
            model.MoveTo(device, precision);
            return SlidingWindow.Run(volume, 1, options, Predict, device)[0];
        }

        ResultRow Share(string format, torch.ScalarType type, double[] times) =>
            ResultRow.Share($"{Name}, share of matrix products, {format}", type, operations, times, settings);

        torch.Tensor Predict(torch.Tensor batch, Conditions.PatchPlacement[] placements)
        {
            windows += placements.Length;
            return model.Score(batch, placements, [0]);
        }
    }

    private static string Difference(float[] ours, float[] theirs)
    {
        double largest = 0, sum = 0;
        for (int i = 0; i < theirs.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs((double)ours[i] - theirs[i]));
            sum += theirs[i];
        }

        return $"scores differ by at most {largest:0.0e+0} nats (mean score {sum / theirs.Length:0.0})";
    }
}
