using Screener.Imaging;

namespace Screener.Interactive.Tests.Viewer;

/// <summary>Small volumes whose every voxel is known from where it lies in the patient.</summary>
internal static class ViewedVolumes
{
    /// <summary>25 mm to the right, 21 to the front and 17 to the head, in voxels of 1 x 1 x 1 mm around the world's origin.</summary>
    internal const int Right = 25, Front = 21, Head = 17;

    /// <summary>Array axes against the patient's: which world axis W, H and D run along, and whether backwards.</summary>
    internal static TheoryData<string> Orientations => ["RAS", "LPS", "LAS", "SRA", "PIR", "ASL", "IPL"];

    /// <summary>A grid over the box whose W, H and D run along the three letters.</summary>
    internal static VolumeGrid Grid(string orientation, double scale = 1)
    {
        Span<double> m = stackalloc double[9];
        Span<int> length = stackalloc int[3];
        double[] origin = [-(Right - 1) / 2.0 * scale, -(Front - 1) / 2.0 * scale, -(Head - 1) / 2.0 * scale];
        for (int axis = 0; axis < 3; axis++)
        {
            int world = "RAS".Contains(orientation[axis]) ? "RAS".IndexOf(orientation[axis]) : "LPI".IndexOf(orientation[axis]);
            bool forwards = "RAS".Contains(orientation[axis]);
            length[axis] = world switch { 0 => Right, 1 => Front, _ => Head };
            m[(world * 3) + axis] = forwards ? scale : -scale;
            if (!forwards)
                origin[world] = -origin[world];
        }

        return new VolumeGrid(
            new VolumeShape(length[2], length[1], length[0]),
            new Affine(m[0], m[1], m[2], origin[0], m[3], m[4], m[5], origin[1], m[6], m[7], m[8], origin[2]));
    }

    /// <summary>A CT whose HU are a function of the place in mm.</summary>
    internal static CtVolume Ct(VolumeGrid grid, Func<double, double, double, double> hu, string source = "") => new(
        grid, Voxels(grid, (x, y, z) => (float)hu(x, y, z)), source);

    /// <summary>Voxels that are a function of the place in mm.</summary>
    internal static T[] Voxels<T>(VolumeGrid grid, Func<double, double, double, T> value)
    {
        var voxels = new T[grid.Shape.CheckedLength()];
        for (int d = 0; d < grid.Shape.Depth; d++)
        {
            for (int h = 0; h < grid.Shape.Height; h++)
            {
                for (int w = 0; w < grid.Shape.Width; w++)
                {
                    var (x, y, z) = grid.Affine.ToWorld(d, h, w);
                    voxels[grid.Shape.Index(d, h, w)] = value(x, y, z);
                }
            }
        }

        return voxels;
    }
}
