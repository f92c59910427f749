using Screener.Imaging;
using Screener.Reporting;

namespace Screener.Interactive.Viewer;

/// <summary>Lesions made ready to be shown: how much of each block is lesion, 0 to 255.</summary>
/// <param name="Layer">The packed shares.</param>
/// <param name="Largest">A voxel of the CT in the largest lesion, in canonical indices.</param>
internal sealed record ShownMask(ShownLayer Layer, SlicePosition Largest)
{
    /// <summary>Reduces and packs a mask. A lesion too small to fill half of any block is shown as one block.</summary>
    /// <returns>Null if the mask is empty.</returns>
    internal static ShownMask? Of(LesionMask mask, VolumeViewerOptions options)
    {
        var grid = ShownGrid.Fit(mask.Grid, options.MaxVoxels);
        var shares = GC.AllocateUninitializedArray<float>(grid.Shape.CheckedLength());
        BlockReduction.Coverage(mask.Voxels, grid, [.. Enumerable.Range(0, grid.Shape.Depth)], shares, options.Threads);
        var coverage = Reorientation.Permute(Coverage(shares, grid.Shape), grid.Shape, grid.Orientation, options.Threads);
        var inside = new byte[coverage.Length];
        for (int i = 0; i < inside.Length; i++)
            inside[i] = (byte)(coverage[i] >> 7);
        return SlicePosition.OfLargestLesion(new LesionMask(grid.Canonical, inside)) is { } at
            ? new ShownMask(ShownLayer.Pack(grid, coverage, options.Threads), grid.VoxelOf(at))
            : null;
    }

    // Half and more of 255 has the highest bit. The viewer draws the outline where half of a block is lesion.
    private static byte[] Coverage(float[] shares, VolumeShape shape)
    {
        const float Half = 0.5f;
        const byte Visible = 192;
        var coverage = new byte[shares.Length];
        for (int i = 0; i < shares.Length; i++)
        {
            if (shares[i] > 0)
                coverage[i] = (byte)Math.Clamp(Math.Round(shares[i] * byte.MaxValue), 1, byte.MaxValue);
        }

        for (int i = 0; i < shares.Length; i++)
        {
            if (shares[i] is > 0 and < Half && IsHighestAround(shares, shape, i))
                coverage[i] = Visible;
        }

        return coverage;
    }

    private static bool IsHighestAround(float[] shares, VolumeShape shape, int place)
    {
        int plane = shape.Height * shape.Width, d = place / plane, h = place % plane / shape.Width, w = place % shape.Width;
        for (int z = d - 1; z <= d + 1; z++)
        {
            for (int y = h - 1; y <= h + 1; y++)
            {
                for (int x = w - 1; x <= w + 1; x++)
                {
                    // Of equals, the first.
                    if (shape.Contains(z, y, x) && shape.Index(z, y, x) is var other
                        && (shares[other] > shares[place] || (shares[other] == shares[place] && other < place)))
                        return false;
                }
            }
        }

        return true;
    }
}
