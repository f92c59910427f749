using Screener.Errors;
using Screener.Runtime;

namespace Screener.Imaging.Resampling;

/// <summary>Carries voxels from one grid to another: linear for intensities and scores, nearest for labels and masks.</summary>
/// <remarks>
/// <para>Each target voxel takes the value at the world position of its centre. No smoothing is applied before
/// down-sampling. A position that lies outside the box of the source's voxel centres, but by no more than half a voxel
/// along any source axis (so within the source's outer voxel edges), takes the value at the nearest point of that box; a
/// position farther outside takes the given outside value. Positions half-way between two voxels belong, for labels, to
/// the one with the higher index.</para>
/// <para>Where each source axis runs along one target axis (any exchange or reversal of axes, positions agreeing within
/// 1e-4 voxel), the work is done axis by axis; other pairs of grids are sampled voxel by voxel. Voxels must be finite.
/// <c>threads</c>: 0 means one per processor. The result does not depend on the number of threads.</para>
/// </remarks>
public static class GridResampler
{
    /// <summary>
    /// The grid that covers the same box (outer voxel edge to outer voxel edge from voxel (0, 0, 0)) with another spacing.
    /// </summary>
    /// <remarks>
    /// The axes' directions and the outer corner at voxel (0, 0, 0) stay; the spacing is exactly <paramref name="target"/>;
    /// the shape is max(1, round(extent / spacing)) along each axis, so the opposite edge moves by at most half a voxel.
    /// </remarks>
    /// <param name="grid">Any grid.</param>
    /// <param name="target">The new spacing in mm, positive.</param>
    /// <exception cref="OptionException">A spacing is not positive and finite, or the grid would be too large for an array.</exception>
    public static VolumeGrid WithSpacing(VolumeGrid grid, Spacing target)
    {
        ArgumentNullException.ThrowIfNull(grid);
        var (shape, affine) = grid;
        var spacing = grid.Spacing;
        double d = Ratio(target.Depth, spacing.Depth), h = Ratio(target.Height, spacing.Height), w = Ratio(target.Width, spacing.Width);
        var resized = new VolumeShape(Count(shape.Depth / d), Count(shape.Height / h), Count(shape.Width / w));
        _ = resized.CheckedLength();
        return Scaled(affine, resized, d, h, w);

        double Ratio(double asked, double present) => asked > 0 && double.IsFinite(asked)
            ? asked / present
            : throw new OptionException("spacing", target.ToString(), "a positive distance along each axis");

        static int Count(double voxels) => (int)Math.Clamp(Math.Round(voxels), 1, int.MaxValue);
    }

    /// <summary>The grid of voxels that are so many times as long, with the same outer corner at voxel (0, 0, 0).</summary>
    internal static VolumeGrid Scaled(Affine affine, VolumeShape shape, double d, double h, double w)
    {
        var (x, y, z) = affine.ToWorld((d - 1) / 2, (h - 1) / 2, (w - 1) / 2);
        return new VolumeGrid(shape, new Affine(
            affine.M00 * w, affine.M01 * h, affine.M02 * d, x,
            affine.M10 * w, affine.M11 * h, affine.M12 * d, y,
            affine.M20 * w, affine.M21 * h, affine.M22 * d, z));
    }

    /// <summary>HU on another grid, linearly interpolated.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="grid">The new grid.</param>
    /// <param name="outside">HU outside of the volume; air by default.</param>
    /// <param name="threads">0 means one per processor.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static CtVolume Resample(
        CtVolume volume, VolumeGrid grid, float outside = -1000, int threads = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        return volume.On(grid, Linear(volume.Voxels, volume.Grid, grid, outside, threads, cancellation));
    }

    /// <summary>Labels or a mask on another grid, each voxel that of the nearest; 0 outside.</summary>
    public static TVolume Resample<TVolume>(
        Volume<byte, TVolume> volume, VolumeGrid grid, int threads = 0, CancellationToken cancellation = default)
        where TVolume : Volume<byte, TVolume>
    {
        ArgumentNullException.ThrowIfNull(volume);
        return volume.On(grid, Nearest(volume.Voxels, volume.Grid, grid, 0, threads, cancellation));
    }

    /// <summary>Linear (trilinear) interpolation at the centres of another grid's voxels.</summary>
    /// <param name="source">Voxels, [D, H, W] of <paramref name="from"/>.</param>
    /// <param name="from">The grid of <paramref name="source"/>.</param>
    /// <param name="to">The grid of the result.</param>
    /// <param name="outside">The value farther than half a voxel outside of <paramref name="from"/>.</param>
    /// <param name="threads">0 means one per processor.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>A new array, [D, H, W] of <paramref name="to"/>.</returns>
    /// <exception cref="OptionException">An affine is singular, or <paramref name="to"/> is too large for an array.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static float[] Linear(
        float[] source, VolumeGrid from, VolumeGrid to, float outside, int threads = 0, CancellationToken cancellation = default)
    {
        var (map, parallel) = Prepare(source, from, to, threads, cancellation);
        if (from == to)
            return (float[])source.Clone();
        return SeparableMap.TryCreate(map, from.Shape, to.Shape) is { } separable
            ? SeparableSampler.Linear(Reorientation.Permute(source, from.Shape, separable.Exchange, threads), separable, outside, parallel)
            : ObliqueSampler.Linear(source, from.Shape, to.Shape, map, outside, parallel);
    }

    /// <summary>The value of the nearest voxel at the centres of another grid's voxels.</summary>
    /// <inheritdoc cref="Linear(float[], VolumeGrid, VolumeGrid, float, int, CancellationToken)"/>
    public static byte[] Nearest(
        byte[] source, VolumeGrid from, VolumeGrid to, byte outside = 0, int threads = 0, CancellationToken cancellation = default)
    {
        var (map, parallel) = Prepare(source, from, to, threads, cancellation);
        if (from == to)
            return (byte[])source.Clone();
        return SeparableMap.TryCreate(map, from.Shape, to.Shape) is { } separable
            ? SeparableSampler.Nearest(Reorientation.Permute(source, from.Shape, separable.Exchange, threads), separable, outside, parallel)
            : ObliqueSampler.Nearest(source, from.Shape, to.Shape, map, outside, parallel);
    }

    private static (Affine Map, ParallelOptions Parallel) Prepare(
        Array source, VolumeGrid from, VolumeGrid to, int threads, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, from.Shape.CheckedLength());
        OptionException.ThrowIfOutside(nameof(threads), threads, 0, 1024);
        _ = to.Shape.CheckedLength();
        _ = to.Affine.Inverse();
        cancellation.ThrowIfCancellationRequested();
        return (from.Affine.Inverse().Compose(to.Affine), ThreadCounts.Parallel(threads, cancellation));
    }
}
