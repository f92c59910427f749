using Screener.Conditions;
using Screener.Errors;
using Screener.Imaging;
using Screener.Preprocessing;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Inference;

/// <summary>Scores a batch of windows.</summary>
/// <param name="windows">[N, 1, D, H, W], float32, 0 to 1, on the window device.</param>
/// <param name="placements">Where each window lies in the volume.</param>
/// <returns>[N, K, D, H, W], float32: K scores per voxel. The caller owns it.</returns>
public delegate Tensor WindowPredictor(Tensor windows, PatchPlacement[] placements);

/// <summary>Is told after each window.</summary>
/// <param name="window">Where it lies in the volume.</param>
/// <param name="maps">The scores so far, as <see cref="SlidingWindow.Run"/> returns them; each call copies them.</param>
public delegate void WindowObserver(PatchPlacement window, Func<float[][]> maps);

/// <summary>Covers a volume by overlapping windows and averages their scores.</summary>
/// <remarks>A window is reduced to its K scores before it leaves the predictor: memory grows with K times the volume, never
/// with the volume times the descriptor's channels.</remarks>
public static class SlidingWindow
{
    // Weights far from the centre vanish; a voxel that only a window's corner covers still needs a positive one.
    private const float LeastWeight = 1e-3f;

    /// <summary>Runs the predictor over the volume.</summary>
    /// <param name="volume">The prepared volume.</param>
    /// <param name="scores">K, the scores per voxel.</param>
    /// <param name="options">Windows, overlap, weights.</param>
    /// <param name="predictor">Scores a batch of windows.</param>
    /// <param name="windowDevice">Where the windows run.</param>
    /// <param name="region">Voxels that need a score, [D, H, W], non-zero = yes; windows without any are skipped. Empty means all.</param>
    /// <param name="progress">Fraction done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <param name="seen">Told after each window, to watch the maps fill.</param>
    /// <returns>K arrays of [D, H, W]; voxels that no window covered are NaN.</returns>
    /// <exception cref="OptionException">An option is out of range, or the predictor's result has another shape.</exception>
    /// <exception cref="ScoreMapException">A score is not finite.</exception>
    public static float[][] Run(
        PreparedVolume volume, int scores, SlidingWindowOptions options, WindowPredictor predictor, Device windowDevice,
        ReadOnlyMemory<byte> region = default, IProgress<double>? progress = null, CancellationToken cancellation = default,
        WindowObserver? seen = null)
    {
        options.Validate();
        OptionException.ThrowIfOutside(nameof(scores), scores, 1, 4096);
        var shape = volume.Grid.Shape;
        var window = options.Window;
        var stitchDevice = Runtime.ComputeDevice.Resolve(options.StitchDevice);
        var origins = Origins(shape, options, region.Span);
        using var guard = inference_mode();
        using var scope = NewDisposeScope();
        var (pd, ph, pw) = (Math.Max(shape.Depth, window.Depth), Math.Max(shape.Height, window.Height),
            Math.Max(shape.Width, window.Width));
        var sum = zeros([scores, pd, ph, pw], device: stitchDevice);
        var total = zeros([1, pd, ph, pw], device: stitchDevice);
        var weights = TensorMemory.Of(WeightsOf(options), [1, window.Depth, window.Height, window.Width]).to(stitchDevice);
        int voxels = window.CheckedLength();
        var buffer = new float[options.BatchSize * voxels];
        for (int start = 0; start < origins.Count; start += options.BatchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            using var batchScope = NewDisposeScope();
            int count = Math.Min(options.BatchSize, origins.Count - start);
            var placements = new PatchPlacement[count];
            for (int i = 0; i < count; i++)
            {
                VolumePatch.Copy(volume, origins[start + i], window, buffer.AsSpan(i * voxels, voxels));
                placements[i] = new PatchPlacement(shape, origins[start + i].D, origins[start + i].H, origins[start + i].W);
            }

            var windows = TensorMemory.Of(buffer.AsSpan(0, count * voxels), count, 1, window.Depth, window.Height, window.Width).to(
                windowDevice);
            var result = predictor(windows, placements).to(stitchDevice);
            long[] wanted = [count, scores, .. windows.shape[2..]];
            if (!result.shape.AsSpan().SequenceEqual(wanted))
                throw new OptionException(
                    nameof(predictor), $"a result of shape [{string.Join(", ", result.shape)}]", $"[{string.Join(", ", wanted)}]",
                    "Return as many scores for every voxel of every window.");
            for (int i = 0; i < count; i++)
            {
                var (d, h, w) = origins[start + i];
                View(sum, d, h, w).Increase(result[i] * weights);
                View(total, d, h, w).Increase(weights);
                seen?.Invoke(placements[i], Maps);
            }

            progress?.Report((start + count) / (double)origins.Count);
        }

        // NaN marks what no window covered, and must mean nothing else.
        if (!sum.isfinite().all().item<bool>())
        {
            throw new ScoreMapException(
                volume.Source, "scores that are not finite", "finite scores",
                "The model's weights are damaged or too large: use another model, or compute in float32.");
        }

        return Maps();

        float[][] Maps()
        {
            // 0 / 0 is what no window covered.
            using var mapScope = NewDisposeScope();
            var mean = (sum / total).narrow(1, 0, shape.Depth).narrow(2, 0, shape.Height).narrow(3, 0, shape.Width).cpu();
            return [.. Enumerable.Range(0, scores).Select(k => mean[k].contiguous().data<float>().ToArray())];
        }

        Tensor View(Tensor whole, int d, int h, int w) =>
            whole.narrow(1, d, window.Depth).narrow(2, h, window.Height).narrow(3, w, window.Width);
    }

    /// <summary>The first voxels of the windows: evenly strided, the last one flush with the volume's end.</summary>
    internal static IEnumerable<(int D, int H, int W)> Origins(VolumeShape shape, SlidingWindowOptions options)
    {
        var starts = new[] { Starts(shape.Depth, options.Window.Depth), Starts(shape.Height, options.Window.Height),
            Starts(shape.Width, options.Window.Width) };
        foreach (int d in starts[0])
        {
            foreach (int h in starts[1])
            {
                foreach (int w in starts[2])
                    yield return (d, h, w);
            }
        }

        int[] Starts(int size, int window)
        {
            if (size <= window)
                return [0];
            int stride = Math.Max(1, (int)(window * (1 - options.Overlap)));
            int count = ((size - window + stride - 1) / stride) + 1;
            return [.. Enumerable.Range(0, count).Select(i => Math.Min(i * stride, size - window))];
        }
    }

    /// <summary>The first voxels of the windows that touch a region; of all where it is empty.</summary>
    internal static IReadOnlyList<(int D, int H, int W)> Origins(VolumeShape shape, SlidingWindowOptions options, ReadOnlySpan<byte> region)
    {
        var touching = new List<(int, int, int)>();
        foreach (var origin in Origins(shape, options))
        {
            if (Touches(region, shape, origin, options.Window))
                touching.Add(origin);
        }

        return touching;
    }

    private static float[] WeightsOf(SlidingWindowOptions options)
    {
        var (window, values) = (options.Window, new float[options.Window.CheckedLength()]);
        double Weight(double fromCentre, int n) => options.Weights switch
        {
            WindowWeights.Constant => 1,
            WindowWeights.Linear => 1 - (2 * Math.Abs(fromCentre) / n),
            _ => Math.Exp(-0.5 * Math.Pow(fromCentre / (options.GaussianSigma * n), 2)),
        };
        double[] Axis(int n) => [.. Enumerable.Range(0, n).Select(i => Weight(i - ((n - 1) / 2.0), n))];
        var (d, h, w) = (Axis(window.Depth), Axis(window.Height), Axis(window.Width));
        for (int i = 0, n = 0; i < d.Length; i++)
        {
            for (int j = 0; j < h.Length; j++)
            {
                for (int k = 0; k < w.Length; k++)
                    values[n++] = Math.Max(LeastWeight, (float)(d[i] * h[j] * w[k]));
            }
        }

        return values;
    }

    private static bool Touches(ReadOnlySpan<byte> region, VolumeShape shape, (int D, int H, int W) origin, VolumeShape window)
    {
        if (region.IsEmpty)
            return true;
        int width = Math.Min(window.Width, shape.Width - origin.W);
        for (int d = origin.D; d < Math.Min(origin.D + window.Depth, shape.Depth); d++)
        {
            for (int h = origin.H; h < Math.Min(origin.H + window.Height, shape.Height); h++)
            {
                if (region.Slice(shape.Index(d, h, origin.W), width).ContainsAnyExcept((byte)0))
                    return true;
            }
        }

        return false;
    }
}
