using Screener.Errors;
using Screener.Imaging;
using Screener.Models;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Interactive.Lessons;

/// <summary>Feature vectors as plain numbers, one row per place: what a lesson keeps when the tensors are gone.</summary>
public sealed class FeatureRows
{
    /// <summary>Puts rows together.</summary>
    /// <param name="values">Count x <paramref name="channels"/> numbers, row by row; not copied.</param>
    /// <param name="channels">The length of a row.</param>
    /// <exception cref="OptionException">The numbers do not make whole rows.</exception>
    public FeatureRows(float[] values, int channels)
    {
        ArgumentNullException.ThrowIfNull(values);
        OptionException.ThrowIfOutside(nameof(channels), channels, 1, 1 << 16);
        if (values.Length % channels != 0)
            throw new OptionException(nameof(values), $"{values.Length} numbers", $"a multiple of {channels} channels");
        (Values, Channels) = (values, channels);
    }

    /// <summary>The numbers, row by row.</summary>
    public float[] Values { get; }

    /// <summary>The length of a row.</summary>
    public int Channels { get; }

    /// <summary>The number of rows.</summary>
    public int Count => Values.Length / Channels;

    /// <summary>A row.</summary>
    public ReadOnlySpan<float> this[int row] => Values.AsSpan(row * Channels, Channels);

    /// <summary>Copies rows out of a tensor.</summary>
    /// <param name="rows">[n, d]; the caller keeps owning it.</param>
    public static FeatureRows From(Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var scope = NewDisposeScope();
        var plain = rows.detach().to_type(ScalarType.Float32).cpu().contiguous();
        return new FeatureRows(plain.data<float>().ToArray(), (int)rows.shape[1]);
    }

    /// <summary>A network's features of a crop at some of its positions.</summary>
    /// <param name="network">The network.</param>
    /// <param name="device">Where it is.</param>
    /// <param name="shape">Voxels of the crop along [D, H, W].</param>
    /// <param name="crop">Its intensities, [D, H, W], 0 to 1.</param>
    /// <param name="positions">[n, 3]: (d, h, w) in voxels of the crop.</param>
    /// <param name="mask">[D, H, W], 1 = visible, 0 = hidden; null shows everything, as a descriptor needs it.</param>
    public static FeatureRows At(
        DenseNetwork network, Device device, VolumeShape shape, float[] crop, float[] positions, float[]? mask = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        return At(network.ForwardAt, device, shape, crop, positions, mask);
    }

    /// <summary>The grey values of a crop at some of its positions, that of the nearest voxel: features of one channel.</summary>
    /// <inheritdoc cref="At(DenseNetwork, Device, VolumeShape, float[], float[], float[])"/>
    public static FeatureRows At(VolumeShape shape, float[] crop, float[] positions)
    {
        ArgumentNullException.ThrowIfNull(crop);
        ArgumentNullException.ThrowIfNull(positions);
        return new FeatureRows(
            [.. Enumerable.Range(0, positions.Length / 3).Select(
                i => crop[shape.Index(
                    (int)Math.Round(positions[3 * i]), (int)Math.Round(positions[(3 * i) + 1]), (int)Math.Round(positions[(3 * i) + 2]))])],
                    1);
    }

    /// <summary>Rows of several sources, one after the other.</summary>
    /// <exception cref="OptionException">There are none, or their lengths differ.</exception>
    public static FeatureRows Join(IReadOnlyList<FeatureRows> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 0 || parts.Any(p => p.Channels != parts[0].Channels))
            throw new OptionException(nameof(parts), $"{parts.Count} parts", "at least one, all with as many channels");
        return new FeatureRows([.. parts.SelectMany(p => p.Values)], parts[0].Channels);
    }

    /// <summary>Some of the rows, in the order asked for.</summary>
    public FeatureRows Select(IEnumerable<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var values = new List<float>();
        foreach (int row in rows)
            values.AddRange(this[row]);
        return new FeatureRows([.. values], Channels);
    }

    /// <summary>The rows in random order.</summary>
    public FeatureRows Shuffled(RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        int[] order = [.. Enumerable.Range(0, Count)];
        random.Shuffle<int>(order);
        return Select(order);
    }

    /// <summary>The Euclidean distance of each row to the row of the same number in <paramref name="other"/>.</summary>
    /// <exception cref="OptionException">The other rows are of another number or length.</exception>
    public double[] DistancesTo(FeatureRows other)
    {
        RequireAlike(other);
        var distances = new double[Count];
        for (int row = 0; row < distances.Length; row++)
            distances[row] = Distance(this[row], other[row]);
        return distances;
    }

    /// <summary>The row that is nearest to a vector.</summary>
    public int NearestTo(ReadOnlySpan<float> vector)
    {
        var (best, least) = (-1, double.PositiveInfinity);
        for (int row = 0; row < Count; row++)
        {
            double distance = Distance(this[row], vector);
            if (distance < least)
                (best, least) = (row, distance);
        }

        return best;
    }

    /// <summary>The part of the rows whose nearest row in <paramref name="other"/> is the one of the same number, 0 to 1.</summary>
    /// <exception cref="OptionException">The other rows are of another number or length.</exception>
    public double FoundIn(FeatureRows other)
    {
        RequireAlike(other);
        return Enumerable.Range(0, Count).Count(row => other.NearestTo(this[row]) == row) / (double)Count;
    }

    /// <summary>The mean row.</summary>
    public float[] Mean()
    {
        var sum = new double[Channels];
        for (int i = 0; i < Values.Length; i++)
            sum[i % Channels] += Values[i];
        return Array.ConvertAll(sum, s => (float)(s / Count));
    }

    /// <summary>Root mean square distance of the rows from their mean: the size of the cloud.</summary>
    public double Spread()
    {
        float[] mean = Mean();
        double sum = 0;
        for (int row = 0; row < Count; row++)
            sum += Math.Pow(Distance(this[row], mean), 2);
        return Math.Sqrt(sum / Count);
    }

    /// <summary>
    /// How many directions the cloud fills: (sum of l)^2 / sum of l^2 over the eigenvalues l of the covariance. From 1, all rows
    /// on a line, to <see cref="Channels"/>, a ball; 0 if all rows are equal.
    /// </summary>
    public double EffectiveDimensions()
    {
        // Trace and Frobenius norm of the covariance are the two sums.
        float[] mean = Mean();
        var covariance = new double[Channels * Channels];
        var centred = new double[Channels];
        for (int row = 0; row < Count; row++)
        {
            var values = this[row];
            for (int i = 0; i < Channels; i++)
                centred[i] = values[i] - mean[i];
            for (int i = 0; i < Channels; i++)
            {
                for (int j = 0; j < Channels; j++)
                    covariance[(i * Channels) + j] += centred[i] * centred[j];
            }
        }

        double trace = Enumerable.Range(0, Channels).Sum(i => covariance[(i * Channels) + i]), squares = covariance.Sum(c => c * c);
        return squares > 0 ? trace * trace / squares : 0;
    }

    /// <summary>
    /// Pearson's correlation with the same channel of <paramref name="other"/> over all rows, the mean over the channels.
    /// </summary>
    /// <returns>-1 to 1. A channel that is constant in either counts as 0.</returns>
    /// <exception cref="OptionException">The other rows are of another number or length.</exception>
    public double CorrelationWith(FeatureRows other)
    {
        RequireAlike(other);
        float[] mean = Mean(), otherMean = other.Mean();
        double total = 0;
        for (int channel = 0; channel < Channels; channel++)
        {
            double xx = 0, yy = 0, xy = 0;
            for (int row = 0; row < Count; row++)
            {
                double x = this[row][channel] - mean[channel], y = other[row][channel] - otherMean[channel];
                (xx, yy, xy) = (xx + (x * x), yy + (y * y), xy + (x * y));
            }

            total += xx > 0 && yy > 0 ? xy / Math.Sqrt(xx * yy) : 0;
        }

        return total / Channels;
    }

    internal static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (double)(a[i] - b[i]) * (a[i] - b[i]);
        return Math.Sqrt(sum);
    }

    private void RequireAlike(FeatureRows other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Count != Count || other.Channels != Channels)
            throw new OptionException(nameof(other), $"{other.Count} x {other.Channels}", $"{Count} x {Channels} numbers, as here");
    }

    private static FeatureRows At(
        Func<Tensor, Tensor?, Tensor, Tensor> forward, Device device, VolumeShape shape, float[] crop, float[] positions, float[]? mask)
    {
        ArgumentNullException.ThrowIfNull(positions);
        using var guard = inference_mode();
        using var scope = NewDisposeScope();
        long[] size = [1, 1, shape.Depth, shape.Height, shape.Width];
        return From(
            forward(TensorMemory.Of(crop, size).to(device), mask is null ? null : TensorMemory.Of(mask, size).to(device),
                TensorMemory.Of(positions, [1, positions.Length / 3, 3]).to(device)));
    }
}
