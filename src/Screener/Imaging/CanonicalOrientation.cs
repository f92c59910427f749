namespace Screener.Imaging;

/// <summary>One array axis taken from another: which axis of the source (0 = D, 1 = H, 2 = W), and whether it runs backwards.</summary>
/// <param name="Axis">The source's axis: 0 = D, 1 = H, 2 = W.</param>
/// <param name="Reversed">True if index 0 of the result is the last index of the source.</param>
public readonly record struct SourceAxis(int Axis, bool Reversed);

/// <summary>
/// The exchange and reversal of array axes that brings a grid closest to canonical orientation (see
/// <see cref="Affine"/>), without interpolating. Its choice is that of nibabel's <c>as_closest_canonical</c>.
/// </summary>
/// <param name="Depth">Where the result's D axis comes from.</param>
/// <param name="Height">Where the result's H axis comes from.</param>
/// <param name="Width">Where the result's W axis comes from.</param>
public readonly record struct CanonicalOrientation(SourceAxis Depth, SourceAxis Height, SourceAxis Width)
{
    /// <summary>Nothing to do.</summary>
    public static CanonicalOrientation Identity { get; } = new(new(0, false), new(1, false), new(2, false));

    /// <summary>True if the grid is in canonical orientation already.</summary>
    public bool IsIdentity => this == Identity;

    /// <summary>Where axis 0 (D), 1 (H) or 2 (W) of the result comes from.</summary>
    public SourceAxis this[int axis] => axis switch
    {
        0 => Depth,
        1 => Height,
        2 => Width,
        _ => throw new ArgumentOutOfRangeException(nameof(axis)),
    };

    /// <summary>The exchange that undoes this one.</summary>
    public CanonicalOrientation Inverse()
    {
        Span<SourceAxis> inverse = stackalloc SourceAxis[3];
        for (int axis = 0; axis < 3; axis++)
            inverse[this[axis].Axis] = new SourceAxis(axis, this[axis].Reversed);
        return new CanonicalOrientation(inverse[0], inverse[1], inverse[2]);
    }

    /// <summary>The grid of the result: the same voxel centres in the same world, indexed by the new axes.</summary>
    public VolumeGrid Apply(VolumeGrid grid)
    {
        ArgumentNullException.ThrowIfNull(grid);
        var (shape, affine) = grid;
        ReadOnlySpan<int> lengths = [shape.Depth, shape.Height, shape.Width];
        Span<double> m = stackalloc double[12];
        for (int row = 0; row < 3; row++)
        {
            double origin = affine[row, 3];
            for (int axis = 0; axis < 3; axis++)
            {
                var (source, reversed) = this[axis];
                double step = affine[row, 2 - source];
                if (reversed)
                    origin += step * (lengths[source] - 1);
                m[(row * 4) + 2 - axis] = reversed ? -step : step;
            }

            m[(row * 4) + 3] = origin;
        }

        return new VolumeGrid(
            new VolumeShape(lengths[Depth.Axis], lengths[Height.Axis], lengths[Width.Axis]),
            new Affine(m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9], m[10], m[11]));
    }
}
