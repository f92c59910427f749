using Screener.Errors;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>
/// The embedding network of anatomical positional embeddings (APE, arXiv 2409.10291): a CT crop to three numbers in (0, 1) per
/// position that say where in the body it is, whoever's body it is.
/// </summary>
/// <remarks>
/// A feature pyramid network of three channels, then a sigmoid. Distances between positions are distances between their numbers,
/// each times its <see cref="Scale"/>. As in a <see cref="ConditionModel"/>, hidden voxels cannot change the output, and no mask means that
/// everything is visible. Every forward method returns a float32 tensor that the caller owns.
/// </remarks>
public sealed class AnatomicalEmbeddingModel : nn.Module<Tensor, Tensor>
{
    /// <summary>The numbers of a position.</summary>
    public const int Axes = 3;

    private readonly ConditionModel network;
    private readonly Parameter scale;

    /// <summary>Makes a model with fresh weights.</summary>
    /// <param name="options">The shape of the network; it has <see cref="Axes"/> descriptor channels.</param>
    /// <param name="random">Where the weights come from.</param>
    /// <param name="maskChannel">Whether the network is shown the mask beside the image; the published one is not.</param>
    /// <param name="scaleStart">What the scale of each number starts from.</param>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public AnatomicalEmbeddingModel(UNetOptions options, RandomStream random, bool maskChannel = false, double scaleStart = 1)
        : base(nameof(AnatomicalEmbeddingModel))
    {
        ArgumentNullException.ThrowIfNull(options);
        CheckChannels(options);
        network = new ConditionModel(options, random, maskChannel);
        scale = WeightStart.Constant(scaleStart, Axes);
        RegisterComponents();
    }

    /// <summary>The shape of the network, without a mask's channel.</summary>
    public UNetOptions Options => network.Options;

    /// <summary>[3], learnt: what each number is multiplied by before distances are taken. The model owns it.</summary>
    public Tensor Scale => scale;

    /// <inheritdoc cref="FeaturePyramidNetwork.Precision"/>
    public ComputePrecision Precision
    {
        get => network.Precision;
        set => network.Precision = value;
    }

    /// <summary>The embedding map with everything visible: [N, C, D, H, W] to [N, 3, D, H, W].</summary>
    public override Tensor forward(Tensor images) => Forward(images, null);

    /// <summary>The embedding map at the input's resolution.</summary>
    /// <param name="images">[N, C, D, H, W], intensities in [0, 1].</param>
    /// <param name="mask">[N, 1, D, H, W], 1 = visible, 0 = hidden; null = all visible.</param>
    /// <returns>[N, 3, D, H, W], each in (0, 1).</returns>
    public Tensor Forward(Tensor images, Tensor? mask) => Position(network.Forward(images, mask));

    /// <summary>Embeddings at given positions, [N * P, 3]; see <see cref="FeaturePyramidNetwork.ForwardAt"/>.</summary>
    public Tensor ForwardAt(Tensor images, Tensor? mask, Tensor positions) => Position(network.ForwardAt(images, mask, positions));

    /// <summary>The embedding map of pooling windows, [N, 3, D / k_d, H / k_h, W / k_w]: the sigmoid of what <see cref="FeaturePyramidNetwork.ForwardPooled"/> averages.</summary>
    public Tensor ForwardPooled(Tensor images, Tensor? mask, long[] kernel) => Position(network.ForwardPooled(images, mask, kernel));

    internal static void CheckChannels(UNetOptions options)
    {
        if (options.DescriptorChannels != Axes)
            throw new OptionException(nameof(options.DescriptorChannels), $"{options.DescriptorChannels}", $"{Axes}, the numbers of an anatomical position");
    }

    private static Tensor Position(Tensor map)
    {
        using (map)
            return map.sigmoid();
    }
}
