using Screener.Errors;
using Screener.Models;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Baselines;

/// <summary>
/// DRAEM (Zavrtanik 2021, arXiv 2108.07610), in 3-D: one network takes out what Perlin noise blended in, another says from input and
/// reconstruction where that was. Score: its log-odds.
/// </summary>
/// <remarks>Textures come from other crops, turned and with another contrast, in place of a database of photographs.</remarks>
public sealed record DraemOptions : BaselineOptions
{
    /// <summary>The published losses and noise on the paper's crops.</summary>
    public static DraemOptions Paper { get; } = new();

    /// <summary>For two processors.</summary>
    public static DraemOptions Quick { get; } = (DraemOptions)Paper.Small;

    /// <inheritdoc/>
    public override string Name => "draem";

    /// <inheritdoc/>
    public override BaselineOptions Small => Smaller(this) with
    {
        Reconstruction = Reconstruction with { Levels = 2, FirstChannels = 16, MostChannels = 64, Kernel = 3 },
        Discrimination = UNetOptions.Quick,
    };

    /// <summary>The network that takes anomalies out; its code is a map.</summary>
    public CodeShape Reconstruction { get; init; } = new() { FirstChannels = 128, MostChannels = 1024, Kernel = 3, CodeLength = 0 };

    /// <summary>The UNet that finds them; its two inputs and its one output are given.</summary>
    public UNetOptions Discrimination { get; init; } = new() { Channels = [64, 128, 256, 512], Depths = [1, 1, 1, 1], LayerScaleStart = 1 };

    /// <summary>The part of the crops that stay as they are.</summary>
    public double CleanShare { get; init; } = 0.5;

    /// <summary>Cells of the noise along a crop are 2 to the power of 0 to this.</summary>
    public int MostScale { get; init; } = 5;

    /// <summary>Where the noise is above, a texture is blended in.</summary>
    /// <remarks>5 % of the voxels, as of the pixels at the published 0.5: noise in 3-D is flatter than in 2-D.</remarks>
    public double Threshold { get; init; } = 0.36;

    /// <summary>How much of the crop shows through the texture, at most.</summary>
    public double MostTransparency { get; init; } = 0.8;

    /// <summary>Focal loss (arXiv 1708.02002): how little well-classified voxels count.</summary>
    public double Focus { get; init; } = 2;

    /// <inheritdoc/>
    public override BaselineNetwork Create(RandomStream random) => new Draem(this, random);

    /// <inheritdoc/>
    public override void Alter(float[] crop, float[] target, Func<float[]> other, RandomStream random)
    {
        if (random.Chance(CleanShare))
            return;
        var noise = PerlinNoise.Of(() => 1 << random.NextInt(MostScale + 1), CropShape, random);
        float[] texture = other();
        bool turned = random.Chance(0.5);
        float contrast = (float)random.Uniform(0.5, 1.5), shift = (float)random.Uniform(-0.2, 0.2);
        float clear = (float)random.Uniform(0, MostTransparency);
        for (int i = 0; i < crop.Length; i++)
        {
            if (noise[i] <= Threshold)
                continue;
            float value = texture[turned ? crop.Length - 1 - i : i];
            value = Math.Clamp(((value - 0.5f) * contrast) + 0.5f + shift, 0, 1);
            crop[i] = (clear * crop[i]) + ((1 - clear) * value);
            target[i] = 1;
        }
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Reconstruction.Validate(CropShape);
        Discrimination.Validate();
        OptionException.ThrowIfOutside(nameof(CleanShare), CleanShare, 0.0, 1.0);
        OptionException.ThrowIfOutside(nameof(MostScale), MostScale, 0, 8);
        OptionException.ThrowIfOutside(nameof(Threshold), Threshold, 0.0, 1.0);
        OptionException.ThrowIfOutside(nameof(MostTransparency), MostTransparency, 0.0, 1.0);
        OptionException.ThrowIfOutside(nameof(Focus), Focus, 0.0, 16.0);
        foreach (int size in new[] { CropShape.Depth, CropShape.Height, CropShape.Width })
        {
            int least = Math.Max(StructuralSimilarity.Window, Discrimination.MinimumInput);
            OptionException.ThrowIfOutside(nameof(CropShape), size, least, 512);
        }
    }

    private sealed class Draem : BaselineNetwork
    {
        private readonly ConvolutionalCode reconstruction;
        private readonly FeaturePyramidNetwork discrimination;

        internal Draem(DraemOptions options, RandomStream random)
            : base(options)
        {
            reconstruction = new ConvolutionalCode(options.Reconstruction, options.CropShape, random);
            discrimination = new FeaturePyramidNetwork(options.Discrimination with { InChannels = 2, DescriptorChannels = 1 }, random);
            RegisterComponents();
        }

        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            return Both(images).narrow(1, 1, 1).contiguous().MoveToOuterDisposeScope();
        }

        public override StepLoss Loss(BaselineBatch batch, long step, IReadOnlyList<Parameter> traced)
        {
            double focus = ((DraemOptions)Options).Focus;
            var shares = BatchShares.Trace(
                batch.Crops, batch.Clean.device, traced, (first, count) => Both(batch.Altered.narrow(0, first, count)));
            Tensor clean = shares.Output.narrow(1, 0, 1), odds = shares.Output.narrow(1, 1, 1);
            var squared = (clean - batch.Clean).Squared().mean();
            var similarity = StructuralSimilarity.Mean(clean, batch.Clean).neg().Plus(1);

            // -log p of what is true; what is certain hardly counts.
            var surprise = nn.functional.binary_cross_entropy_with_logits(odds, batch.Target, reduction: nn.Reduction.None);
            var focal = (surprise * surprise.neg().exp().neg().Plus(1).pow(tensor((float)focus, device: odds.device))).mean();
            return new StepLoss(
                squared.Plus(similarity).Plus(focal), [("squared", squared), ("similarity", similarity), ("focal", focal)])
            { Shares = shares };
        }

        // Reconstruction and log-odds, [N, 2, D, H, W].
        private Tensor Both(Tensor images)
        {
            using var scope = NewDisposeScope();
            Tensor clean = reconstruction.Forward(images.to_type(Type)).to_type(ScalarType.Float32);
            return cat([clean, discrimination.forward(cat([clean, images], 1))], 1).MoveToOuterDisposeScope();
        }
    }
}
