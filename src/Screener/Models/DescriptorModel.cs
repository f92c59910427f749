using Screener.Errors;
using Screener.Randomness;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>The descriptor model f: a CT crop to one vector y[p] per position (arXiv 2502.08321, section 3.1).</summary>
public sealed class DescriptorModel : DenseNetwork
{
    /// <summary>Its <see cref="Stage"/>.</summary>
    public const string StageName = "descriptor";

    /// <summary>Makes a model with fresh weights.</summary>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public DescriptorModel(UNetOptions options, RandomStream random)
        : base(nameof(DescriptorModel), options, new FeaturePyramidNetwork(options, random)) => register_module("network", Pyramid);

    /// <inheritdoc/>
    public override string Stage => StageName;

    private protected override Tensor Shown(Tensor images, Tensor? mask) => mask is null
        ? images.alias()
        : throw new OptionException(nameof(mask), "a mask", "none: a descriptor sees the whole crop", "Pass null.");
}
