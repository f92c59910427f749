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
/// not even if they are NaN. Every forward method returns a float32 tensor that the caller owns.
/// </remarks>
public sealed class ConditionModel : nn.Module<Tensor, Tensor>
{
    private readonly FeaturePyramidNetwork network;

    /// <summary>Makes a model with fresh weights.</summary>
    /// <param name="options">The shape of the descriptor model's network; the mask's channel is added here.</param>
    /// <param name="random">Where the weights come from.</param>
    /// <param name="maskChannel">Whether the network is shown the mask beside the image.</param>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public ConditionModel(UNetOptions options, RandomStream random, bool maskChannel = true)
        : base(nameof(ConditionModel))
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        HasMaskChannel = maskChannel;
        network = new FeaturePyramidNetwork(maskChannel ? options with { InChannels = options.InChannels + 1 } : options, random);
        RegisterComponents();
    }

    /// <summary>The options that the model was made from, without the mask's channel.</summary>
    public UNetOptions Options { get; }

    /// <summary>Whether the network is shown the mask beside the image.</summary>
    public bool HasMaskChannel { get; }

    /// <inheritdoc cref="FeaturePyramidNetwork.Precision"/>
    public ComputePrecision Precision
    {
        get => network.Precision;
        set => network.Precision = value;
    }

    /// <summary>The condition map with everything visible: [N, C, D, H, W] to [N, d, D, H, W].</summary>
    public override Tensor forward(Tensor images) => Forward(images, null);

    /// <summary>The condition map at the input's resolution.</summary>
    /// <param name="images">[N, C, D, H, W], intensities in [0, 1].</param>
    /// <param name="mask">[N, 1, D, H, W], 1 = visible, 0 = hidden; null = all visible.</param>
    /// <returns>[N, d, D, H, W].</returns>
    public Tensor Forward(Tensor images, Tensor? mask)
    {
        using Tensor input = Masked(images, mask);
        return network.forward(input);
    }

    /// <summary>The condition map on the finest level's grid; parameters as in <see cref="Forward"/>.</summary>
    public Tensor ForwardFinest(Tensor images, Tensor? mask)
    {
        using Tensor input = Masked(images, mask);
        return network.ForwardFinest(input);
    }

    /// <summary>Conditions at given positions, [N * P, d]; see <see cref="FeaturePyramidNetwork.ForwardAt"/>.</summary>
    public Tensor ForwardAt(Tensor images, Tensor? mask, Tensor positions)
    {
        using Tensor input = Masked(images, mask);
        return network.ForwardAt(input, positions);
    }

    /// <summary>The average-pooled condition map; see <see cref="FeaturePyramidNetwork.ForwardPooled"/>.</summary>
    public Tensor ForwardPooled(Tensor images, Tensor? mask, long[] kernel)
    {
        using Tensor input = Masked(images, mask);
        return network.ForwardPooled(input, kernel);
    }

    private Tensor Masked(Tensor images, Tensor? mask)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var scope = NewDisposeScope();
        long[] shape = [images.shape[0], 1, .. images.shape[2..]];
        if (mask is not null && !mask.shape.AsSpan().SequenceEqual(shape))
            throw new OptionException(nameof(mask), $"shape [{string.Join(", ", mask.shape)}]", $"[{string.Join(", ", shape)}]", "Pass one mask channel of the images' size.");
        Tensor visible = mask is null ? images.alias() : images.masked_fill(mask.logical_not(), RootedScalar.Of(0));
        if (HasMaskChannel)
            visible = cat([visible, mask?.to_type(images.dtype) ?? ones(shape, images.dtype, images.device)], 1);
        return visible.MoveToOuterDisposeScope();
    }
}
