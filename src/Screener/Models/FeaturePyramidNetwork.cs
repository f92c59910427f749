using Screener.Errors;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>
/// A residual 3-D UNet with a summed pyramid head: one vector per voxel (arXiv 2502.08321, section 3 and published code).
/// </summary>
/// <remarks>Every forward method returns a float32 tensor that the caller owns.</remarks>
public sealed class FeaturePyramidNetwork : nn.Module<Tensor, Tensor>
{
    private readonly ResidualUNet unet;
    private readonly PyramidHead head;

    /// <summary>Makes a network with fresh weights.</summary>
    /// <param name="options">Its shape.</param>
    /// <param name="random">Where the weights come from; the same stream gives the same network.</param>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public FeaturePyramidNetwork(UNetOptions options, RandomStream random)
        : base(nameof(FeaturePyramidNetwork))
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        options.Validate();
        Options = options;
        unet = new ResidualUNet(options, random);
        head = new PyramidHead(options, random);
        RegisterComponents();
    }

    /// <summary>The shape of the network.</summary>
    public UNetOptions Options { get; }

    /// <summary>
    /// The type of activations. With float32 weights (training), bf16 casts them in every pass, so that gradients and the
    /// optimiser stay float32; a network moved to bfloat16 as a whole (inference) runs in bf16 whatever is set here.
    /// </summary>
    public ComputePrecision Precision { get; set; }

    /// <summary>The descriptor map at the input's resolution.</summary>
    /// <param name="images">[N, C, D, H, W], intensities in [0, 1].</param>
    /// <returns>[N, d, D, H, W].</returns>
    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        Tensor map = ForwardFinest(images);
        return (Options.StemStride == 1 ? map : MapFitting.Upsample(map, images.shape, Options.StemStride)).MoveToOuterDisposeScope();
    }

    /// <summary>The descriptor map on the finest level's grid: the input's divided by the stem's stride, rounded up.</summary>
    /// <param name="images">[N, C, D, H, W], intensities in [0, 1].</param>
    /// <returns>[N, d, D', H', W'].</returns>
    public Tensor ForwardFinest(Tensor images)
    {
        using var scope = NewDisposeScope();
        return head.Sum(Pyramid(images)).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Descriptors at given positions, trilinear between the finest level's voxels and constant beyond the outermost centres.
    /// </summary>
    /// <param name="images">[N, C, D, H, W], intensities in [0, 1].</param>
    /// <param name="positions">[N, P, 3], (d, h, w) in voxels of the input; whole numbers are voxel centres.</param>
    /// <returns>[N * P, d]. At voxel centres the values of the full-resolution map, which is never made.</returns>
    public Tensor ForwardAt(Tensor images, Tensor positions)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(positions);
        if (positions.shape.Length != 3 || positions.shape[0] != images.shape[0] || positions.shape[2] != 3)
            throw new OptionException(
                nameof(positions), $"shape [{string.Join(", ", positions.shape)}]", $"[{images.shape[0]}, P, 3]",
                "Pass three coordinates for every position of every image.");
        using var scope = NewDisposeScope();
        Tensor[] pyramid = Pyramid(images);
        Tensor at = MapSampling.Coordinates(positions, Options.StemStride, pyramid[0].shape);
        Tensor descriptors = head.FinestRows(MapSampling.Trilinear(pyramid[0], at));
        if (pyramid.Length > 1)
            descriptors = descriptors.Plus(MapSampling.Upsampled(head.Sum(pyramid, finest: 1), pyramid[0].shape, at));
        return descriptors.MoveToOuterDisposeScope();
    }

    /// <summary>The average-pooled descriptor map (paper: stride 3 x 3 x 2 before the density model), without the map itself.</summary>
    /// <param name="images">[N, C, D, H, W], intensities in [0, 1].</param>
    /// <param name="kernel">Kernel and stride along (d, h, w), in voxels; what is left over at the end is dropped.</param>
    /// <returns>[N, d, D / k_d, H / k_h, W / k_w].</returns>
    public Tensor ForwardPooled(Tensor images, long[] kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        if (kernel.Length != 3 || kernel.Min() < 1 || kernel[0] > images.shape[2] || kernel[1] > images.shape[3]
            || kernel[2] > images.shape[4])
            throw new OptionException(
                nameof(kernel), $"({string.Join(", ", kernel)})", "three whole numbers from 1 to the size of the image");
        using var scope = NewDisposeScope();
        Tensor[] pyramid = Pyramid(images);

        // Pooling and upsampling are linear per channel, so they commute with the head's convolutions: pool the few channels
        // of the finest level, and take the coarser levels' sum to the pooled grid in one step per axis.
        var toPooled = new float[3][,];
        for (int axis = 0; axis < 3; axis++)
        {
            toPooled[axis] = MapFitting.PoolingMatrix(images.shape[axis + 2], kernel[axis]);
            if (Options.StemStride != 1)
                toPooled[axis] = MapFitting.Multiply(
                    toPooled[axis], MapFitting.UpsamplingMatrix(pyramid[0].shape[axis + 2], images.shape[axis + 2], Options.StemStride));
        }

        // libtorch pools no bfloat16 on processors.
        Tensor features = pyramid[0].to_type(ScalarType.Float32);
        Tensor finest = Options.StemStride == 1
            ? nn.functional.avg_pool3d(features, kernel, kernel)
            : MapFitting.Apply(features, toPooled[0], toPooled[1], toPooled[2]);
        Tensor sum = head.Finest(finest);
        if (pyramid.Length > 1)
        {
            for (int axis = 0; axis < 3; axis++)
                toPooled[axis] = MapFitting.Multiply(
                    toPooled[axis], MapFitting.UpsamplingMatrix(pyramid[1].shape[axis + 2], pyramid[0].shape[axis + 2]));
            sum = sum.Plus(
                MapFitting.Apply(head.Sum(pyramid, finest: 1).to_type(ScalarType.Float32), toPooled[0], toPooled[1], toPooled[2]));
        }

        return sum.MoveToOuterDisposeScope();
    }

    private Tensor[] Pyramid(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var scope = NewDisposeScope();
        ScalarType type = Precision == ComputePrecision.BFloat16 ? ScalarType.BFloat16 : unet.Type;
        Tensor[] pyramid = unet.Forward(images.to_type(type));
        foreach (Tensor map in pyramid)
            map.MoveToOuterDisposeScope();
        return pyramid;
    }
}
