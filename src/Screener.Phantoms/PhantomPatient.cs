using Screener.Imaging;

namespace Screener.Phantoms;

/// <summary>A phantom patient: the scan and the truth about it, all on one grid.</summary>
/// <param name="Seed">The seed that makes it again.</param>
/// <param name="Pathology">The disease.</param>
/// <param name="Traits">Body and scan.</param>
/// <param name="Volume">The CT, whole HU in [-1024, 3071].</param>
/// <param name="Lesions">The lesions; empty in a healthy patient.</param>
/// <param name="Organs">Labels of <see cref="PhantomOrgan"/>; a lesion carries the label of the organ it grew in.</param>
/// <param name="LesionCount">How many lesions were grown; neighbours may have merged.</param>
public sealed record PhantomPatient(
    ulong Seed, Pathology Pathology, PatientTraits Traits, CtVolume Volume, LesionMask Lesions, LabelVolume Organs, int LesionCount)
{
    /// <summary>The mask of the organs that the disease affects; empty in a healthy patient.</summary>
    public LesionMask AffectedOrgans() => Organs.Select([.. AffectedOrgan.Of(Pathology).Select(o => (byte)o)]);
}
