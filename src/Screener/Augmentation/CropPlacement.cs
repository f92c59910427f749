using Screener.Imaging;

namespace Screener.Augmentation;

/// <summary>
/// The map from voxel positions of a crop to voxel positions of the volume it was taken from: an affine map along exchanged and reversed
/// axes.
/// </summary>
/// <param name="Start">Volume position (along the volume's D, H, W) of the crop's voxel (0, 0, 0).</param>
/// <param name="Step">Volume voxels (along the volume's D, H, W) per crop voxel; negative where the axis is reversed.</param>
/// <param name="Swapped">True if the crop's H runs along the volume's W and its W along the volume's H.</param>
public readonly record struct CropPlacement((double D, double H, double W) Start, (double D, double H, double W) Step, bool Swapped)
{
    /// <summary>The volume position (d, h, w) of crop position (d, h, w).</summary>
    public (double D, double H, double W) ToVolume(double d, double h, double w) => Swapped
        ? (Start.D + (Step.D * d), Start.H + (Step.H * w), Start.W + (Step.W * h))
        : (Start.D + (Step.D * d), Start.H + (Step.H * h), Start.W + (Step.W * w));

    /// <summary>The voxel spacing along the crop's own axes in a volume of the given spacing, mm.</summary>
    public Spacing SpacingIn(Spacing volume)
    {
        double d = Math.Abs(Step.D) * volume.Depth, h = Math.Abs(Step.H) * volume.Height, w = Math.Abs(Step.W) * volume.Width;
        return Swapped ? new Spacing(d, w, h) : new Spacing(d, h, w);
    }
}
