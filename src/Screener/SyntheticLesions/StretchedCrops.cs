using Screener.Imaging;
using Screener.Preprocessing;
using Screener.Randomness;

namespace Screener.SyntheticLesions;

/// <summary>Cuts crops out of prepared volumes: anywhere, a little stretched, left and right exchanged half of the time.</summary>
/// <remarks>Up and down, front and back stay: where lesions may lie and what lies beside what is part of what networks learn.</remarks>
/// <param name="cohorts">Volumes, prepared alike.</param>
/// <param name="size">Voxels of a crop.</param>
/// <param name="maxStretch">Each axis is stretched by up to this factor, either way.</param>
/// <param name="least">What intensity 0 becomes.</param>
/// <param name="range">How much more intensity 1 becomes.</param>
/// <param name="isNearest">True for labels: each voxel is that of the nearest, not a mean of its neighbours.</param>
internal sealed class StretchedCrops(
    IReadOnlyList<IReadOnlyList<PreparedVolume>> cohorts, VolumeShape size, double maxStretch, float least = 0, float range = 1,
    bool isNearest = false)
{
    // A crop may begin or end so many voxels outside of the volume, where its border is repeated.
    private const double Beyond = 4;

    /// <summary>A crop, [D, H, W]. Every cohort is drawn equally often, and within it every volume.</summary>
    internal float[] Cut(RandomStream random)
    {
        var cohort = cohorts[random.NextInt(cohorts.Count)];
        var volume = cohort[random.NextInt(cohort.Count)];
        var shape = volume.Grid.Shape;
        var depths = Along(size.Depth, shape.Depth, false);
        var heights = Along(size.Height, shape.Height, false);
        var widths = Along(size.Width, shape.Width, random.Chance(0.5));
        float[] source = volume.Intensities, crop = new float[size.CheckedLength()];
        int i = 0;
        foreach (var d in depths)
        {
            foreach (var h in heights)
            {
                int a = shape.Index(d.Low, h.Low, 0), b = shape.Index(d.Low, h.High, 0), c = shape.Index(d.High, h.Low, 0), e = shape.Index(
                    d.High, h.High, 0);
                float wa = (1 - d.Part) * (1 - h.Part), wb = (1 - d.Part) * h.Part, wc = d.Part * (1 - h.Part), we = d.Part * h.Part;
                foreach (var w in widths)
                {
                    float low = (wa * source[a + w.Low]) + (wb * source[b + w.Low]) + (wc * source[c + w.Low]) + (we * source[e + w.Low]);
                    float high = (wa * source[a + w.High]) + (wb * source[b + w.High]) + (wc * source[c + w.High])
                        + (we * source[e + w.High]);
                    crop[i++] = least + (range * (low + (w.Part * (high - low))));
                }
            }
        }

        return crop;

        (int Low, int High, float Part)[] Along(int count, int available, bool mirrored)
        {
            double limit = Math.Log(maxStretch), step = Math.Exp(random.Uniform(-limit, limit));
            double span = (count - 1) * step, last = available - 1;
            double start = span <= last + (2 * Beyond) ? random.Uniform(-Beyond, last - span + Beyond) : (last - span) / 2;
            var positions = new (int, int, float)[count];
            for (int k = 0; k < count; k++)
            {
                double at = Math.Clamp(start + ((mirrored ? count - 1 - k : k) * step), 0, last);
                if (isNearest)
                    at = Math.Round(at);
                int low = (int)at;
                positions[k] = (low, Math.Min(low + 1, available - 1), (float)(at - low));
            }

            return positions;
        }
    }
}
