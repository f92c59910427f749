using Screener.Errors;
using Screener.Imaging;

namespace Screener.Evaluation;

/// <summary>The regions of a map that become findings.</summary>
internal static class FindingRegions
{
    /// <summary>The regions that are large enough, highest peak first; of equal peaks the one whose first voxel comes first.</summary>
    internal static IReadOnlyList<FindingRegion> Of(AnomalyMap map, BodyMask body, double threshold, FindingOptions options)
    {
        double least = options.LeastVoxels(map.Grid);
        var regions = map.IsCalibrated && options.Prominence > 0
            ? ProminentRegions.Of(map, body, threshold, options.Prominence, options.Connectivity)
            : Connected(map, body, threshold, options);
        return [.. regions.Where(r => r.Voxels >= least).OrderByDescending(r => map.Voxels[r.Peak]).ThenBy(r => r.First)];
    }

    /// <summary>The score above which voxels belong to findings.</summary>
    /// <exception cref="ScoreMapException">The grids differ, the body is empty, or a score in it is not finite.</exception>
    internal static double Threshold(AnomalyMap map, BodyMask body, FindingOptions options)
    {
        var scores = BodyScores.Of(map, body);
        if (options.Threshold is { } asked)
            return asked;
        if (!map.IsCalibrated)
        {
            return options.Rate is null
                ? scores.ExceededBy(options.BodyFraction)
                : throw new OptionException(nameof(options.Rate), "a map whose scores have no unit", "a calibrated map", "Leave it out.");
        }

        return options.Rate is { } rate ? -Math.Log10(rate) : FindingOptions.CalibratedThreshold;
    }

    private static FindingRegion[] Connected(AnomalyMap map, BodyMask body, double threshold, FindingOptions options)
    {
        var above = new byte[map.Voxels.Length];
        for (int i = 0; i < above.Length; i++)
            above[i] = body.Voxels[i] != 0 && map.Voxels[i] > threshold ? (byte)1 : (byte)0;
        var (runs, count) = ConnectedComponents.LabelRuns(above, map.Shape, options.Connectivity);
        var regions = new FindingRegion[count];
        foreach (var run in runs)
            (regions[run.Label] ??= new FindingRegion()).Add(run, map.Voxels);
        return regions;
    }
}

/// <summary>One connected region, as runs of voxels.</summary>
internal sealed class FindingRegion
{
    private readonly List<VoxelRun> _runs = [];

    internal long Voxels { get; private set; }

    /// <summary>Flat index of the first voxel.</summary>
    internal int First => _runs[0].Start;

    /// <summary>Flat index of the highest score, the first of equal ones.</summary>
    internal int Peak { get; private set; } = -1;

    internal void Add(VoxelRun run, float[] scores)
    {
        _runs.Add(run);
        Voxels += run.Length;
        for (int i = run.Start; i < run.Start + run.Length; i++)
        {
            if (Peak < 0 || scores[i] > scores[Peak])
                Peak = i;
        }
    }

    /// <summary>Flat indices of its voxels, ascending.</summary>
    internal IEnumerable<int> Indices() => _runs.SelectMany(run => Enumerable.Range(run.Start, run.Length));

    /// <summary>The labels that its voxels have, 0 left out.</summary>
    internal IEnumerable<int> LabelsIn(int[] labels) => Indices().Select(i => labels[i]).Where(label => label != 0).Distinct();

    internal Finding Describe(AnomalyMap map, CtVolume? ct, LabelVolume? organs)
    {
        var (height, width) = (map.Shape.Height, map.Shape.Width);
        var (x, y, z) = map.Grid.Affine.ToWorld(Peak / (height * width), Peak / width % height, Peak % width);
        byte? organ = organs is null ? null : Organ(organs.Voxels);
        double? hu = ct is null ? null : _runs.Sum(run => Sum(ct.Voxels.AsSpan(run.Start, run.Length))) / Voxels;
        return new Finding(
            map.Voxels[Peak], x, y, z, Voxels * map.Grid.VoxelVolume / 1000, hu, organ,
            organ is { } label ? organs!.Names.GetValueOrDefault(label) : null);
    }

    private static double Sum(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
            sum += value;
        return sum;
    }

    private byte? Organ(byte[] labels)
    {
        var counts = new long[256];
        foreach (var run in _runs)
        {
            foreach (byte label in labels.AsSpan(run.Start, run.Length))
                counts[label]++;
        }

        int most = 0;
        for (int label = 1; label < counts.Length; label++)
        {
            if (counts[label] > counts[most])
                most = label;
        }

        return most == 0 ? null : (byte)most;
    }
}
