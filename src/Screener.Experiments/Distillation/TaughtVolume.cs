using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.SyntheticLesions;

namespace Screener.Distillation;

/// <summary>A CT as the network sees it, and what the model says of it.</summary>
/// <param name="Image">Prepared as the model's lesion networks want it.</param>
/// <param name="Map">The model's calibrated map on the same grid, as a part of <see cref="DistillationOptions.MostTail"/>, 0 to 1.</param>
public sealed record TaughtVolume(PreparedVolume Image, PreparedVolume Map)
{
    // A crop of the lesion networks' training has so many mm3.
    private const double CropVolume = 144.0 * 144 * 144;

    /// <summary>Screens a CT with the model, or a copy of it with lesions drawn in.</summary>
    /// <param name="model">The model.</param>
    /// <param name="scan">The patient.</param>
    /// <param name="options">How tails are kept, and the seed.</param>
    /// <param name="copy">0 for the CT as it is.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OptionException">The model has no ensemble.</exception>
    public static TaughtVolume Of(
        ScreenerModel model, PatientScan scan, DistillationOptions options, int copy = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(scan);
        ArgumentNullException.ThrowIfNull(options);
        int threads = scan.Compute.ThreadCount;
        var coarse = scan.NoFinerThan(EnsembleOf(model).Options.LeastSpacing, cancellation);
        if (copy > 0)
            coarse = Drawn(coarse, EnsembleOf(model).Finest.Options.Lesions, new RandomStream(options.Seed).Fork((ulong)copy));
        var map = model.Methods([EnsembleMethod.MethodName])[0].Map(coarse, null, cancellation);
        var image = Preprocessor.Prepare(
            coarse.Ct, EnsembleOf(model).Finest.Options.Preprocessing, threads, null, cancellation);
        float[] tails = GridResampler.Linear(map.Voxels, map.Grid, image.Grid, 0, threads, cancellation);
        for (int i = 0; i < tails.Length; i++)
            tails[i] = (float)Math.Clamp(tails[i] / options.MostTail, 0, 1);
        return new TaughtVolume(image, new PreparedVolume(image.Grid, tails, image.SourceGrid, image.Source, image.OptionsFingerprint));
    }

    // As many lesions as the networks saw in as much of a patient; foreign patches are the patient's own, upside down.
    private static PatientScan Drawn(PatientScan scan, SyntheticLesionOptions lesions, RandomStream random)
    {
        var (shape, spacing) = (scan.Ct.Shape, scan.Ct.Spacing);
        float[] hu = [.. scan.Ct.Voxels], mask = new float[hu.Length], foreign = [.. scan.Ct.Voxels];
        Array.Reverse(foreign);
        var painter = new LesionPainter(lesions);
        int crops = (int)Math.Max(1, Math.Round(shape.VoxelCount * spacing.VoxelVolume / CropVolume));
        for (int crop = 0; crop < crops; crop++)
            painter.Paint(hu, mask, shape, Math.Cbrt(spacing.VoxelVolume), () => foreign, random);
        return new PatientScan(scan.Ct.On(scan.Ct.Grid, hu), scan.Body, scan.Compute);
    }

    internal static Ensemble EnsembleOf(ScreenerModel model) => model.Ensemble ?? throw new OptionException(
        nameof(model), "a model without an ensemble", "a model with a calibrated map", "Make one with 'screener ensemble'.");
}
