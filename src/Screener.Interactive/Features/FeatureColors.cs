using Screener.Errors;
using Screener.Runtime;
using static TorchSharp.torch;

namespace Screener.Interactive.Features;

/// <summary>
/// Turns feature vectors into colours: the three directions in which they vary most (principal components) become red, green
/// and blue. Directions are only defined up to their sign; here each one's largest entry is positive, so that equal features have equal
/// colours whenever they are computed.
/// </summary>
public sealed class FeatureColors
{
    // A few extreme voxels do not set the scale.
    private const double CutOff = 0.02;
    private const int MostVectors = 200_000;

    private readonly double[] _mean;
    private readonly double[][] _directions;
    private readonly (double Low, double High)[] _ranges;

    private FeatureColors(double[] mean, double[][] directions, (double Low, double High)[] ranges, double[] explained)
    {
        _mean = mean;
        _directions = directions;
        _ranges = ranges;
        Explained = explained;
    }

    /// <summary>The part of all variance that red, green and blue hold, each 0 to 1; fewer than three where there are fewer channels.</summary>
    public IReadOnlyList<double> Explained { get; }

    /// <summary>The directions, one unit vector per colour.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Directions => _directions;

    /// <summary>Fits colours to maps, all voxels alike; of many voxels every n-th is taken.</summary>
    /// <param name="maps">One or more maps of the same number of channels.</param>
    /// <exception cref="OptionException">There is no map, channels differ, or no vector is finite.</exception>
    public static FeatureColors Fit(params IReadOnlyList<FeatureMap> maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        if (maps.Count == 0 || maps.Any(m => m.Channels != maps[0].Channels))
            throw new OptionException(nameof(maps), maps.Count == 0 ? "no map" : $"maps of {string.Join(", ", maps.Select(m => m.Channels).Distinct())} channels", "one or more maps of the same channels");
        int channels = maps[0].Channels;
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var vectors = Sample(maps, channels);
        if (vectors.shape[0] == 0)
            throw new OptionException(nameof(maps), "no finite vector", "at least one voxel with finite features", "Check the network.");
        var mean = vectors.mean([0], keepdim: true);
        var centred = vectors - mean;
        var covariance = centred.t().matmul(centred) / vectors.shape[0];

        // Eigenvalues rise.
        var (values, basis) = linalg.eigh(covariance);
        double[] variances = values.data<double>().ToArray(), entries = basis.contiguous().data<double>().ToArray();
        double all = variances.Sum(v => Math.Max(v, 0));
        int colors = Math.Min(3, channels);
        var directions = new double[colors][];
        var ranges = new (double, double)[colors];
        for (int k = 0; k < colors; k++)
        {
            int column = channels - 1 - k;
            directions[k] = Signed([.. Enumerable.Range(0, channels).Select(c => entries[(c * channels) + column])]);
            var projected = centred.matmul(tensor(directions[k]));
            double[] sorted = projected.data<double>().ToArray();
            Array.Sort(sorted);
            int cut = (int)((sorted.Length - 1) * CutOff);
            ranges[k] = (sorted[cut], sorted[^(cut + 1)]);
        }

        return new FeatureColors(
            mean.data<double>().ToArray(), directions, ranges, [.. Enumerable.Range(0, colors).Select(k => all > 0 ? Math.Max(variances[channels - 1 - k], 0) / all : 0)]);
    }

    /// <summary>The colours of a map.</summary>
    /// <returns>Three arrays [D, H, W], 0 to 1: red, green, blue.</returns>
    /// <exception cref="OptionException">The map has other channels than the colours.</exception>
    public (float[] Red, float[] Green, float[] Blue) Apply(FeatureMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (map.Channels != _mean.Length)
            throw new OptionException(nameof(map), $"{map.Channels} channels", $"{_mean.Length}, which the colours were fitted to");
        int voxels = map.Shape.CheckedLength();
        float[][] colors = [new float[voxels], new float[voxels], new float[voxels]];
        for (int k = 0; k < _directions.Length; k++)
        {
            var (low, high) = _ranges[k];
            double scale = high > low ? 1 / (high - low) : 0, offset = 0;
            for (int c = 0; c < map.Channels; c++)
                offset += _directions[k][c] * _mean[c];
            var color = colors[k];
            for (int c = 0; c < map.Channels; c++)
            {
                float weight = (float)_directions[k][c];
                var channel = map.Values.AsSpan(c * voxels, voxels);
                for (int i = 0; i < voxels; i++)
                    color[i] += weight * channel[i];
            }

            for (int i = 0; i < voxels; i++)
                color[i] = scale == 0 ? 0.5f : float.IsFinite(color[i]) ? (float)Math.Clamp((color[i] - offset - low) * scale, 0, 1) : 0;
        }

        // One or two channels are shown in grey or in two colours.
        for (int k = _directions.Length; k < 3; k++)
            colors[k] = colors[0];
        return (colors[0], colors[1], colors[2]);
    }

    private static Tensor Sample(IReadOnlyList<FeatureMap> maps, int channels)
    {
        using var scope = NewDisposeScope();
        long total = maps.Sum(m => m.Shape.VoxelCount), step = Math.Max(1, total / MostVectors);
        var parts = maps.Select(m => tensor(m.Values, channels, m.Shape.VoxelCount).t().slice(0, 0, m.Shape.VoxelCount, step).to_type(ScalarType.Float64));
        var vectors = cat([.. parts], 0);
        return vectors[vectors.isfinite().all(1)].MoveToOuterDisposeScope();
    }

    private static double[] Signed(double[] direction)
    {
        double largest = direction.MaxBy(Math.Abs);
        return largest < 0 ? [.. direction.Select(v => -v)] : direction;
    }
}
