using Screener.Errors;

namespace Screener.Imaging;

/// <summary>The number of voxels of a volume along its three array axes, in the order of a tensor: [D, H, W].</summary>
/// <param name="Depth">D, the slowest axis; in canonical orientation the slices, from feet to head.</param>
/// <param name="Height">H; in canonical orientation the rows, from back to front.</param>
/// <param name="Width">W, the fastest axis; in canonical orientation the columns, from the patient's left to right.</param>
public readonly record struct VolumeShape(int Depth, int Height, int Width)
{
    /// <summary>D * H * W.</summary>
    public long VoxelCount => (long)Depth * Height * Width;

    /// <summary>The position of voxel (d, h, w) in a flat array.</summary>
    public int Index(int d, int h, int w) => ((d * Height) + h) * Width + w;

    /// <summary>True if (d, h, w) is a voxel of this shape.</summary>
    public bool Contains(int d, int h, int w) => (uint)d < (uint)Depth && (uint)h < (uint)Height && (uint)w < (uint)Width;

    /// <summary>The length as a .NET array length.</summary>
    /// <exception cref="OptionException">An axis is empty or negative, or the volume has more than 2^31 - 64 voxels.</exception>
    public int CheckedLength()
    {
        if (Depth < 1 || Height < 1 || Width < 1 || (Int128)Depth * Height * Width > Array.MaxLength)
            throw new OptionException("shape", ToString(), $"at least one voxel along each axis and at most {Array.MaxLength} in all");
        return (int)VoxelCount;
    }

    /// <summary>"D x H x W", as in "275 x 512 x 512".</summary>
    public override string ToString() => $"{Depth} x {Height} x {Width}";
}
