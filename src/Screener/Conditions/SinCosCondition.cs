using Screener.Errors;
using Screener.Imaging;
using static TorchSharp.torch;

namespace Screener.Conditions;

/// <summary>Sines and cosines of the absolute position in the whole volume, not in the crop (arXiv 2502.08321, ablation).</summary>
/// <remarks>
/// The paper leaves the unit of position open. Here u runs from 0 to 1 over the prepared volume along each axis: preparation cuts that to
/// the body's bounding box, so u is a position relative to the body, whatever the patient's size.
/// </remarks>
public sealed record SinCosCondition : PositionalCondition
{
    /// <inheritdoc/>
    public override string Name => "sin-cos";

    /// <inheritdoc/>
    public override bool IsCheap => true;

    /// <inheritdoc/>
    public override Tensor Compute(Tensor images, PatchPlacement[] placements, long[] poolKernel)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(placements);
        if (placements.Length != images.shape[0])
            throw new OptionException(
                nameof(placements), $"{placements.Length}", $"{images.shape[0]}, one for each image", "Say where each patch lies.");
        using var scope = NewDisposeScope();
        var patch = new VolumeShape((int)images.shape[2], (int)images.shape[3], (int)images.shape[4]);
        var maps = new Tensor[placements.Length];
        for (int i = 0; i < maps.Length; i++)
            maps[i] = Encode(placements[i].Volume, (placements[i].D, placements[i].H, placements[i].W), patch, poolKernel, images.device);
        return cat(maps, 0).MoveToOuterDisposeScope();
    }

    /// <summary>The encoding of one patch.</summary>
    /// <param name="volume">The whole prepared volume's shape.</param>
    /// <param name="origin">The patch's first voxel in it; beyond the volume u leaves [0, 1].</param>
    /// <param name="patch">The patch's shape.</param>
    /// <param name="poolKernel">Kernel and stride of the pooling along (d, h, w); u is that of a pooling window's centre.</param>
    /// <param name="device">Where the result is wanted.</param>
    /// <returns>[1, 6 * Frequencies, D / k_d, H / k_h, W / k_w], float32, which the caller owns; per axis (d, h, w) per octave a sine, then
    /// a cosine.</returns>
    /// <exception cref="OptionException">The kernel does not fit the patch.</exception>
    public Tensor Encode(VolumeShape volume, (int D, int H, int W) origin, VolumeShape patch, long[] poolKernel, Device device)
    {
        ArgumentNullException.ThrowIfNull(poolKernel);
        volume.CheckedLength();
        patch.CheckedLength();
        if (poolKernel.Length != 3 || poolKernel.Min() < 1 || poolKernel[0] > patch.Depth || poolKernel[1] > patch.Height
            || poolKernel[2] > patch.Width)
            throw new OptionException(
                nameof(poolKernel), $"({string.Join(", ", poolKernel)})", $"three whole numbers from 1 to the patch's size, {patch}");
        using var scope = NewDisposeScope();
        (int Length, int Origin, int Size, long Kernel)[] axes =
        [
            (volume.Depth, origin.D, patch.Depth, poolKernel[0]),
            (volume.Height, origin.H, patch.Height, poolKernel[1]),
            (volume.Width, origin.W, patch.Width, poolKernel[2]),
        ];
        long[] shape = [1, Features, .. axes.Select(a => a.Size / a.Kernel)];
        var features = new Tensor[3];
        for (int axis = 0; axis < 3; axis++)
        {
            long[] along = [1, shape[1], 1, 1, 1];
            along[axis + 2] = shape[axis + 2];
            features[axis] = Expand(
                tensor(Centres(axes[axis], (int)shape[axis + 2]), [1, 1, shape[axis + 2]], device: device)).view(along).expand(shape);
        }

        return cat(features, 1).MoveToOuterDisposeScope();
    }

    // In double: in float the highest octaves of a long volume would lose digits.
    private static double[] Centres((int Length, int Origin, int Size, long Kernel) axis, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (axis.Origin + ((i + 0.5) * axis.Kernel)) / axis.Length)];
}
