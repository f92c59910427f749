using Screener.Errors;
using Screener.Randomness;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>
/// The embedding network of anatomical positional embeddings (APE, arXiv 2409.10291): a CT crop to three numbers in (0, 1) per
/// position that say where in the body it is, whoever's body it is.
/// </summary>
/// <remarks>
/// A feature pyramid network of three channels, then a sigmoid; pooled, the sigmoid of the average. Distances between positions are
/// distances between their numbers, each times its <see cref="Scale"/>. As in a <see cref="ConditionModel"/>, hidden voxels cannot change
/// the output, and no mask means that everything is visible.
/// </remarks>
public sealed class AnatomicalEmbeddingModel : DenseNetwork
{
    /// <summary>Its <see cref="Stage"/>.</summary>
    public const string StageName = "ape";

    /// <summary>The numbers of a position.</summary>
    public const int Axes = 3;

    private readonly bool _maskChannel;
    private readonly Parameter scale;

    /// <summary>Makes a model with fresh weights.</summary>
    /// <param name="options">The shape of the network; it has <see cref="Axes"/> descriptor channels.</param>
    /// <param name="random">Where the weights come from.</param>
    /// <param name="maskChannel">Whether the network is shown the mask beside the image; the published one is not.</param>
    /// <param name="scaleStart">What the scale of each number starts from.</param>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public AnatomicalEmbeddingModel(UNetOptions options, RandomStream random, bool maskChannel = false, double scaleStart = 1)
        : base(nameof(AnatomicalEmbeddingModel), Checked(options), ConditionModel.PyramidOf(options, random, maskChannel))
    {
        _maskChannel = maskChannel;
        scale = WeightStart.Constant(scaleStart, Axes);
        register_parameter(nameof(scale), scale);
        register_module("network", new Inner(Pyramid));
    }

    /// <inheritdoc/>
    public override string Stage => StageName;

    /// <summary>[3], learnt: what each number is multiplied by before distances are taken. The model owns it.</summary>
    public Tensor Scale => scale;

    internal static UNetOptions Checked(UNetOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.DescriptorChannels != Axes)
            throw new OptionException(
                nameof(options.DescriptorChannels), $"{options.DescriptorChannels}", $"{Axes}, the numbers of an anatomical position");
        return options;
    }

    private protected override Tensor Shown(Tensor images, Tensor? mask) => ConditionModel.Masked(images, mask, _maskChannel);

    private protected override Tensor Vectors(Tensor map)
    {
        using (map)
            return map.sigmoid();
    }

    // Files name its weights "network.network...": the pyramid stood in a condition model once.
    private sealed class Inner : nn.Module
    {
        internal Inner(FeaturePyramidNetwork pyramid)
            : base(nameof(Inner)) => register_module("network", pyramid);
    }
}
