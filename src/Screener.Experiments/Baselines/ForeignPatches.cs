using Screener.Errors;
using Screener.Models;
using Screener.Randomness;
using Screener.Runtime;
using Screener.SyntheticLesions;
using Screener.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Baselines;

/// <summary>
/// MOOD-Top1 (Marimont 2022, arXiv 2208.01475): a UNet finds patches of other crops, blended in linearly (FPI, arXiv 2011.04197) or so that
/// the seam vanishes (PII, arXiv 2107.02622). Score: its log-odds. The target is opacity times mask.
/// </summary>
/// <remarks>
/// Noise, shifts of intensity and turned regions are drawn in too, as what is not anomalous. Otherwise than published: no deep supervision;
/// crops of 96^3 voxels as they are prepared for the descriptor, in place of 160^3 at 1 mm.
/// </remarks>
public sealed record ForeignPatchOptions : BaselineOptions
{
    /// <summary>The published network and training on the paper's crops.</summary>
    public static ForeignPatchOptions Paper { get; } = new();

    /// <summary>For two processors.</summary>
    public static ForeignPatchOptions Quick { get; } = (ForeignPatchOptions)Paper.Small;

    /// <summary>Crops a step, steps and one cycle of the rate, which rises for as long as PyTorch's does, are the published ones.</summary>
    public ForeignPatchOptions()
    {
        CropsPerStep = 4;
        Optimisation = Optimisation with { Steps = 35_000, LearningRate = new() { Peak = 1e-3, WarmUpFraction = 0.3 } };
    }

    /// <inheritdoc/>
    public override string Name => "mood-top1";

    /// <inheritdoc/>
    public override BaselineOptions Small => Smaller(this) with { Network = UNetOptions.Quick, CropsPerStep = 8 };

    /// <summary>The UNet; its one output is given.</summary>
    public UNetOptions Network { get; init; } =
        new() { Channels = [32, 64, 128, 256, 320, 320], Depths = [1, 1, 1, 1, 1, 1], LayerScaleStart = 1 };

    /// <summary>Patches in a crop, at most; at least none.</summary>
    public int MostPatches { get; init; } = 3;

    /// <summary>Regions in a crop that look odd and are not foreign, at most.</summary>
    public int MostDecoys { get; init; } = 2;

    /// <summary>The part of the patches that are blended in without a seam.</summary>
    public double SeamlessShare { get; init; } = 0.5;

    /// <summary>The least opacity of a patch; the greatest is 1.</summary>
    public double LeastOpacity { get; init; } = 0.3;

    /// <summary>The least radius, as a part of the crop's shortest edge.</summary>
    public double LeastRadius { get; init; } = 0.04;

    /// <summary>The greatest radius, as a part of the crop's shortest edge.</summary>
    public double MostRadius { get; init; } = 0.25;

    /// <inheritdoc/>
    public override BaselineNetwork Create(RandomStream random) => new ForeignPatches(this, random);

    /// <inheritdoc/>
    public override void Alter(float[] crop, float[] target, Func<float[]> other, RandomStream random) =>
        new PatchPainter(CropShape, this).Paint(crop, target, other, random);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Network.Validate();
        OptionException.ThrowIfOutside(nameof(MostPatches), MostPatches, 1, 1000);
        OptionException.ThrowIfOutside(nameof(MostDecoys), MostDecoys, 0, 1000);
        OptionException.ThrowIfOutside(nameof(SeamlessShare), SeamlessShare, 0.0, 1.0);
        OptionException.ThrowIfOutside(nameof(LeastOpacity), LeastOpacity, 0.01, 1.0);
        OptionException.ThrowIfOutside(nameof(LeastRadius), LeastRadius, 0.01, 0.5);
        OptionException.ThrowIfOutside(nameof(MostRadius), MostRadius, LeastRadius, 0.5);
        foreach (int size in new[] { CropShape.Depth, CropShape.Height, CropShape.Width })
            OptionException.ThrowIfOutside(nameof(CropShape), size, Network.MinimumInput, 512);
    }

    private sealed class ForeignPatches : BaselineNetwork
    {
        private readonly FeaturePyramidNetwork network;

        internal ForeignPatches(ForeignPatchOptions options, RandomStream random)
            : base(options)
        {
            network = new FeaturePyramidNetwork(options.Network with { InChannels = 1, DescriptorChannels = 1 }, random);
            RegisterComponents();
        }

        public override Tensor forward(Tensor images) => network.forward(images);

        public override StepLoss Loss(BaselineBatch batch, long step, IReadOnlyList<Parameter> traced)
        {
            var shares = BatchShares.Trace(
                batch.Crops, batch.Clean.device, traced, (first, count) => network.forward(batch.Altered.narrow(0, first, count)));
            var entropy = nn.functional.binary_cross_entropy_with_logits(shares.Output, batch.Target);
            return new StepLoss(entropy, [("entropy", entropy)]) { Shares = shares };
        }
    }
}
