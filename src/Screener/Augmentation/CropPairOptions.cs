using Screener.Errors;
using Screener.Imaging;

namespace Screener.Augmentation;

/// <summary>How <see cref="CropPairSampler"/> draws two overlapping crops of a volume (paper, section 3.1 and its published code).</summary>
public sealed record CropPairOptions
{
    /// <summary>The paper's crops: 96 x 96 x 64 voxels, 1024 positions a pair.</summary>
    public static CropPairOptions Paper { get; } = new();

    /// <summary>Crops for a laptop CPU: 48^3 voxels, 256 positions a pair. At 3 mm a crop spans what the paper's does at 1.5 x 1.5 x 2.25 mm.</summary>
    public static CropPairOptions Quick { get; } = new() { PatchShape = new VolumeShape(48, 48, 48), PositionsPerPair = 256 };

    /// <summary>Voxels of a crop along [D, H, W]. Each axis 4 to 512.</summary>
    public VolumeShape PatchShape { get; init; } = new(64, 96, 96);

    /// <summary>Positions drawn in the overlap of a pair, 1 to 2^20.</summary>
    public int PositionsPerPair { get; init; } = 1024;

    /// <summary>Smallest voxel spacing of a crop, in units of the volume's. 0.25 to 8.</summary>
    public double MinSpacingFactor { get; init; } = 1;

    /// <summary>Largest voxel spacing of a crop, in units of the volume's. <see cref="MinSpacingFactor"/> to 8.</summary>
    public double MaxSpacingFactor { get; init; } = 2;

    /// <summary>Least overlap along an axis, as a part of the smaller crop. 0 to 1.</summary>
    public double MinOverlap { get; init; } = 0.25;

    /// <summary>Largest overlap along an axis, as a part of the smaller crop. <see cref="MinOverlap"/> to 1.</summary>
    public double MaxOverlap { get; init; } = 1;

    /// <summary>Whether each axis of the volume is reversed with probability 1/2, for both crops alike.</summary>
    public bool Flips { get; init; } = true;

    /// <summary>Whether the volume is turned in the axial plane by 0, 90, 180 or 270 degrees, for both crops alike.</summary>
    public bool AxialTurns { get; init; } = true;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="OptionException">A field is outside its range, or the smallest overlap could hold no position inside both crops.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside("PatchShape.Depth", PatchShape.Depth, 4, 512);
        OptionException.ThrowIfOutside("PatchShape.Height", PatchShape.Height, 4, 512);
        OptionException.ThrowIfOutside("PatchShape.Width", PatchShape.Width, 4, 512);
        OptionException.ThrowIfOutside(nameof(PositionsPerPair), PositionsPerPair, 1, 1 << 20);
        OptionException.ThrowIfOutside(nameof(MinSpacingFactor), MinSpacingFactor, 0.25, 8);
        OptionException.ThrowIfOutside(nameof(MaxSpacingFactor), MaxSpacingFactor, MinSpacingFactor, 8);
        OptionException.ThrowIfOutside(nameof(MinOverlap), MinOverlap, 0, 1);
        OptionException.ThrowIfOutside(nameof(MaxOverlap), MaxOverlap, MinOverlap, 1);

        // Positions lie between the outermost voxel centres of both crops, half a voxel inside each crop's edge.
        int shortest = Math.Min(PatchShape.Depth, Math.Min(PatchShape.Height, PatchShape.Width));
        double needed = 0.5 * (1 + (MaxSpacingFactor / MinSpacingFactor)) / shortest;
        if (MinOverlap <= needed)
            throw new OptionException(nameof(MinOverlap), $"{MinOverlap}", $"more than {needed:0.###} for crops of {PatchShape} voxels, or no position lies in both", "Raise MinOverlap or PatchShape.");
    }
}
