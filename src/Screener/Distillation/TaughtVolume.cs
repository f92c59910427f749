using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Inference;
using Screener.Preprocessing;

namespace Screener.Distillation;

/// <summary>A CT as the network sees it, and what the model says of it.</summary>
/// <param name="Image">Prepared as the model's lesion networks want it.</param>
/// <param name="Map">The model's calibrated map on the same grid, as a part of <see cref="DistillationOptions.MostTail"/>, 0 to 1.</param>
public sealed record TaughtVolume(PreparedVolume Image, PreparedVolume Map)
{
    /// <summary>Screens a CT with the model.</summary>
    /// <exception cref="OptionException">The model has no ensemble.</exception>
    public static TaughtVolume Of(ScreenerModel model, PatientScan scan, DistillationOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(scan);
        ArgumentNullException.ThrowIfNull(options);
        int threads = scan.Compute.ThreadCount;
        var coarse = scan.NoFinerThan(EnsembleOf(model).Options.LeastSpacing, cancellation);
        var map = model.Methods([EnsembleMethod.MethodName])[0].Map(coarse, null, cancellation);
        var image = Preprocessor.Prepare(
            coarse.Ct, EnsembleOf(model).Lesions[^1].Options.Preprocessing, threads, null, cancellation);
        float[] tails = GridResampler.Linear(map.Voxels, map.Grid, image.Grid, 0, threads, cancellation);
        for (int i = 0; i < tails.Length; i++)
            tails[i] = (float)Math.Clamp(tails[i] / options.MostTail, 0, 1);
        return new TaughtVolume(image, new PreparedVolume(image.Grid, tails, image.SourceGrid, image.Source, image.OptionsFingerprint));
    }

    internal static Ensemble EnsembleOf(ScreenerModel model) => model.Ensemble ?? throw new OptionException(
        nameof(model), "a model without an ensemble", "a model with a calibrated map", "Make one with 'screener ensemble'.");
}
