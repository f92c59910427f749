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

    /// <summary>The shape in numbers, as headers of files hold it.</summary>
    internal int[] ShapeNumbers => [Shape.Depth, Shape.Height, Shape.Width];

    /// <summary>The affine in twelve numbers, row by row, as headers of files hold it.</summary>
    internal double[] AffineNumbers =>
    [
        Affine.M00, Affine.M01, Affine.M02, Affine.M03, Affine.M10, Affine.M11, Affine.M12, Affine.M13,
        Affine.M20, Affine.M21, Affine.M22, Affine.M23,
    ];

    /// <summary>The grid of a header's numbers; null if they are none.</summary>
    internal static VolumeGrid? Of(int[] shape, double[] affine)
    {
        if (shape is not [var d, var h, var w] || affine is not { Length: 12 } a)
            return null;
        try
        {
            var grid = new VolumeGrid(
                new VolumeShape(d, h, w), new Affine(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11]));
            _ = grid.Shape.CheckedLength();
            _ = grid.Affine.Inverse();
            return grid;
        }
        catch (Errors.OptionException)
        {
            return null;
        }
    }

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
