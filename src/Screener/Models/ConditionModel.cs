using Screener.Errors;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>
/// The condition model g: the descriptor model's network with the mask as one more input channel, so that c[p] holds what can be
/// told from the visible context alone (arXiv 2502.08321, section 3.2).
/// </summary>
/// <remarks>
/// Its input is [image * mask, mask], mask 1 = visible; no mask means that everything is visible, as at inference. Without the mask's
/// channel, which the paper's has, it is image * mask alone, and what is hidden looks like air. Hidden voxels cannot change the output,
/// not even if they are NaN.
/// </remarks>
public sealed class ConditionModel : DenseNetwork
{
    /// <summary>Its <see cref="Stage"/>.</summary>
    public const string StageName = "condition";

    /// <summary>Makes a model with fresh weights.</summary>
    /// <param name="options">The shape of the descriptor model's network; the mask's channel is added here.</param>
    /// <param name="random">Where the weights come from.</param>
    /// <param name="maskChannel">Whether the network is shown the mask beside the image.</param>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public ConditionModel(UNetOptions options, RandomStream random, bool maskChannel = true)
        : base(nameof(ConditionModel), options, PyramidOf(options, random, maskChannel))
    {
        HasMaskChannel = maskChannel;
        register_module("network", Pyramid);
    }

    /// <inheritdoc/>
    public override string Stage => StageName;

    /// <summary>Whether the network is shown the mask beside the image.</summary>
    public bool HasMaskChannel { get; }

    internal static FeaturePyramidNetwork PyramidOf(UNetOptions options, RandomStream random, bool maskChannel)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new FeaturePyramidNetwork(maskChannel ? options with { InChannels = options.InChannels + 1 } : options, random);
    }

    internal static Tensor Masked(Tensor images, Tensor? mask, bool maskChannel)
    {
        using var scope = NewDisposeScope();
        long[] shape = [images.shape[0], 1, .. images.shape[2..]];
        if (mask is not null && !mask.shape.AsSpan().SequenceEqual(shape))
            throw new OptionException(
                nameof(mask), $"shape [{string.Join(", ", mask.shape)}]", $"[{string.Join(", ", shape)}]",
                "Pass one mask channel of the images' size.");
        Tensor visible = mask is null ? images.alias() : images.Filled(mask.logical_not(), 0);
        if (maskChannel)
            visible = cat([visible, mask?.to_type(images.dtype) ?? ones(shape, images.dtype, images.device)], 1);
        return visible.MoveToOuterDisposeScope();
    }

    private protected override Tensor Shown(Tensor images, Tensor? mask) => Masked(images, mask, HasMaskChannel);
}
