using Screener.Evaluation;
using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Preprocessing;

namespace Screener.Phantoms;

/// <summary>The spots that are known of phantoms.</summary>
public static class PhantomLandmarks
{
    // Organs that are one connected thing; of the others the middle is nowhere in particular.
    private static readonly PhantomOrgan[] Compact =
    [
        PhantomOrgan.RightLung, PhantomOrgan.LeftLung, PhantomOrgan.Heart, PhantomOrgan.Liver, PhantomOrgan.Spleen,
        PhantomOrgan.RightKidney, PhantomOrgan.LeftKidney, PhantomOrgan.Stomach, PhantomOrgan.Gallbladder, PhantomOrgan.Pancreas,
    ];

    /// <summary>The middles, tops and bottoms of a phantom's organs. Organs that the scan cuts off are left out.</summary>
    /// <param name="organs">Labels of <see cref="PhantomOrgan"/>, in canonical orientation.</param>
    /// <returns>Three per organ: the mean of its voxels, of its uppermost slice's and of its lowest slice's.</returns>
    public static IReadOnlyList<Landmark> LandmarksOf(LabelVolume organs)
    {
        ArgumentNullException.ThrowIfNull(organs);
        var shape = organs.Shape;
        var landmarks = new List<Landmark>();
        foreach (var organ in Compact)
        {
            var slices = new (long Count, long H, long W)[shape.Depth];
            bool cut = false;
            for (int d = 0, i = 0; d < shape.Depth; d++)
            {
                for (int h = 0; h < shape.Height; h++)
                {
                    for (int w = 0; w < shape.Width; w++, i++)
                    {
                        if (organs.Voxels[i] != (byte)organ)
                            continue;
                        slices[d] = (slices[d].Count + 1, slices[d].H + h, slices[d].W + w);
                        cut |= h == 0 || w == 0 || h == shape.Height - 1 || w == shape.Width - 1;
                    }
                }
            }

            int bottom = Array.FindIndex(slices, s => s.Count > 0), top = Array.FindLastIndex(slices, s => s.Count > 0);
            if (cut || bottom <= 0 || top >= shape.Depth - 1)
                continue;
            string name = string.Concat(organ.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
            landmarks.Add(Mean($"{name}, middle", bottom, top));
            landmarks.Add(Mean($"{name}, top", top, top));
            landmarks.Add(Mean($"{name}, bottom", bottom, bottom));

            Landmark Mean(string spot, int from, int to)
            {
                double count = 0, d = 0, h = 0, w = 0;
                for (int z = from; z <= to; z++)
                {
                    count += slices[z].Count;
                    d += (double)z * slices[z].Count;
                    h += slices[z].H;
                    w += slices[z].W;
                }

                return new Landmark(spot, d / count, h / count, w / count);
            }
        }

        return landmarks;
    }

    /// <summary>A case of a cohort of phantoms, prepared here; its spots are those of its organs.</summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="entry">The case.</param>
    /// <param name="options">How volumes are prepared.</param>
    /// <param name="threads">Processor threads; 0 means one per processor.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static LandmarkPatient Read(CohortManifest cohort, CohortCase entry, PreprocessingOptions options, int threads = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        ArgumentNullException.ThrowIfNull(entry);
        var volume = Preprocessor.Prepare(cohort.ReadCt(entry, cancellation), options, threads, null, cancellation);
        var organs = GridResampler.Resample(cohort.ReadOrgans(entry, cancellation), volume.Grid, threads, cancellation);
        return new LandmarkPatient(entry.Id, volume, organs.Voxels, LandmarksOf(organs));
    }
}
