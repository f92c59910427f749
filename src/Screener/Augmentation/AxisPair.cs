using Screener.Randomness;

namespace Screener.Augmentation;

/// <summary>
/// Where two crops lie along one axis of the volume. Positions are voxel centres: voxel i reaches from i - 0.5 to i + 0.5.
/// </summary>
internal readonly struct AxisPair
{
    private readonly double _from, _to;
    private readonly int _patch;

    private AxisPair(double start1, double step1, double start2, double step2, double from, double to, int patch)
    {
        (Start1, Step1, Start2, Step2, _from, _to, _patch) = (start1, step1, start2, step2, from, to, patch);
    }

    /// <summary>Volume position of the first crop's voxel 0, and volume voxels per crop voxel.</summary>
    internal double Start1 { get; }

    internal double Step1 { get; }

    /// <summary>The same for the second crop.</summary>
    internal double Start2 { get; }

    internal double Step2 { get; }

    /// <summary>Draws spacing, overlap and place of both crops along an axis of <paramref name="size"/> voxels.</summary>
    internal static AxisPair Draw(int size, int patch, bool flip, CropPairOptions options, RandomStream random)
    {
        double min = options.MinSpacingFactor, max = Math.Max(min, Math.Min(options.MaxSpacingFactor, (double)size / patch));
        double factor1 = random.Uniform(min, max), factor2 = random.Uniform(min, max);
        double length1 = factor1 * patch, length2 = factor2 * patch, shorter = Math.Min(length1, length2);
        double edge1, edge2;
        if (shorter > size)
        {
            // Both have the smallest spacing, hence the same length: one place for both, the volume anywhere inside.
            edge1 = edge2 = -random.Uniform(0, shorter - size);
        }
        else
        {
            double least = Math.Max(options.MinOverlap, (length1 + length2 - size) / shorter);
            double overlap = shorter * random.Uniform(least, Math.Max(least, options.MaxOverlap));
            double union = length1 + length2 - overlap, begin = random.Uniform(0, Math.Max(0, size - union));
            bool firstLeads = random.Chance(0.5);
            edge1 = firstLeads ? begin : begin + length2 - overlap;
            edge2 = firstLeads ? begin + length1 - overlap : begin;
        }

        // From edges to voxel centres; then, if flipped, counted from the other end.
        double start1 = edge1 + (0.5 * factor1) - 0.5, start2 = edge2 + (0.5 * factor2) - 0.5;
        double from = Math.Max(0, Math.Max(start1, start2));
        double to = Math.Min(size - 1, Math.Min(start1 + ((patch - 1) * factor1), start2 + ((patch - 1) * factor2)));
        return flip
            ? new(size - 1 - start1, -factor1, size - 1 - start2, -factor2, size - 1 - to, size - 1 - from, patch)
            : new(start1, factor1, start2, factor2, from, to, patch);
    }

    /// <summary>Draws a point of the overlap and says where it lies in both crops.</summary>
    internal void DrawPosition(RandomStream random, out float first, out float second)
    {
        double position = random.Uniform(_from, _to);

        // Rounding to float may step over the crop's edge by one part in ten million.
        first = Math.Clamp((float)((position - Start1) / Step1), 0, _patch - 1);
        second = Math.Clamp((float)((position - Start2) / Step2), 0, _patch - 1);
    }
}
