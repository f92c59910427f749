using Screener.Imaging;
using Screener.Phantoms;

namespace Screener.Interactive.Lessons;

/// <summary>An ill phantom and the same body without the disease, voxel for voxel the same except at the lesions.</summary>
/// <param name="Ill">The CT with the lesions.</param>
/// <param name="Healthy">The CT without.</param>
/// <param name="Lesions">The lesions: what differs, on the grid of both.</param>
/// <param name="Organs">The healthy body's organs, with their names.</param>
public sealed record PhantomTwins(CtVolume Ill, CtVolume Healthy, LesionMask Lesions, LabelVolume Organs)
{
    /// <summary>Reads a case of a cohort and makes its healthy twin.</summary>
    internal static PhantomTwins Of(CohortManifest cohort, CohortCase entry, CancellationToken cancellation)
    {
        var healthy = PhantomGenerator.Generate(entry.Seed, Pathology.None, cohort.Options.Phantom, cancellation);
        return new PhantomTwins(
            cohort.ReadCt(entry, cancellation), healthy.Volume, cohort.ReadLesions(entry, cancellation), healthy.Organs);
    }
}
