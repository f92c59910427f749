using Screener.Conditions;
using Screener.Imaging;
using Screener.Inference;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.SyntheticLesions;
using TorchSharp;

namespace Screener.Benchmarks.Cases;

/// <summary>
/// A whole chest at the paper's resolution: the paper's pipeline, one distilled network of the same size, and one of ours. A window is
/// measured, and counted as often as the chest has windows.
/// </summary>
internal static class PaperSizeCase
{
    private const string Name = "paper's size";

    // 30 x 30 x 35 cm, of 2.25 x 1.5 x 1.5 mm, every voxel of it wanted.
    private static readonly VolumeShape Chest = new(133, 200, 233);

    internal static IEnumerable<ResultRow> Run(BenchmarkSettings settings)
    {
        var device = new ComputeOptions { Device = "cpu", Threads = settings.Threads }.Apply();
        var random = new RandomStream(3);
        using var pipeline = FreshNetworks.Paper();
        var paper = pipeline.FittingOptions.PatchShape;
        double operations = FreshNetworks.WindowOperations(pipeline);
        foreach (var row in Rows("pipeline", paper, 0.5, operations, pipeline.MoveTo, (w, p) => pipeline.Score(w, [p], [0])))
            yield return row;

        // What 'screener distil' makes, and the same at the paper's size.
        (string, LesionNetworkOptions)[] distilled = [
            ("one network", new() { Network = UNetOptions.Paper with { LayerScaleStart = 1 }, CropShape = paper }),
            ("our small network", new() { CropShape = paper })];
        foreach (var (name, options) in distilled)
        {
            using var network = new LesionNetwork(options, random);
            operations = FreshNetworks.NetworkOperations(options.Input, paper, paper.VoxelCount);
            foreach (var row in Rows(name, paper, 0.25, operations, network.MoveTo, (w, _) => network.forward(w)))
                yield return row;
        }

        IEnumerable<ResultRow> Rows(
            string name, VolumeShape window, double overlap, double work, Action<torch.Device, ComputePrecision> move,
            Func<torch.Tensor, PatchPlacement, torch.Tensor> score)
        {
            int windows = Windows(new() { Window = window, Overlap = overlap });
            using var crop = torch.rand([1, 1, window.Depth, window.Height, window.Width], generator: new torch.Generator(4));
            foreach (var (precision, type) in new[] { (ComputePrecision.Float32, torch.ScalarType.Float32),
                (ComputePrecision.BFloat16, torch.ScalarType.BFloat16) })
            {
                string row = $"{Name}, {name}, {windows} windows, {(precision == ComputePrecision.Float32 ? "float32" : "bf16")}";
                if (NativePrecision.IsEmulated(device, precision))
                {
                    yield return ResultRow.Emulated(row);
                    continue;
                }

                move(device, precision);
                double[] seconds = Alternation.Measure(row, settings.Tiny ? 1 : settings.Repeats, Alternation.Timed(() =>
                {
                    using var guard = torch.inference_mode();
                    score(crop, new PatchPlacement(Chest, 0, 0, 0)).Dispose();
                }))[0];
                yield return ResultRow.Share(row, type, windows * work, [.. seconds.Select(s => windows * s)], settings);
            }
        }
    }

    private static int Windows(SlidingWindowOptions options) => SlidingWindow.Origins(Chest, options).Count();
}
