using Screener.Models;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.SyntheticLesions;

/// <summary>Says of each voxel how much it looks like something drawn in (log-odds).</summary>
public sealed class LesionNetwork : nn.Module<Tensor, Tensor>
{
    private readonly FeaturePyramidNetwork network;
    private readonly LesionNetworkOptions _options;

    /// <param name="options">Shape and windows.</param>
    /// <param name="random">Draws the weights.</param>
    public LesionNetwork(LesionNetworkOptions options, RandomStream random)
        : base(nameof(LesionNetwork))
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        network = new FeaturePyramidNetwork(options.Input, random);
        RegisterComponents();
    }

    /// <summary>How it was made.</summary>
    public LesionNetworkOptions Options => _options;

    /// <summary>The number format of the convolutions.</summary>
    public ComputePrecision Precision
    {
        get => network.Precision;
        set => network.Precision = value;
    }

    /// <summary>Makes it ready to look at CTs.</summary>
    internal void MoveTo(Device device, ComputePrecision precision)
    {
        this.to(device);
        Precision = precision;
        eval();
    }

    /// <summary>Scores every voxel.</summary>
    /// <param name="images">[N, 1, D, H, W], prepared intensities: 0 to 1 from the preparation's least to its greatest HU.</param>
    /// <returns>[N, 1, D, H, W], log-odds.</returns>
    public override Tensor forward(Tensor images)
    {
        using Tensor input = Windows(images);
        return network.forward(input);
    }

    /// <summary>Scores on the grid of the UNet's finest level.</summary>
    /// <param name="images">As in <see cref="forward"/>.</param>
    /// <returns>[N, 1, D / stride, H / stride, W / stride], log-odds.</returns>
    public Tensor ForwardFinest(Tensor images)
    {
        using Tensor input = Windows(images);
        return network.ForwardFinest(input);
    }

    private Tensor Windows(Tensor images)
    {
        using var scope = NewDisposeScope();
        return cat([Window(images, _options.WideWindow), Window(images, _options.SoftWindow)], 1).MoveToOuterDisposeScope();
    }

    // An intensity x stands for MinHu + x (MaxHu - MinHu).
    private Tensor Window(Tensor images, HuWindow window)
    {
        double range = _options.Preprocessing.MaxHu - _options.Preprocessing.MinHu, width = window.High - window.Low;
        Scalar scale = RootedScalar.Of(range / width), shift = RootedScalar.Of((_options.Preprocessing.MinHu - window.Low) / width);
        return images.mul(scale).Plus(shift).clamp(RootedScalar.Of(0.0), RootedScalar.Of(1.0));
    }
}
