using Screener.Errors;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>The descriptor model f: a CT crop to one vector y[p] per position (arXiv 2502.08321, section 3.1).</summary>
/// <remarks>Every forward method returns a float32 tensor that the caller owns.</remarks>
public sealed class DescriptorModel : nn.Module<Tensor, Tensor>
{
    private readonly FeaturePyramidNetwork network;

    /// <summary>Makes a model with fresh weights.</summary>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public DescriptorModel(UNetOptions options, RandomStream random)
        : base(nameof(DescriptorModel))
    {
        network = new FeaturePyramidNetwork(options, random);
        RegisterComponents();
    }

    /// <summary>The shape of the network.</summary>
    public UNetOptions Options => network.Options;

    /// <inheritdoc cref="FeaturePyramidNetwork.Precision"/>
    public ComputePrecision Precision
    {
        get => network.Precision;
        set => network.Precision = value;
    }

    /// <inheritdoc cref="FeaturePyramidNetwork.forward"/>
    public override Tensor forward(Tensor images) => network.forward(images);

    /// <inheritdoc cref="FeaturePyramidNetwork.ForwardFinest"/>
    public Tensor ForwardFinest(Tensor images) => network.ForwardFinest(images);

    /// <inheritdoc cref="FeaturePyramidNetwork.ForwardAt"/>
    public Tensor ForwardAt(Tensor images, Tensor positions) => network.ForwardAt(images, positions);

    /// <inheritdoc cref="FeaturePyramidNetwork.ForwardPooled"/>
    public Tensor ForwardPooled(Tensor images, long[] kernel) => network.ForwardPooled(images, kernel);
}
