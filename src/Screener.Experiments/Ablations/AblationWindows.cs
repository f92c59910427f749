using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Training;

namespace Screener.Ablations;

/// <summary>The windows of all volumes for one window shape and pooling.</summary>
/// <param name="Options">The windows of the evaluation.</param>
/// <param name="Training">Of each training volume: some that do not overlap.</param>
/// <param name="Tests">Of each cohort and case: all that touch the body, as <see cref="SlidingWindow"/> places them.</param>
internal sealed record AblationWindows(
    SlidingWindowOptions Options, IReadOnlyList<VolumeWindows> Training, IReadOnlyList<IReadOnlyList<VolumeWindows>> Tests)
{
    /// <summary>Places the windows.</summary>
    internal static AblationWindows Of(
        AblationGrid grid, DensityFittingOptions fitting, AblationVolumes volumes, int threads, CancellationToken cancellation)
    {
        var options = AblationPlan.WindowsOf(grid, fitting);
        var training = new List<VolumeWindows>();
        var random = new RandomStream(grid.Seed).Fork("training windows");
        var prepared = volumes.TrainingCohort;
        for (int i = 0; i < prepared.Cases.Count; i++)
        {
            var shape = prepared.Cases[i].Shape;
            var all = SlidingWindow.Origins(new VolumeShape(shape[0], shape[1], shape[2]), options with { Overlap = 0 }, default);
            training.Add(
                new VolumeWindows(
                    Digest(prepared, prepared.Cases[i]), Drawn(all, grid.WindowsPerVolume, random.Fork((ulong)i)), options.Window,
                    fitting.PoolKernel));
        }

        var tests = new List<IReadOnlyList<VolumeWindows>>();
        foreach (var (_, cohort, masks) in volumes.Tests)
        {
            tests.Add([.. cohort.Cases.Select((c, i) =>
            {
                cancellation.ThrowIfCancellationRequested();
                var region = RegionOf(cohort.Load(c), CaseMasks.Read(masks[i]).Body, threads, cancellation);
                return new VolumeWindows(
                    Digest(cohort, c), SlidingWindow.Origins(region.Shape, options, region.Voxels), options.Window,
                    fitting.PoolKernel);
            })]);
        }

        return new AblationWindows(options, training, tests);
    }

    /// <summary>The body on a prepared volume's grid.</summary>
    internal static BodyMask RegionOf(PreparedVolume volume, BodyMask body, int threads, CancellationToken cancellation) =>
        GridResampler.Resample(body, volume.Grid, threads, cancellation);

    private static string Digest(PreparedCohort cohort, PreparedCase entry) => Convert.ToHexStringLower(cohort.Checksum(entry));

    private static List<(int D, int H, int W)> Drawn(IReadOnlyList<(int D, int H, int W)> all, int count, RandomStream random)
    {
        var left = all.ToList();
        while (count > 0 && left.Count > count)
            left.RemoveAt(random.NextInt(left.Count));
        return left;
    }
}
