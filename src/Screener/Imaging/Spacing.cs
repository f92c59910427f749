namespace Screener.Imaging;

/// <summary>The distance between neighbouring voxel centres along the array axes, in mm.</summary>
/// <param name="Depth">Along D, in mm (slice spacing in canonical orientation).</param>
/// <param name="Height">Along H, in mm.</param>
/// <param name="Width">Along W, in mm.</param>
public readonly record struct Spacing(double Depth, double Height, double Width)
{
    /// <summary>The volume of one voxel of a grid without shear, in mm^3.</summary>
    public double VoxelVolume => Depth * Height * Width;

    /// <summary>"D x H x W mm".</summary>
    public override string ToString() => FormattableString.Invariant($"{Depth:0.###} x {Height:0.###} x {Width:0.###} mm");
}
