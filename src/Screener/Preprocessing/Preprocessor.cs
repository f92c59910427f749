using System.Runtime.Intrinsics;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Runtime;

namespace Screener.Preprocessing;

/// <summary>Makes of a CT volume what the networks see (paper, appendices D and F).</summary>
/// <remarks>
/// Canonical orientation; crop to the dense foreground (<see cref="ForegroundCrop"/>); linear resampling in the axial plane
/// and between slices; clipping and rescaling of HU to [0, 1]; contrast equalisation (<see cref="Clahe"/>). Cropping,
/// reorienting and resampling are one pass over the source, which is copied only where axes have to be exchanged.
/// </remarks>
public static class Preprocessor
{
    /// <summary>The most voxels that a volume may have once it is prepared: twice what a body of 3 m has at 1.5 mm.</summary>
    public const int MaxVoxels = 1_000_000_000;

    /// <summary>Prepares a volume.</summary>
    /// <param name="volume">HU, in any orientation; NaN counts as air.</param>
    /// <param name="options">What to make of it.</param>
    /// <param name="threads">Processor threads to use; 0 means one per processor. The result does not depend on it.</param>
    /// <param name="progress">Fraction done, 0 to 1.</param>
    /// <param name="ct">Stops the work.</param>
    /// <exception cref="OptionException">An option is outside its range.</exception>
    /// <exception cref="VolumeFormatException">It would have more than <see cref="MaxVoxels"/>.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    public static PreparedVolume Prepare(
        CtVolume volume, PreprocessingOptions options, int threads, IProgress<double>? progress = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        OptionException.ThrowIfOutside(nameof(threads), threads, 0, 1024);

        var box = ForegroundCrop.Find(volume, options.ForegroundHu, options.ForegroundBlockMm, threads, ct);
        progress?.Report(0.2);
        var cropped = volume.Grid.Box(box.Depth, box.Height, box.Width, box.Shape);
        RequireSize(cropped, options.TargetSpacing, volume.Source);
        var grid = GridResampler.WithSpacing(Reorientation.From(cropped.Affine).Apply(cropped), options.TargetSpacing);
        float[] values = GridResampler.Linear(volume.Voxels, volume.Grid, grid, options.MinHu, threads, ct);
        progress?.Report(0.5);
        Rescale(values, options, threads, ct);
        if (options.Clahe)
            Clahe.Equalise(values, grid.Shape, options.ClaheOptions, threads, ct);
        progress?.Report(1);
        return new PreparedVolume(grid, values, volume.Grid, volume.Source, options.Fingerprint());
    }

    // A small file may claim a body of any size: it is asked before memory is taken.
    internal static void RequireSize(VolumeGrid body, Spacing target, string source)
    {
        double voxels = body.Shape.VoxelCount * (body.VoxelVolume / target.VoxelVolume);
        if (!(voxels <= MaxVoxels))
            throw new VolumeFormatException(
                source, FormattableString.Invariant($"a body of {body.Shape} voxels at {body.Spacing}, {voxels:N0} at {target}"),
                FormattableString.Invariant($"at most {MaxVoxels:N0}"), "Correct the spacing in its header, or crop it to the patient.");
    }

    private static void Rescale(float[] values, PreprocessingOptions options, int threads, CancellationToken ct)
    {
        const int Block = 1 << 16;
        var parallel = ThreadCounts.Parallel(threads, ct);
        Parallel.For(0, (values.Length + Block - 1) / Block, parallel, block =>
        {
            float low = 0, high = 1;
            VectorPass.ForEach(
                values.AsSpan(block * Block, Math.Min(Block, values.Length - (block * Block))),
                new Window(options.MinHu, 1 / (options.MaxHu - options.MinHu)), ref low, ref high);
        });
    }

    private readonly struct Window(float minHu, float scale) : IVectorOperation
    {
        public Vector512<float> Apply(Vector512<float> x)
        {
            var low = Vector512.Create(minHu);
            x = Vector512.ConditionalSelect(Vector512.GreaterThan(x, low), x, low);
            return Vector512.Min((x - low) * scale, Vector512<float>.One);
        }
    }
}
