using Screener.Densities;
using Screener.Errors;
using Screener.Imaging;
using Screener.Models;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Baselines;

/// <summary>
/// Supervised features under a flow, as the paper's STU-Net features (arXiv 2304.06716, 2502.08321): a UNet learns to tell organs, and a
/// Glow how likely the features are that its last layer sees. Score: minus log-likelihood.
/// </summary>
/// <remarks>The paper's UNet was trained on 104 organs of 1,204 CTs. Ours learns those that lie beside the training CTs.</remarks>
public sealed record SupervisedFlowOptions : SupervisedOptions
{
    /// <summary>The paper's UNet, pooling and flow.</summary>
    public static SupervisedFlowOptions Paper { get; } = new();

    /// <summary>For two processors.</summary>
    public static SupervisedFlowOptions Quick { get; } = (SupervisedFlowOptions)Paper.Small;

    /// <inheritdoc/>
    public override string Name => "supervised-flow";

    /// <inheritdoc/>
    public override string PaperName => "STU-Net features, none, flow";

    /// <inheritdoc/>
    public override BaselineOptions Small => Smaller(this) with
    {
        Network = UNetOptions.Quick, Pool = new(2, 2, 2), Blocks = GlowDensityOptions.Quick.Blocks,
        HiddenChannels = GlowDensityOptions.Quick.HiddenChannels, CropsPerStep = 4,
    };

    /// <summary>The UNet; its descriptors are the features.</summary>
    public UNetOptions Network { get; init; } = UNetOptions.Paper with { LayerScaleStart = 1 };

    /// <summary>Features are averaged over so many voxels.</summary>
    public VolumeShape Pool { get; init; } = new DensityFittingOptions().PoolKernel;

    /// <summary>Blocks of the flow.</summary>
    public int Blocks { get; init; } = GlowDensityOptions.Paper.Blocks;

    /// <summary>Hidden units of its coupling networks.</summary>
    public int HiddenChannels { get; init; } = GlowDensityOptions.Paper.HiddenChannels;

    /// <summary>The deviation of the noise on features while the flow learns.</summary>
    public double NoiseSigma { get; init; } = new DensityFittingOptions().NoiseSigma;

    private GlowDensityOptions Flow => new() { Blocks = Blocks, HiddenChannels = HiddenChannels };

    private long[] Kernel => [Pool.Depth, Pool.Height, Pool.Width];

    /// <inheritdoc/>
    public override BaselineNetwork Create(RandomStream random) => new SupervisedFlow(this, random);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Network.Validate();
        Flow.Validate();
        OptionException.ThrowIfOutside(nameof(Network.DescriptorChannels), Network.DescriptorChannels, 2, 8192);
        OptionException.ThrowIfOutside(nameof(NoiseSigma), NoiseSigma, 0.0, 10);
        (int Size, int Pool)[] axes = [(CropShape.Depth, Pool.Depth), (CropShape.Height, Pool.Height), (CropShape.Width, Pool.Width)];
        foreach (var (size, pool) in axes)
        {
            OptionException.ThrowIfOutside(nameof(CropShape), size, Network.MinimumInput, 512);
            OptionException.ThrowIfOutside(nameof(Pool), pool, 1, 64);
            if (size % Network.StemStride != 0 || size % pool != 0)
                throw new OptionException(nameof(CropShape), $"{CropShape}", $"multiples of {Pool} and of the stem's stride");
        }
    }

    private sealed class SupervisedFlow : SupervisedNetwork
    {
        private readonly FeaturePyramidNetwork network;
        private readonly PointwiseConvolution organs;
        private readonly DensityModel flow;
        private readonly SupervisedFlowOptions _options;
        private readonly RandomStream _noise;

        internal SupervisedFlow(SupervisedFlowOptions options, RandomStream random)
            : base(options)
        {
            _options = options;
            _noise = new RandomStream(options.Seed).Fork("feature noise");
            int channels = options.Network.DescriptorChannels;
            network = new FeaturePyramidNetwork(options.Network with { InChannels = 1 }, random);
            organs = new PointwiseConvolution(channels, Math.Max(1, options.Classes), random);
            flow = options.Flow.Create(channels, 0, random);
            RegisterComponents();
            Supervised = [.. network.parameters(), .. organs.parameters()];
        }

        private protected override IReadOnlyList<Parameter> Supervised { get; }

        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            Tensor scores = flow.NegativeLogLikelihood(Features(images), null).unsqueeze(1);
            long[] coarse = scores.shape, fine = images.shape, kernel = _options.Kernel;
            float[,] Up(int axis) => MapFitting.UpsamplingMatrix(coarse[axis + 2], fine[axis + 2], (int)kernel[axis]);
            return MapFitting.Apply(scores, Up(0), Up(1), Up(2)).contiguous().MoveToOuterDisposeScope();
        }

        internal override Tensor Logits(Tensor images)
        {
            using var scope = NewDisposeScope();
            return organs.Forward(network.ForwardFinest(images)).MoveToOuterDisposeScope();
        }

        private protected override StepLoss FlowLoss(BaselineBatch batch, long step, bool isFirst)
        {
            Tensor features;
            using (no_grad())
            {
                var clean = BatchShares.Compute(
                    batch.Crops, batch.Clean.device, (first, count) => Features(batch.Clean.narrow(0, first, count)));
                using var generator = new Generator(_noise.ForkSeed((ulong)step), clean.device);
                features = clean.Plus(randn(clean.shape, generator: generator, device: clean.device), _options.NoiseSigma);
            }

            if (isFirst)
                flow.InitializeFrom(features, null);
            var likelihood = flow.NegativeLogLikelihood(features, null).mean();
            return new StepLoss(likelihood, [("likelihood", likelihood)]);
        }

        private Tensor Features(Tensor images) => network.ForwardPooled(images, _options.Kernel);
    }
}
