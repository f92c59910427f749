using Screener.Imaging;

namespace Screener.HuBaselines;

/// <summary>
/// The cells of a coarse lattice over the body's bounding box, the same for every patient and every orientation of the
/// array: along each axis a voxel lies between two cells, whose weights add up to <see cref="One"/>.
/// </summary>
internal sealed class BodyLattice
{
    /// <summary>The weight of a voxel along one axis. Whole numbers add up to the same sum in any order.</summary>
    internal const int One = 32;

    private readonly (int Low, int High, int HighWeight)[][] _axes = new (int, int, int)[3][];

    /// <summary>The lattice of one patient.</summary>
    /// <param name="affine">Orientation of the array; the lattice follows the patient.</param>
    /// <param name="box">The body's box.</param>
    /// <param name="cells">Cells along each axis.</param>
    internal BodyLattice(Affine affine, BodyBox box, int cells)
    {
        var orientation = Reorientation.From(affine);
        ReadOnlySpan<int> lengths = [box.Shape.Depth, box.Shape.Height, box.Shape.Width];
        ReadOnlySpan<int> strides = [cells * cells, cells, 1];
        for (int canonical = 0; canonical < 3; canonical++)
        {
            var (axis, reversed) = orientation[canonical];
            int length = lengths[axis], stride = strides[canonical];
            var table = new (int, int, int)[length];
            for (int i = 0; i < length; i++)
            {
                int step = reversed ? length - 1 - i : i;
                // Cell c has its centre at (c + 0.5) / cells of the box; outside the outer centres the outer cell counts alone.
                double at = Math.Clamp(((step + 0.5) / length * cells) - 0.5, 0, cells - 1);
                int low = (int)at, high = Math.Min(low + 1, cells - 1);
                table[i] = (low * stride, high * stride, (int)Math.Round((at - low) * One));
            }

            _axes[axis] = table;
        }
    }

    /// <summary>
    /// Along array axis 0 (D), 1 (H) or 2 (W) of the box: the two cells' parts of the index, and the weight of the second.
    /// </summary>
    internal ReadOnlySpan<(int Low, int High, int HighWeight)> Axis(int axis) => _axes[axis];

    /// <summary>The four cells, and their weights out of <c>One * One</c>, between which all voxels of row (d, h) lie.</summary>
    internal void Row(int d, int h, Span<int> cells, Span<int> weights)
    {
        var (dLow, dHigh, dWeight) = _axes[0][d];
        var (hLow, hHigh, hWeight) = _axes[1][h];
        (cells[0], weights[0]) = (dLow + hLow, (One - dWeight) * (One - hWeight));
        (cells[1], weights[1]) = (dLow + hHigh, (One - dWeight) * hWeight);
        (cells[2], weights[2]) = (dHigh + hLow, dWeight * (One - hWeight));
        (cells[3], weights[3]) = (dHigh + hHigh, dWeight * hWeight);
    }
}
