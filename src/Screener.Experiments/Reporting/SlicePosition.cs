using Screener.Errors;
using Screener.Imaging;

namespace Screener.Reporting;

/// <summary>
/// A voxel through which pictures are taken, indexed as if the volume were in canonical orientation (see
/// <see cref="Affine"/>) whatever its own orientation is: the same numbers are the same place in its canonical copy.
/// </summary>
/// <param name="Depth">Slices from the feet.</param>
/// <param name="Height">Voxels from the back.</param>
/// <param name="Width">Voxels from the patient's left.</param>
public readonly record struct SlicePosition(int Depth, int Height, int Width)
{
    /// <summary>The middle of a grid.</summary>
    public static SlicePosition Middle(VolumeGrid grid)
    {
        var view = new CanonicalView(grid);
        return new SlicePosition(view.Shape.Depth / 2, view.Shape.Height / 2, view.Shape.Width / 2);
    }

    /// <summary>The voxel nearest to a place in the world.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="x">mm to the patient's right.</param>
    /// <param name="y">mm to the front.</param>
    /// <param name="z">mm to the head.</param>
    public static SlicePosition At(VolumeGrid grid, double x, double y, double z)
    {
        var inverse = new CanonicalView(grid).Grid.Affine.Inverse();
        return new SlicePosition(Axis(2), Axis(1), Axis(0));

        int Axis(int row) => (int)Math.Round((inverse[row, 0] * x) + (inverse[row, 1] * y) + (inverse[row, 2] * z) + inverse[row, 3]);
    }

    /// <summary>The axial slice in which most lesion voxels lie, at the lesion voxel nearest to their centre there.</summary>
    /// <returns>Null if the mask is empty.</returns>
    public static SlicePosition? OfLargestLesion(LesionMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var view = new CanonicalView(mask.Grid);
        var (best, most) = (-1, 0L);
        for (int d = 0; d < view.Shape.Depth; d++)
        {
            long count = 0;
            for (int h = 0; h < view.Shape.Height; h++)
            {
                for (int w = 0; w < view.Shape.Width; w++)
                    count += mask.Voxels[view.Index(d, h, w)] != 0 ? 1 : 0;
            }

            if (count > most)
                (best, most) = (d, count);
        }

        return most == 0 ? null : NearestToCentre(mask, view, best, most);
    }

    /// <summary>The voxel with the highest score.</summary>
    /// <param name="map">The scores; NaN never wins.</param>
    /// <param name="within">Where to look; null is everywhere.</param>
    /// <returns>Null if no voxel within has a score.</returns>
    /// <exception cref="OptionException">The mask has another shape than the map.</exception>
    public static SlicePosition? OfHighestScore(AnomalyMap map, BodyMask? within = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (within is not null && within.Shape != map.Shape)
            throw new OptionException(
                nameof(within), $"a mask of {within.Shape} voxels", $"the map's {map.Shape}", "Pass the mask of the same volume.");
        int best = -1;
        float highest = float.NegativeInfinity;
        for (int i = 0; i < map.Voxels.Length; i++)
        {
            if (map.Voxels[i] > highest && (within is null || within.Voxels[i] != 0))
                (best, highest) = (i, map.Voxels[i]);
        }

        return best < 0 ? null : new CanonicalView(map.Grid).PositionOf(best);
    }

    private static SlicePosition NearestToCentre(LesionMask mask, CanonicalView view, int d, long count)
    {
        double sumH = 0, sumW = 0;
        var voxels = new List<(int H, int W)>((int)Math.Min(count, int.MaxValue));
        for (int h = 0; h < view.Shape.Height; h++)
        {
            for (int w = 0; w < view.Shape.Width; w++)
            {
                if (mask.Voxels[view.Index(d, h, w)] == 0)
                    continue;
                voxels.Add((h, w));
                sumH += h;
                sumW += w;
            }
        }

        double centreH = sumH / count, centreW = sumW / count, stepH = view.Spacing.Height, stepW = view.Spacing.Width;
        var (nearH, nearW) = voxels.MinBy(v => Math.Pow((v.H - centreH) * stepH, 2) + Math.Pow((v.W - centreW) * stepW, 2));
        return new SlicePosition(d, nearH, nearW);
    }
}
