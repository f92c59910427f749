namespace Screener.Imaging;

/// <summary>Where the voxels of a volume lie: their number along each axis and the map from index to world mm.</summary>
/// <param name="Shape">Voxels along [D, H, W].</param>
/// <param name="Affine">Voxel index to world mm; see <see cref="Imaging.Affine"/> for the axis convention.</param>
public sealed record VolumeGrid(VolumeShape Shape, Affine Affine)
{
    /// <summary>Distance between neighbouring voxel centres, in mm.</summary>
    public Spacing Spacing => Affine.Spacing;

    /// <summary>The volume of one voxel in mm^3, shear included.</summary>
    public double VoxelVolume => Math.Abs(Affine.Determinant);

    /// <summary>True if both grids have the same shape and their voxel centres lie within <paramref name="toleranceMm"/> of each other.</summary>
    public bool Matches(VolumeGrid other, double toleranceMm = 1e-2)
    {
        if (Shape != other.Shape)
            return false;
        for (int corner = 0; corner < 8; corner++)
        {
            double d = (corner & 1) * (Shape.Depth - 1), h = ((corner >> 1) & 1) * (Shape.Height - 1), w = (corner >> 2) * (Shape.Width - 1);
            var a = Affine.ToWorld(d, h, w);
            var b = other.Affine.ToWorld(d, h, w);
            if (!(Math.Abs(a.X - b.X) <= toleranceMm && Math.Abs(a.Y - b.Y) <= toleranceMm && Math.Abs(a.Z - b.Z) <= toleranceMm))
                return false;
        }

        return true;
    }

    /// <summary>The grid of the box that starts at voxel (d, h, w) and has the given shape.</summary>
    public VolumeGrid Box(int d, int h, int w, VolumeShape shape)
    {
        var (x, y, z) = Affine.ToWorld(d, h, w);
        return new VolumeGrid(shape, Affine with { M03 = x, M13 = y, M23 = z });
    }
}
