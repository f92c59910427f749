using Screener.Errors;

namespace Screener.Imaging;

/// <summary>
/// Brings volumes into canonical orientation (see <see cref="Affine"/>) and back, voxel for voxel, without interpolating.
/// </summary>
/// <remarks>A volume that is canonical already is returned as it is, not copied. <c>threads</c>: 0 means one per processor.</remarks>
public static class Reorientation
{
    /// <summary>The exchange of axes that brings a grid with this affine closest to canonical orientation.</summary>
    /// <remarks>
    /// As in nibabel's <c>io_orientation</c>: the rotation closest to the affine's axes (its polar factor) says for each
    /// array axis, W first, which world axis that is still free it follows most.
    /// </remarks>
    /// <exception cref="OptionException">The affine is singular or not finite.</exception>
    public static CanonicalOrientation From(Affine affine)
    {
        Span<double> rotation = stackalloc double[9];
        ClosestRotation(affine, rotation);
        Span<SourceAxis> axes = stackalloc SourceAxis[3];
        Span<bool> taken = stackalloc bool[3];
        for (int column = 0; column < 3; column++)
        {
            int world = -1;
            for (int row = 0; row < 3; row++)
            {
                if (!taken[row] && (world < 0 || Math.Abs(rotation[(row * 3) + column]) > Math.Abs(rotation[(world * 3) + column])))
                    world = row;
            }

            taken[world] = true;
            axes[2 - world] = new SourceAxis(2 - column, rotation[(world * 3) + column] < 0);
        }

        return new CanonicalOrientation(axes[0], axes[1], axes[2]);
    }

    /// <summary>The volume in canonical orientation.</summary>
    public static TVolume ToCanonical<T, TVolume>(Volume<T, TVolume> volume, int threads = 0)
        where T : unmanaged
        where TVolume : Volume<T, TVolume>
    {
        ArgumentNullException.ThrowIfNull(volume);
        return From(volume.Grid.Affine) is { IsIdentity: false } o
            ? volume.On(o.Apply(volume.Grid), Permute(volume.Voxels, volume.Shape, o, threads))
            : (TVolume)volume;
    }

    /// <summary>Undoes <see cref="ToCanonical"/>: the volume on the grid it had before.</summary>
    /// <param name="volume">A volume on the canonical form of <paramref name="original"/>.</param>
    /// <param name="original">The grid before.</param>
    /// <param name="threads">0 means one per processor.</param>
    /// <exception cref="OptionException">The volume does not lie on the canonical form of <paramref name="original"/>.</exception>
    public static TVolume Restore<T, TVolume>(Volume<T, TVolume> volume, VolumeGrid original, int threads = 0)
        where T : unmanaged
        where TVolume : Volume<T, TVolume>
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(original);
        var orientation = From(original.Affine);
        var canonical = orientation.Apply(original);
        if (!canonical.Matches(volume.Grid))
        {
            throw new OptionException(
                "volume",
                $"a grid of {volume.Grid.Shape} voxels, affine {volume.Grid.Affine}",
                $"the canonical form of the original grid: {canonical.Shape} voxels, affine {canonical.Affine}",
                "Pass the grid that the volume had before it was made canonical.");
        }

        return volume.On(original, Permute(volume.Voxels, volume.Shape, orientation.Inverse(), threads));
    }

    /// <summary>Rearranges voxels: element (d, h, w) of the result comes from the axes that <paramref name="orientation"/> names.</summary>
    /// <param name="voxels">[D, H, W] of <paramref name="shape"/>.</param>
    /// <param name="shape">The shape before.</param>
    /// <param name="orientation">The exchange; the identity returns <paramref name="voxels"/> itself.</param>
    /// <param name="threads">0 means one per processor.</param>
    public static T[] Permute<T>(T[] voxels, VolumeShape shape, CanonicalOrientation orientation, int threads = 0)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(voxels);
        OptionException.ThrowIfOutside(nameof(threads), threads, 0, 1024);
        ArgumentOutOfRangeException.ThrowIfNotEqual(voxels.Length, shape.CheckedLength());
        return orientation.IsIdentity ? voxels : AxisPermutation.Apply(voxels, shape, orientation, threads);
    }

    // Newton's iteration X <- (X + X^-T) / 2 converges quadratically to the orthogonal polar factor, which is U V^T of the SVD.
    private static void ClosestRotation(in Affine affine, Span<double> x)
    {
        _ = affine.Inverse();
        var zoom = affine.Spacing;
        ReadOnlySpan<double> zooms = [zoom.Width, zoom.Height, zoom.Depth];
        for (int row = 0; row < 3; row++)
        {
            for (int column = 0; column < 3; column++)
                x[(row * 3) + column] = affine[row, column] / zooms[column];
        }

        Span<double> cofactors = stackalloc double[9];
        for (int step = 0; step < 64; step++)
        {
            for (int row = 0; row < 3; row++)
            {
                int r1 = (row + 1) % 3 * 3, r2 = (row + 2) % 3 * 3;
                for (int column = 0; column < 3; column++)
                {
                    int c1 = (column + 1) % 3, c2 = (column + 2) % 3;
                    cofactors[(row * 3) + column] = (x[r1 + c1] * x[r2 + c2]) - (x[r1 + c2] * x[r2 + c1]);
                }
            }

            double determinant = (x[0] * cofactors[0]) + (x[1] * cofactors[1]) + (x[2] * cofactors[2]);
            double change = 0;
            for (int i = 0; i < 9; i++)
            {
                double next = (x[i] + (cofactors[i] / determinant)) / 2;
                change = Math.Max(change, Math.Abs(next - x[i]));
                x[i] = next;
            }

            if (change < 1e-14)
                break;
        }
    }
}
