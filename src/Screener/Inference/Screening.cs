using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Preprocessing;
using Screener.Runtime;

namespace Screener.Inference;

/// <summary>From a CT volume to its anomaly map, on the CT's own grid (paper, section 3 and app. F).</summary>
internal static class Screening
{
    /// <summary>Screens a CT.</summary>
    /// <param name="model">The trained models, on the scan's device.</param>
    /// <param name="scan">The CT, in any orientation, and its body.</param>
    /// <param name="heads">The indices of the model's heads to score, at least one.</param>
    /// <param name="options">Windows, overlap, weights.</param>
    /// <param name="progress">Fraction done.</param>
    /// <param name="cancellation">Stops between windows.</param>
    /// <returns>The body mask and the scores; nothing in it holds tensors.</returns>
    internal static ScreenedVolume Screen(
        ScreenerModel model, PatientScan scan, IReadOnlyList<int> heads, SlidingWindowOptions options, IProgress<double>? progress,
        CancellationToken cancellation)
    {
        var prepared = Preprocessor.Prepare(scan.Ct, model.Preprocessing, scan.Compute.ThreadCount, null, cancellation);
        return InWindows(
            scan, prepared, heads.Count, options, (windows, placements) => model.Score(windows, placements, heads), null, progress,
            cancellation);
    }

    /// <summary>Screens a prepared CT with anything that scores windows.</summary>
    /// <param name="scan">The CT and its body.</param>
    /// <param name="prepared">The CT as the predictor wants it.</param>
    /// <param name="scores">Scores per voxel.</param>
    /// <param name="options">Windows, overlap, weights.</param>
    /// <param name="predictor">Scores a batch of windows.</param>
    /// <param name="finish">What is made of a whole map on the prepared grid, in place; null for nothing.</param>
    /// <param name="progress">Fraction done.</param>
    /// <param name="cancellation">Stops between windows.</param>
    internal static ScreenedVolume InWindows(
        PatientScan scan, PreparedVolume prepared, int scores, SlidingWindowOptions options, WindowPredictor predictor,
        Action<float[], BodyMask>? finish, IProgress<double>? progress, CancellationToken cancellation)
    {
        var device = scan.Compute.Apply();
        int threads = scan.Compute.ThreadCount;
        var region = GridResampler.Resample(scan.Body, prepared.Grid, threads, cancellation);
        var maps = SlidingWindow.Run(prepared, scores, options, predictor, device, region.Voxels, progress, cancellation);
        foreach (var map in maps)
            finish?.Invoke(map, region);
        return new ScreenedVolume(prepared.Grid, maps, scan.Body, threads);
    }
}

/// <summary>A screened CT: its body mask, and per head the scores on the prepared grid, brought to the CT's grid on demand.</summary>
internal sealed class ScreenedVolume
{
    private readonly VolumeGrid _grid;
    private readonly float[][] _scores;
    private readonly int _threads;

    internal ScreenedVolume(VolumeGrid grid, float[][] scores, BodyMask body, int threads)
    {
        _grid = grid;
        _scores = scores;
        _threads = threads;
        Body = body;
        foreach (var map in scores)
            FillUncovered(map);
    }

    /// <summary>The patient, on the CT's grid.</summary>
    internal BodyMask Body { get; }

    /// <summary>The anomaly map of a head on the CT's own grid: trilinear inside the body, the body's minimum outside.</summary>
    /// <param name="head">The position in the heads that were asked for.</param>
    /// <param name="cancellation">Stops the resampling.</param>
    internal AnomalyMap Map(int head, CancellationToken cancellation = default) =>
        PatientScan.On(Body, new AnomalyMap(_grid, _scores[head]), _threads, cancellation);

    // Voxels away from the body got no window. They must not be NaN, or interpolation would carry NaN into the body's edge.
    private static void FillUncovered(float[] map)
    {
        float least = float.PositiveInfinity;
        foreach (float score in map)
        {
            if (score < least)
                least = score;
        }

        for (int i = 0; i < map.Length; i++)
        {
            if (float.IsNaN(map[i]))
                map[i] = float.IsPositiveInfinity(least) ? 0 : least;
        }
    }
}
