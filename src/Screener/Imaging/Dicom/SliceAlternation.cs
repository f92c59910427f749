using System.Globalization;
using System.Numerics;
using static System.FormattableString;

namespace Screener.Imaging.Dicom;

/// <summary>Notices acquisitions that are interleaved along the normal: slice i is of acquisition i mod n. Their stack zigzags between two
/// states of the body.</summary>
internal static class SliceAlternation
{
    private const int MostAcquisitions = 4, FewestSlicesEach = 3;

    // Blocks of 8 x 8 pixels have an eighth of the noise.
    private const int Block = 8, FewestBlocks = 3, FewestSlicesOfWaves = 12;
    private const double LeastOfBody = -800, LeastShare = 0.02;

    // Between neighbours, HU: less is noise, and what is more counts as no more, or the ends of an organ would be waves of all lengths.
    private const double LeastDifference = 10, MostDifference = 50;

    // How many times the mean power of the other waves.
    private const double LeastPowerRatio = 10;

    // Waves per slice that stand for any; the one that is looked for has 0.5.
    private static readonly double[] Waves = [0.42, 0.39, 0.36, 0.33];

    // What images of one acquisition have in common, and others have not.
    private static readonly (string Name, Func<CtSliceHeader, string> Value)[] Attributes =
    [
        ("AcquisitionNumber", h => h.Acquisition), ("AcquisitionTime", h => h.AcquisitionTime), ("ConvolutionKernel", h => h.Kernel),
        ("ImageType", h => string.Join('\\', h.ImageType)), (nameof(CtSliceHeader.InstanceNumber), h => h.InstanceNumber),
    ];

    /// <summary>The attribute that tells slices from their neighbours in a regular alternation; null if none does.</summary>
    /// <returns>Its name, how many acquisitions it tells apart, its first values; not certain where it is the mere number of the
    /// image.</returns>
    public static (string Attribute, int Acquisitions, string Values, bool IsCertain)? OfHeaders(IReadOnlyList<CtSliceHeader> slices)
    {
        foreach (var (name, value) in Attributes)
        {
            string[] values = [.. slices.Select(value)];
            for (int period = 2; period <= MostAcquisitions && values.Length >= period * FewestSlicesEach; period++)
            {
                if (AreApart(values, period))
                    return (name, period, string.Join(", ", values.Take(4)) + ", ...", name != nameof(CtSliceHeader.InstanceNumber));
            }
        }

        return null;
    }

    /// <summary>A note if parts of the body change from each slice to the next and back, and do not change in longer waves.</summary>
    public static IEnumerable<string> Notes(VolumeShape shape, float[] voxels)
    {
        int width = shape.Width / Block, height = shape.Height / Block, size = shape.Height * shape.Width;
        if (shape.Depth < FewestSlicesOfWaves || width == 0 || height == 0)
            yield break;
        float[][] means = [.. Enumerable.Range(0, shape.Depth).Select(d => Means(voxels.AsSpan(d * size, size), shape, height, width))];
        var waves = Array.ConvertAll(Waves, w => Enumerable.Range(0, shape.Depth).Select(d => Math.SinCos(2 * Math.PI * w * d)).ToArray());
        int body = 0, alternating = 0;
        for (int block = 0; block < width * height; block++)
        {
            double sum = 0;
            foreach (float[] slice in means)
                sum += slice[block];
            if (sum / means.Length < LeastOfBody)
                continue;
            body++;
            if (Alternates(means, block, waves))
                alternating++;
        }

        if (alternating >= Math.Max(FewestBlocks, LeastShare * body))
        {
            yield return Invariant($"In {(double)alternating / body:P0} of the body every other slice differs from its neighbours: ")
                + "these may be two acquisitions interleaved, which belong apart.";
        }
    }

    // The wave of two slices is compared with longer ones, after what changes slowly was taken away.
    private static bool Alternates(float[][] means, int block, (double Sin, double Cos)[][] waves)
    {
        var sums = new (double Sin, double Cos)[waves.Length];
        double alternating = 0;
        for (int d = 1; d < means.Length - 1; d++)
        {
            double change = means[d][block] - ((means[d - 1][block] + means[d + 1][block]) / 2.0);
            change = Math.Clamp(change, -MostDifference, MostDifference);
            alternating += d % 2 == 0 ? change : -change;
            for (int w = 0; w < sums.Length; w++)
                sums[w] = (sums[w].Sin + (change * waves[w][d].Sin), sums[w].Cos + (change * waves[w][d].Cos));
        }

        double other = 0;
        for (int w = 0; w < sums.Length; w++)
        {
            var (sin, cos) = sums[w];
            other += ((sin * sin) + (cos * cos)) / Math.Pow(1 - Math.Cos(2 * Math.PI * Waves[w]), 2) / sums.Length;
        }

        return Math.Abs(alternating) / (means.Length - 2) > LeastDifference && alternating * alternating / 4 > LeastPowerRatio * other;
    }

    // The values of slices 0, p, 2p, ... and those of 1, p+1, ... and so on do not overlap.
    private static bool AreApart(string[] values, int period)
    {
        if (Array.Exists(values, v => v.Length == 0))
            return false;
        double[] numbers = [.. values.Select(v => double.TryParse(v, CultureInfo.InvariantCulture, out double n) ? n : double.NaN)];
        // What is no number is a name, and equal throughout.
        var names = values.Order(StringComparer.Ordinal).Distinct().ToList();
        if (Array.Exists(numbers, double.IsNaN))
        {
            if (names.Count > MostAcquisitions)
                return false;
            numbers = [.. values.Select(v => (double)names.IndexOf(v))];
        }

        var ranges = Enumerable.Range(0, period)
            .Select(r => numbers.Where((_, i) => i % period == r).ToList())
            .Select(c => (Low: c.Min(), High: c.Max())).OrderBy(c => c.Low).ToList();
        return ranges.Skip(1).Zip(ranges, (next, range) => next.Low > range.High).All(apart => apart);
    }

    private static float[] Means(ReadOnlySpan<float> slice, VolumeShape shape, int height, int width)
    {
        var means = new float[height * width];
        var rows = new float[width * Block];
        for (int y = 0; y < height; y++)
        {
            Array.Clear(rows);
            for (int r = 0; r < Block; r++)
                Add(slice.Slice(((y * Block) + r) * shape.Width, rows.Length), rows);
            for (int x = 0; x < width; x++)
            {
                float sum = 0;
                foreach (float hu in rows.AsSpan(x * Block, Block))
                    sum += hu;
                means[(y * width) + x] = sum / (Block * Block);
            }
        }

        return means;
    }

    private static void Add(ReadOnlySpan<float> row, Span<float> sum)
    {
        int i = 0;
        for (; i <= sum.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(row[i..]) + new Vector<float>(sum[i..])).CopyTo(sum[i..]);
        for (; i < sum.Length; i++)
            sum[i] += row[i];
    }
}
