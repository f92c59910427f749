using System.Collections.Immutable;
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
/// MSFlow (Zhou 2023, arXiv 2308.15300), on axial slices: convolutional flows on features of several scales and a flow that lets the scales
/// see each other. Score: minus the sum of the scales' exponentiated log-likelihoods.
/// </summary>
/// <remarks>
/// Features learn to tell organs in place of photographs: those of a network of our own, not of a WideResNet-50. The published flows are
/// told where in the picture a position is; here they are not, since a crop does not know where in the body it lies. Nor is a scale
/// divided by its greatest likelihood in the test set: a CT is scored by itself. Always float32.
/// </remarks>
public sealed record MultiScaleFlowOptions : SupervisedOptions
{
    /// <summary>The published blocks, on features of 128, 256 and 512 channels.</summary>
    public static MultiScaleFlowOptions Paper { get; } = new();

    /// <summary>For two processors.</summary>
    public static MultiScaleFlowOptions Quick { get; } = (MultiScaleFlowOptions)Paper.Small;

    /// <inheritdoc/>
    public override string Name => "msflow";

    /// <inheritdoc/>
    public override BaselineOptions Small => Smaller(this) with { FirstChannels = 16, SlicesPerCrop = 8 };

    /// <summary>Channels of the finest level, which has no flow; each further one has half the size and twice as many.</summary>
    public int FirstChannels { get; init; } = 64;

    /// <summary>Blocks of the flow of each further level.</summary>
    public ImmutableArray<int> Blocks { get; init; } = [2, 5, 8];

    /// <summary>Pairs of couplings of the flow over all scales.</summary>
    public int FusionBlocks { get; init; } = 1;

    /// <summary>Slices of each crop that a training step looks at.</summary>
    public int SlicesPerCrop { get; init; } = 16;

    /// <inheritdoc/>
    public override BaselineNetwork Create(RandomStream random) => new MultiScaleFlow(this, random);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (Blocks.IsDefaultOrEmpty || Blocks.Length > 6)
            throw new OptionException(nameof(Blocks), Blocks.IsDefault ? "nothing" : $"{Blocks.Length} levels", "1 to 6 levels");
        foreach (int blocks in Blocks)
            OptionException.ThrowIfOutside(nameof(Blocks), blocks, 1, 256);
        OptionException.ThrowIfOutside(nameof(FirstChannels), FirstChannels, 4, 1024);
        if (FirstChannels % 4 != 0)
            throw new OptionException(nameof(FirstChannels), $"{FirstChannels}", "a multiple of 4");
        OptionException.ThrowIfOutside(nameof(FusionBlocks), FusionBlocks, 1, 64);
        OptionException.ThrowIfOutside(nameof(SlicesPerCrop), SlicesPerCrop, 1, 512);
        foreach (int size in new[] { CropShape.Height, CropShape.Width })
        {
            if (size % (1 << Blocks.Length) != 0)
                throw new OptionException(
                    nameof(CropShape), $"{CropShape}", $"height and width of multiples of {1 << Blocks.Length}, which the levels halve");
        }
    }

    /// <summary>Channels of the levels that have flows.</summary>
    internal int[] Channels => [.. Blocks.Select((_, level) => FirstChannels << (level + 1))];

    private sealed class MultiScaleFlow : SupervisedNetwork
    {
        private readonly SliceNetwork network;
        private readonly ModuleList<SliceFlow> flows = new();
        private readonly FusionFlow fusion;
        private readonly RandomStream _slices;
        private readonly MultiScaleFlowOptions _options;

        internal MultiScaleFlow(MultiScaleFlowOptions options, RandomStream random)
            : base(options)
        {
            _options = options;
            _slices = new RandomStream(options.Seed).Fork("msflow slices");
            network = new SliceNetwork(options.FirstChannels, options.Blocks.Length, Math.Max(1, options.Classes), random);
            int[] channels = options.Channels;
            for (int level = 0; level < channels.Length; level++)
                flows.Add(new SliceFlow(channels[level], options.Blocks[level], random));
            fusion = new FusionFlow(channels, options.FusionBlocks, random);
            RegisterComponents();
            Supervised = [.. network.parameters()];
        }

        private protected override IReadOnlyList<Parameter> Supervised { get; }

        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            long[] shape = images.shape;
            var (z, _) = Flow(network.Features(Slices(images)));
            Tensor likely = zeros([shape[0] * shape[2], 1, shape[3], shape[4]], device: images.device);
            foreach (Tensor scale in z)
            {
                Tensor each = scale.Squared().mean([1], keepdim: true).Times(-0.5).exp();
                likely.Increase(SliceNetwork.Fit(each, [shape[3], shape[4]], InterpolationMode.Bilinear));
            }

            return likely.view(shape[0], shape[2], 1, shape[3], shape[4]).permute(0, 2, 1, 3, 4).neg().contiguous()
                .MoveToOuterDisposeScope();
        }

        internal override Tensor Logits(Tensor images)
        {
            using var scope = NewDisposeScope();
            Tensor slices = network.Logits(network.Features(Slices(images)));
            return slices.view(images.shape[0], images.shape[2], slices.shape[1], slices.shape[2], slices.shape[3])
                .permute(0, 2, 1, 3, 4).MoveToOuterDisposeScope();
        }

        // Slices beside each other look alike, so that a step takes some, the same of each crop.
        private protected override BaselineBatch Shown(BaselineBatch batch, long step)
        {
            long depth = batch.Clean.shape[2];
            var random = _slices.Fork((ulong)step);
            long[] drawn = [.. Enumerable.Range(0, (int)depth).Select(d => (Key: random.NextBits(), Slice: (long)d)).Order()
                .Take(_options.SlicesPerCrop).Select(d => d.Slice)];
            Tensor places = tensor(drawn).to(batch.Clean.device), clean = batch.Clean.index_select(2, places);
            return new BaselineBatch(clean, clean, clean, batch.Organs!.index_select(1, places));
        }

        private protected override StepLoss FlowLoss(BaselineBatch batch, long step, bool isFirst)
        {
            Tensor[] features;
            using (no_grad())
                features = network.Features(Slices(batch.Clean));
            if (isFirst)
            {
                for (int level = 0; level < flows.Count; level++)
                    flows[level].StartFrom(features[level]);
            }

            var (z, logDeterminant) = Flow(features);
            Tensor squares = z[0].Squared().sum([1, 2, 3]);
            foreach (Tensor scale in z.Skip(1))
                squares = squares.Plus(scale.Squared().sum([1, 2, 3]));
            long numbers = z.Sum(s => s.numel() / s.shape[0]);
            var likelihood = (squares.Times(0.5) - logDeterminant).mean().Over(numbers).Plus(0.5 * Math.Log(2 * Math.PI));
            return new StepLoss(likelihood, [("likelihood", likelihood)]);
        }

        private (Tensor[] Z, Tensor LogDeterminant) Flow(Tensor[] features)
        {
            var z = new Tensor[features.Length];
            Tensor? sum = null;
            for (int level = 0; level < z.Length; level++)
            {
                (z[level], Tensor own) = flows[level].Forward(features[level]);
                sum = sum is null ? own : sum.Plus(own);
            }

            (z, Tensor together) = fusion.Forward(z);
            return (z, sum!.Plus(together));
        }

        // [N, 1, D, H, W] to [N * D, 1, H, W].
        private static Tensor Slices(Tensor images) =>
            images.permute(0, 2, 1, 3, 4).reshape(-1, 1, images.shape[3], images.shape[4]);
    }
}
