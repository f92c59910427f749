using Screener.Imaging;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.SyntheticLesions;

/// <summary>One step's crops, and what a network is to say of each of their voxels.</summary>
/// <param name="Images">[m, 1, D, H, W], prepared intensities.</param>
/// <param name="Targets">[m, 1, D, H, W], such as the part of each voxel that lesions cover.</param>
internal sealed record TargetCrops(float[] Images, float[] Targets)
{
    /// <summary>Room for so many crops.</summary>
    internal static TargetCrops Empty(int crops, VolumeShape shape)
    {
        int length = crops * shape.CheckedLength();
        return new TargetCrops(new float[length], new float[length]);
    }

    /// <summary>Puts a crop and its target in their place.</summary>
    internal void Set(int crop, float[] image, float[] target)
    {
        image.CopyTo(Images.AsSpan(crop * image.Length));
        target.CopyTo(Targets.AsSpan(crop * target.Length));
    }

    /// <summary>Images and targets as tensors; the targets on the finest level's grid of a network, as means.</summary>
    /// <param name="shape">Voxels of a crop.</param>
    /// <param name="stride">The network's stem's.</param>
    /// <param name="device">Where.</param>
    internal (Tensor Images, Tensor Targets) Tensors(VolumeShape shape, long stride, Device device) =>
        (Of(Images, shape, device), Finest(Targets, shape, stride, device));

    /// <summary>Values of each voxel on the finest level's grid of a network, as means.</summary>
    internal static Tensor Finest(float[] values, VolumeShape shape, long stride, Device device) =>
        nn.functional.avg_pool3d(Of(values, shape, device), [stride, stride, stride]);

    private static Tensor Of(float[] values, VolumeShape shape, Device device) =>
        TensorMemory.Of(values, [values.Length / shape.VoxelCount, 1, shape.Depth, shape.Height, shape.Width]).to(device);
}
