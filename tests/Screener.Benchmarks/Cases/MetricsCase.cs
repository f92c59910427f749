using Screener.Evaluation;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Benchmarks.Cases;

/// <summary>Areas under curves of ten million voxels against scikit-learn, numpy and scipy.</summary>
internal static class MetricsCase
{
    internal static IEnumerable<ResultRow> Run(BenchmarkSettings settings)
    {
        var shape = settings.Tiny ? new VolumeShape(40, 50, 50) : new VolumeShape(160, 250, 250);
        string name = $"{shape.VoxelCount / 1e6:0.#} million voxels";
        var (scores, lesions) = Volume(shape);
        using var arrays = new RawArrays();
        arrays.Write<float>("scores", scores);
        arrays.Write<byte>("lesions", lesions);
        var options = new EvaluationOptions { SamplesPerCase = 0, BootstrapReplicates = 0, Threads = settings.Threads };
        using var peer = PythonPeer.Start(
            "metrics.py", [("sklearn", "python3-sklearn"), ("scipy", "python3-scipy")], settings.Threads, out string missing,
            arrays.Folder, $"{shape.Depth}x{shape.Height}x{shape.Width}", $"{options.FprLimit}");
        if (peer is null)
            return [ResultRow.Skipped("metrics, " + name, missing)];

        double auroc = 0;
        double[] all = [], theirAuroc = [], theirAll = [];
        var one = Alternation.Measure(
            "AUROC", settings.Repeats, Alternation.Timed(() => auroc = RocCurve.Auroc(scores, lesions, settings.Threads)),
            () => Ask("auroc", ref theirAuroc));
        var every = Alternation.Measure(
            "all metrics", settings.Repeats, Alternation.Timed(() => all = Everything()), () => Ask("everything", ref theirAll));
        return
        [
            ResultRow.Compare($"AUROC, {name}", one[0], peer.Version, one[1], Difference([auroc], theirAuroc)),
            ResultRow.Compare(
                $"AUROC, AUROC and AUPRO at 0.3, {name}", every[0], peer.Version + ", numpy, scipy", every[1], Difference(all, theirAll)),
        ];

        double Ask(string command, ref double[] values)
        {
            var answer = peer.Ask(command);
            values = [.. answer.GetProperty("values").EnumerateArray().Select(v => v.GetDouble())];
            return answer.GetProperty("seconds").GetDouble();
        }

        double[] Everything()
        {
            var evaluation = new PooledEvaluation(options, new RandomStream(0));
            evaluation.Add("case", scores, lesions, [], shape);
            var result = evaluation.Finish();
            return [result.Auroc.Value!.Value, result.AurocAtLimit.Value!.Value, result.AuproAtLimit.Value!.Value];
        }
    }

    private static string Difference(double[] ours, double[] theirs) =>
        $"{string.Join(", ", ours.Select(v => $"{v:0.000000}"))}; differ by at most "
        + $"{ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max():0.0e+0}";

    // Noise with forty balls of lesion, about 1 % of the voxels, on average one standard deviation brighter.
    private static (float[] Scores, byte[] Lesions) Volume(VolumeShape shape)
    {
        var random = new RandomStream(6);
        var lesions = new byte[shape.CheckedLength()];
        for (int ball = 0; ball < 40; ball++)
        {
            double radius = random.Uniform(0.02, 0.07) * shape.Depth;
            int r = (int)Math.Ceiling(radius);
            int d0 = r + random.NextInt(shape.Depth - (2 * r)), h0 = r + random.NextInt(shape.Height - (2 * r)), w0 = r
                + random.NextInt(shape.Width - (2 * r));
            for (int d = -r; d < r; d++)
            {
                for (int h = -r; h < r; h++)
                {
                    for (int w = -r; w < r; w++)
                    {
                        if ((d * d) + (h * h) + (w * w) < radius * radius)
                            lesions[shape.Index(d0 + d, h0 + h, w0 + w)] = 1;
                    }
                }
            }
        }

        var scores = new float[lesions.Length];
        for (int i = 0; i < scores.Length; i++)
            scores[i] = (float)random.NextGaussian() + lesions[i];
        return (scores, lesions);
    }
}
