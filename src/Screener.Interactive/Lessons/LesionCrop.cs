using Screener.Augmentation;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Interactive.Features;
using Screener.Phantoms;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Reporting;

namespace Screener.Interactive.Lessons;

/// <summary>A crop around a phantom's largest lesion, as a network sees it, with the truth about it.</summary>
/// <param name="Shape">Voxels along [D, H, W].</param>
/// <param name="Spacing">The voxels' spacing, mm.</param>
/// <param name="Intensities">[D, H, W], 0 to 1.</param>
/// <param name="Lesion">[D, H, W], 1 inside lesions.</param>
/// <param name="Organ">[D, H, W], 1 inside the organs that the disease affects, lesions included.</param>
public sealed record LesionCrop(VolumeShape Shape, Spacing Spacing, float[] Intensities, byte[] Lesion, byte[] Organ)
{
    /// <summary>Prepares a patient and cuts the crop.</summary>
    /// <param name="patient">A diseased phantom.</param>
    /// <param name="options">How it is prepared.</param>
    /// <param name="edge">The crop's edge, in voxels; less where the volume is smaller.</param>
    /// <param name="threads">Processor threads; 0 means one per processor.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OptionException">The patient has no lesion, or an option is out of range.</exception>
    public static LesionCrop Of(
        PhantomPatient patient, PreprocessingOptions options, int edge = 48, int threads = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(patient);
        OptionException.ThrowIfOutside(nameof(edge), edge, 1, 512);
        var volume = Preprocessor.Prepare(patient.Volume, options, threads, null, cancellation);
        var lesions = GridResampler.Resample(patient.Lesions, volume.Grid, threads, cancellation);
        var centre = SlicePosition.OfLargestLesion(lesions)
            ?? throw new OptionException(nameof(patient), $"{patient.Volume.Source}, without a lesion", "a diseased patient");
        var whole = volume.Shape;
        var shape = new VolumeShape(Math.Min(edge, whole.Depth), Math.Min(edge, whole.Height), Math.Min(edge, whole.Width));
        var grid = volume.Grid.Box(
            Math.Clamp(centre.Depth - (edge / 2), 0, whole.Depth - shape.Depth),
            Math.Clamp(centre.Height - (edge / 2), 0, whole.Height - shape.Height),
            Math.Clamp(centre.Width - (edge / 2), 0, whole.Width - shape.Width),
            shape);
        return new LesionCrop(
            shape, volume.Spacing,
            GridResampler.Linear(volume.Intensities, volume.Grid, grid, 0, threads, cancellation),
            GridResampler.Nearest(lesions.Voxels, lesions.Grid, grid, 0, threads, cancellation),
            GridResampler.Resample(patient.AffectedOrgans(), grid, threads, cancellation).Voxels);
    }

    /// <summary>The crop after colour jitter; its truth stays as it was.</summary>
    /// <param name="options">How much of it.</param>
    /// <param name="random">The same stream jitters another crop alike.</param>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public LesionCrop Jittered(ColourJitterOptions options, RandomStream random)
    {
        var jittered = (float[])Intensities.Clone();
        ColourJitter.Apply(jittered, Shape, Spacing, options, random);
        return this with { Intensities = jittered };
    }

    /// <summary>
    /// How well the intensity alone tells lesion from healthy organ: the chance that of two such voxels the lesion's is the brighter one,
    /// or the darker
    /// one if that is more often so. 0.5 is guessing, 1 is always; NaN if the crop has only one of the two.
    /// </summary>
    public double Separation()
    {
        int[] places = [.. Enumerable.Range(0, Organ.Length).Where(i => Organ[i] != 0)];
        double brighter = RocCurve.Auroc([.. places.Select(i => Intensities[i])], [.. places.Select(i => Lesion[i])]);
        return Math.Max(brighter, 1 - brighter);
    }

    /// <summary>The crop as a picture: its middle slice.</summary>
    /// <param name="caption">What it is.</param>
    public Patch ToPatch(string caption) => new(Shape, Intensities, caption) { Spacing = Spacing };
}
