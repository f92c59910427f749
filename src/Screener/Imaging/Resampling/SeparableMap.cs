namespace Screener.Imaging.Resampling;

/// <summary>A map between two grids under which each source axis depends on one target axis only.</summary>
/// <param name="Exchange">Brings the source's axes into the target's order.</param>
/// <param name="Source">The source's shape after <paramref name="Exchange"/>.</param>
/// <param name="Target">The target's shape.</param>
/// <param name="D">Positions along D.</param>
/// <param name="H">Positions along H.</param>
/// <param name="W">Positions along W.</param>
internal sealed record SeparableMap(
    CanonicalOrientation Exchange, VolumeShape Source, VolumeShape Target, AxisTable D, AxisTable H, AxisTable W)
{
    // Shifts below this many voxels over the whole grid come from rounded headers.
    private const double Tolerance = 1e-4;

    /// <summary>The map, or null if it is not separable.</summary>
    /// <param name="map">Target voxel (w, h, d) to source voxel (w, h, d).</param>
    /// <param name="source">The source's shape.</param>
    /// <param name="target">The target's shape.</param>
    internal static SeparableMap? TryCreate(in Affine map, VolumeShape source, VolumeShape target)
    {
        ReadOnlySpan<int> from = [source.Width, source.Height, source.Depth];
        ReadOnlySpan<int> to = [target.Width, target.Height, target.Depth];
        Span<int> sourceOf = [-1, -1, -1];
        for (int row = 0; row < 3; row++)
        {
            int main = 0;
            for (int column = 1; column < 3; column++)
            {
                if (Math.Abs(map[row, column]) > Math.Abs(map[row, main]))
                    main = column;
            }

            double shift = 0;
            for (int column = 0; column < 3; column++)
                shift += column == main ? 0 : Math.Abs(map[row, column]) * (to[column] - 1);
            if (shift > Tolerance || sourceOf[main] >= 0)
                return null;
            sourceOf[main] = row;
        }

        var tables = new AxisTable[3];
        for (int column = 0; column < 3; column++)
        {
            int row = sourceOf[column];
            tables[column] = AxisTable.Create(map[row, 3], map[row, column], to[column], from[row]);
        }

        return new SeparableMap(
            new CanonicalOrientation(new(2 - sourceOf[2], false), new(2 - sourceOf[1], false), new(2 - sourceOf[0], false)),
            new VolumeShape(from[sourceOf[2]], from[sourceOf[1]], from[sourceOf[0]]),
            target,
            tables[2],
            tables[1],
            tables[0]);
    }
}
