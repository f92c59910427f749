using Screener.Errors;
using Screener.Imaging;

namespace Screener.Augmentation;

/// <summary>What <see cref="BlockMask"/> hides from the condition model (paper, section 3.2 and its published code).</summary>
public sealed record BlockMaskOptions
{
    /// <summary>The paper's masking: blocks of 24^3 voxels, 60 % of them hidden.</summary>
    public static BlockMaskOptions Paper { get; } = new();

    /// <summary>The same for crops at 3 mm: blocks of 12^3 voxels span 36 mm, as the paper's do in the axial plane.</summary>
    public static BlockMaskOptions Quick { get; } = new() { BlockShape = new VolumeShape(12, 12, 12) };

    /// <summary>Voxels of a block along [D, H, W]. Each axis 1 to 512.</summary>
    public VolumeShape BlockShape { get; init; } = new(24, 24, 24);

    /// <summary>The part of the blocks that is hidden, 0 to 1.</summary>
    public double HiddenFraction { get; init; } = 0.6;

    /// <summary>Probability that anything of a crop is hidden at all, 0 to 1; the paper's condition model always has it so.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>Whether the lattice of blocks starts at a random voxel instead of the crop's corner. The paper does not say; its blocks start at the corner.</summary>
    public bool RandomOffset { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="OptionException">A field is outside its range.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside("BlockShape.Depth", BlockShape.Depth, 1, 512);
        OptionException.ThrowIfOutside("BlockShape.Height", BlockShape.Height, 1, 512);
        OptionException.ThrowIfOutside("BlockShape.Width", BlockShape.Width, 1, 512);
        OptionException.ThrowIfOutside(nameof(HiddenFraction), HiddenFraction, 0, 1);
        OptionException.ThrowIfOutside(nameof(Probability), Probability, 0, 1);
    }
}
