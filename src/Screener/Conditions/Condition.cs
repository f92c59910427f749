using Screener.Imaging;
using Screener.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Conditions;

/// <summary>Where a patch lies in the prepared volume it was cut from.</summary>
/// <param name="Volume">The whole volume's shape, in voxels.</param>
/// <param name="D">The patch's first voxel along D; outside the volume where the patch is padded.</param>
/// <param name="H">The patch's first voxel along H.</param>
/// <param name="W">The patch's first voxel along W.</param>
public readonly record struct PatchPlacement(VolumeShape Volume, int D, int H, int W);

/// <summary>What the density model is told about a position (arXiv 2502.08321, section 3.3 and ablation).</summary>
public abstract class Condition
{
    /// <summary>The name on command lines and in reports.</summary>
    public abstract string Name { get; }

    /// <summary>c, the length of a condition vector; 0 for none.</summary>
    public abstract int Channels { get; }

    /// <summary>
    /// Equal for conditions that give equal maps and different otherwise, such as a name with all settings: then maps and results of ablations are
    /// kept under it. Null, the default, keeps nothing.
    /// </summary>
    public virtual string? ContentKey => null;

    /// <summary>The pooled condition map of a batch of patches.</summary>
    /// <param name="images">[N, 1, D, H, W], intensities in [0, 1].</param>
    /// <param name="placements">Where the N patches lie.</param>
    /// <param name="poolKernel">Kernel and stride of the pooling along (d, h, w), in voxels.</param>
    /// <returns>[N, c, D / k_d, H / k_h, W / k_w], float32, on the images' device, which the caller owns; null if <see cref="Channels"/> is 0.</returns>
    public abstract Tensor? Compute(Tensor images, PatchPlacement[] placements, long[] poolKernel);
}
