using Screener.Errors;
using Screener.Models;
using Screener.Randomness;
using Screener.Runtime;
using static TorchSharp.torch;

namespace Screener.SyntheticLesions;

/// <summary>Says of each voxel how much it looks like something drawn in: [N, 1, D, H, W], log-odds.</summary>
/// <remarks>It is shown prepared intensities: 0 to 1 from the preparation's least to its greatest HU.</remarks>
public sealed class LesionNetwork : DenseNetwork
{
    /// <summary>Its <see cref="Stage"/>.</summary>
    public const string StageName = "lesions";

    /// <param name="options">Shape and windows.</param>
    /// <param name="random">Draws the weights.</param>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public LesionNetwork(LesionNetworkOptions options, RandomStream random)
        : base(nameof(LesionNetwork), Checked(options).Input, new FeaturePyramidNetwork(options.Input, random))
    {
        Options = options;
        register_module("network", Pyramid);
    }

    /// <inheritdoc/>
    public override string Stage => StageName;

    /// <summary>How it was made.</summary>
    public new LesionNetworkOptions Options { get; }

    private protected override Tensor Shown(Tensor images, Tensor? mask) => mask is null
        ? Windows(images)
        : throw new OptionException(nameof(mask), "a mask", "none: a lesion network sees the whole crop", "Pass null.");

    private static LesionNetworkOptions Checked(LesionNetworkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return options;
    }

    private Tensor Windows(Tensor images)
    {
        using var scope = NewDisposeScope();
        return cat([Window(images, Options.WideWindow), Window(images, Options.SoftWindow)], 1).MoveToOuterDisposeScope();
    }

    // An intensity x stands for MinHu + x (MaxHu - MinHu).
    private Tensor Window(Tensor images, HuWindow window)
    {
        double range = Options.Preprocessing.MaxHu - Options.Preprocessing.MinHu, width = window.High - window.Low;
        return images.Times(range / width).Plus((Options.Preprocessing.MinHu - window.Low) / width).AtLeast(0).AtMost(1);
    }
}
