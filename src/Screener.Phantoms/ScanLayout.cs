using System.Numerics;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Phantoms;

/// <summary>Field of view and voxels of one scan.</summary>
/// <param name="Grid">The volume's grid in the scanner's world coordinates.</param>
/// <param name="Origin">Voxel (0, 0, 0) in the scanner coordinates that anatomy is drawn in (origin in the body's middle), mm.</param>
/// <param name="Pixel">In-plane spacing, mm.</param>
/// <param name="SliceSpacing">Distance between slices, mm.</param>
/// <param name="Back">y of the lowest point of the back, mm, in the same coordinates as <paramref name="Origin"/>.</param>
internal sealed record ScanLayout(VolumeGrid Grid, Vector3 Origin, float Pixel, float SliceSpacing, float Back)
{
    internal static ScanLayout Draw(RandomStream random, BodyFrame frame, PhantomOptions options)
    {
        float pixel = (float)random.Uniform(options.InPlaneSpacingMin, options.InPlaneSpacingMax);
        float spacing = (float)options.SliceSpacings[random.NextInt(options.SliceSpacings.Count)];
        float bottom = (float)random.Uniform(-222, -204), top = (float)random.Uniform(226, 238);
        var (half, back, front) = Extent(frame, bottom, top);
        float side = half + (float)random.Uniform(8, 30);
        float below = back - (float)random.Uniform(22, 50), above = front + (float)random.Uniform(8, 30);
        float shiftX = (float)random.Uniform(-8, 8);
        float length = frame.Traits.TrunkLength;
        var origin = new Vector3(shiftX - side, below, bottom * length);
        var shape = new VolumeShape(
            Math.Max(2, (int)MathF.Round((top - bottom) * length / spacing)),
            Math.Max(2, (int)MathF.Ceiling((above - below) / pixel)),
            Math.Max(2, (int)MathF.Ceiling(2 * side / pixel)));
        // Scanners put their origin anywhere; nobody may rely on it.
        var affine = Affine.Canonical(
            new Spacing(spacing, pixel, pixel),
            Math.Round(origin.X + random.Uniform(-20, 20), 2),
            Math.Round(origin.Y + random.Uniform(-20, 180), 2),
            Math.Round(origin.Z + random.Uniform(-1400, 200), 2));
        return new ScanLayout(new VolumeGrid(shape, affine), origin, pixel, spacing, back);
    }

    // The skin's outermost points, in scanner coordinates.
    private static (float Half, float Back, float Front) Extent(BodyFrame frame, float bottom, float top)
    {
        float half = 0, back = 0, front = 0;
        for (float z = bottom; z <= top; z += 6)
        {
            for (int k = 0; k < 64; k++)
            {
                float angle = k * 2 * MathF.PI / 64;
                float radius = frame.CavityRadius(angle, z) + frame.MuscleThickness(angle, z) + frame.FatThickness(angle, z) + 2;
                var p = frame.ToScanner(new Vector3(radius * MathF.Cos(angle), (radius * MathF.Sin(angle)) + BodyFrame.MiddleAt(z), z));
                half = MathF.Max(half, MathF.Abs(p.X));
                (back, front) = (MathF.Min(back, p.Y), MathF.Max(front, p.Y));
            }
        }

        return (half, back, front);
    }
}

/// <summary>A scan before the scanner has blurred it and added noise.</summary>
internal sealed class CleanScan
{
    internal CleanScan(ScanLayout layout)
    {
        Layout = layout;
        int n = layout.Grid.Shape.CheckedLength();
        Hu = new float[n];
        Organs = new byte[n];
        Depth = new sbyte[n];
        InCavity = new bool[n];
    }

    internal ScanLayout Layout { get; }

    /// <summary>HU, [D, H, W].</summary>
    internal float[] Hu { get; }

    /// <summary><see cref="PhantomOrgan"/>, [D, H, W].</summary>
    internal byte[] Organs { get; }

    /// <summary>mm below the skin (negative outside), at most 127, [D, H, W].</summary>
    internal sbyte[] Depth { get; }

    /// <summary>Inside of ribs, abdominal wall and back muscles, [D, H, W].</summary>
    internal bool[] InCavity { get; }

    internal void Store(int d, PhantomSlice slice)
    {
        int offset = d * slice.Hu.Length;
        slice.Hu.CopyTo(Hu, offset);
        for (int i = 0; i < slice.Hu.Length; i++)
        {
            Organs[offset + i] = (byte)slice.Label[i];
            InCavity[offset + i] = slice.Cavity[i] < -2;
            Depth[offset + i] = (sbyte)Math.Clamp(-slice.Skin[i], -127, 127);
        }
    }
}
