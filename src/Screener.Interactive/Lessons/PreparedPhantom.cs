using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Phantoms;
using Screener.Preprocessing;
using Screener.Reporting;

namespace Screener.Interactive.Lessons;

/// <summary>A phantom patient as the networks see it, with the truth about it on the same grid.</summary>
/// <param name="Name">Cohort and case.</param>
/// <param name="Seed">The seed that makes the patient.</param>
/// <param name="Pathology">The disease.</param>
/// <param name="Volume">The prepared volume.</param>
/// <param name="Organs">Labels of <see cref="PhantomOrgan"/> on the volume's grid.</param>
/// <param name="Lesions">The lesions on the volume's grid.</param>
public sealed record PreparedPhantom(
    string Name, ulong Seed, Pathology Pathology, PreparedVolume Volume, LabelVolume Organs, LesionMask Lesions)
{
    /// <summary>How the patient was scanned.</summary>
    public PhantomOptions Scan { get; init; } = PhantomOptions.Default;

    /// <summary>The organ at a voxel.</summary>
    public PhantomOrgan OrganAt(int voxel) => (PhantomOrgan)Organs.Voxels[voxel];

    /// <summary>
    /// A crop with the largest lesion in its middle, as far as the volume's edges allow; of a healthy patient the volume's middle.
    /// </summary>
    /// <param name="crop">Its shape.</param>
    /// <returns>The crop's first voxel, its intensities [D, H, W], and the lesion's voxel in it along [D, H, W].</returns>
    public ((int D, int H, int W) Origin, float[] Intensities, (int D, int H, int W) Lesion) LesionCrop(VolumeShape crop)
    {
        // Prepared grids are canonical, so that a slice position is a voxel.
        var at = SlicePosition.OfLargestLesion(Lesions) ?? SlicePosition.Middle(Lesions.Grid);
        var shape = Volume.Shape;
        var origin = (D: From(at.Depth, crop.Depth, shape.Depth), H: From(at.Height, crop.Height, shape.Height),
            W: From(at.Width, crop.Width, shape.Width));
        var values = new float[crop.CheckedLength()];
        VolumePatch.Copy(Volume, origin, crop, values);
        return (origin, values, (at.Depth - origin.D, at.Height - origin.H, at.Width - origin.W));

        static int From(int middle, int crop, int volume) => Math.Clamp(middle - (crop / 2), 0, Math.Max(0, volume - crop));
    }

    /// <summary>Reads and prepares a case of a cohort.</summary>
    internal static PreparedPhantom Read(
        CohortManifest cohort, CohortCase entry, PreprocessingOptions options, int threads, CancellationToken cancellation)
    {
        var patient = new PhantomPatient(
            entry.Seed, entry.Pathology, entry.Traits, cohort.ReadCt(entry, cancellation), cohort.ReadLesions(entry, cancellation),
            cohort.ReadOrgans(entry, cancellation), entry.LesionCount);
        return Of($"{cohort.Options.Cohort.Name()}, {entry.Id}", patient, cohort.Options.Phantom, options, threads, cancellation);
    }

    /// <summary>The same body without the disease, voxel for voxel the same except at the lesions.</summary>
    /// <param name="options">How this patient was prepared.</param>
    /// <param name="threads">Processor threads; 0 means one per processor.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OptionException">The twin comes to lie on another grid, because the lesions change the body's outline.</exception>
    public PreparedPhantom HealthyTwin(PreprocessingOptions options, int threads = 0, CancellationToken cancellation = default)
    {
        var twin = Of(
            $"{Name}, healthy", PhantomGenerator.Generate(Seed, Pathology.None, Scan, cancellation), Scan, options, threads, cancellation);
        if (!twin.Volume.Grid.Matches(Volume.Grid))
            throw new OptionException(
                "twin", $"a grid of {twin.Volume.Shape} voxels", $"the patient's: {Volume.Shape}", "Take another patient.");
        return twin;
    }

    private static PreparedPhantom Of(
        string name, PhantomPatient patient, PhantomOptions scan, PreprocessingOptions options, int threads, CancellationToken cancellation)
    {
        var volume = Preprocessor.Prepare(patient.Volume, options, threads, null, cancellation);
        return new PreparedPhantom(
            name, patient.Seed, patient.Pathology, volume,
            GridResampler.Resample(patient.Organs, volume.Grid, threads, cancellation),
            GridResampler.Resample(patient.Lesions, volume.Grid, threads, cancellation)) { Scan = scan };
    }
}
