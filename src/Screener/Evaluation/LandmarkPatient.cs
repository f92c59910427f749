using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Phantoms;
using Screener.Preprocessing;

namespace Screener.Evaluation;

/// <summary>A patient of whom some spots are known.</summary>
/// <param name="Name">Who.</param>
/// <param name="Volume">The prepared volume.</param>
/// <param name="Body">[D, H, W] of the volume, non-zero inside the body: where a spot is searched.</param>
/// <param name="Landmarks">The known spots, in voxels of the volume.</param>
public sealed record LandmarkPatient(string Name, PreparedVolume Volume, ReadOnlyMemory<byte> Body, IReadOnlyList<Landmark> Landmarks)
{
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
        return new LandmarkPatient(entry.Id, volume, organs.Voxels, Landmark.Of(organs));
    }
}
