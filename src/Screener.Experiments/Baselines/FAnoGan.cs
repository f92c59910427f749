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
/// f-AnoGAN (Schlegl 2019), in 3-D: a generator learns from a critic to make crops of random numbers (WGAN-GP), then an encoder to find
/// the numbers of a crop (izi_f). Score: the absolute residual, and the residual of the critic's features, which a crop's voxels share.
/// </summary>
/// <remarks>
/// Otherwise than published: plain convolutions in place of residual blocks; one optimiser, AdamW, in place of Adam and RMSProp; no layer
/// of the critic is normalised.
/// </remarks>
public sealed record FAnoGanOptions : BaselineOptions
{
    /// <summary>The published sizes on crops of 64^3.</summary>
    public static FAnoGanOptions Paper { get; } = new();

    /// <summary>For two processors.</summary>
    public static FAnoGanOptions Quick { get; } = (FAnoGanOptions)Paper.Small;

    /// <summary>As published.</summary>
    public FAnoGanOptions()
    {
        CropShape = new(64, 64, 64);
        Optimisation = new()
        {
            Steps = 350_000, LearningRate = new() { Peak = 1e-4, WarmUpFraction = 0 }, Epsilon = 1e-8, Beta1 = 0, Beta2 = 0.9,
        };
    }

    /// <inheritdoc/>
    public override string Name => "f-anogan";

    /// <inheritdoc/>
    public override BaselineOptions Small => Smaller(this) with
    {
        Channels = 16, Levels = 3,
        Optimisation = Optimisation with { Steps = 3000, LearningRate = new() { Peak = 5e-4, WarmUpFraction = 0.02 } },
    };

    /// <summary>Channels of the finest level; each further one has twice as many.</summary>
    public int Channels { get; init; } = 64;

    /// <summary>How often the size is halved.</summary>
    public int Levels { get; init; } = 4;

    /// <summary>Random numbers that a crop is made of.</summary>
    public int CodeLength { get; init; } = 128;

    /// <summary>Steps of the critic for one of the generator.</summary>
    public int CriticSteps { get; init; } = 5;

    /// <summary>The weight of the penalty on slopes of the critic other than 1 (arXiv 1704.00028).</summary>
    public double Penalty { get; init; } = 10;

    /// <summary>The part of the steps after which the encoder learns: 300 k of 350 k.</summary>
    public double AdversarialShare { get; init; } = 6.0 / 7;

    /// <summary>The weight of the critic's features beside intensities, in the encoder's loss and in scores.</summary>
    public double FeatureWeight { get; init; } = 1;

    /// <inheritdoc/>
    public override BaselineNetwork Create(RandomStream random) => new FAnoGan(this, random);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        OptionException.ThrowIfOutside(nameof(Channels), Channels, 4, 4096);
        OptionException.ThrowIfOutside(nameof(Levels), Levels, 1, 7);
        OptionException.ThrowIfOutside(nameof(CodeLength), CodeLength, 1, 65536);
        OptionException.ThrowIfOutside(nameof(CriticSteps), CriticSteps, 1, 100);
        OptionException.ThrowIfOutside(nameof(Penalty), Penalty, 0.0, 1000);
        OptionException.ThrowIfOutside(nameof(AdversarialShare), AdversarialShare, 0.0, 1.0);
        OptionException.ThrowIfOutside(nameof(FeatureWeight), FeatureWeight, 0.0, 1000);
        foreach (int size in new[] { CropShape.Depth, CropShape.Height, CropShape.Width })
        {
            if (size % (1 << Levels) != 0)
                throw new OptionException(nameof(CropShape), $"{CropShape}", $"multiples of {1 << Levels}, which {Levels} levels halve");
        }
    }

    private sealed class FAnoGan : BaselineNetwork
    {
        private readonly Ladder generator;
        private readonly Ladder critic;
        private readonly Ladder encoder;
        private readonly FAnoGanOptions _options;
        private readonly RandomStream _random;
        private readonly long _encoderFrom;

        internal FAnoGan(FAnoGanOptions options, RandomStream random)
            : base(options)
        {
            _options = options;
            _random = new RandomStream(options.Seed).Fork("f-anogan codes");
            _encoderFrom = (long)(options.Optimisation.Steps * options.AdversarialShare);
            generator = Ladder.Up(options, random);
            critic = Ladder.Down(options, 1, random);
            encoder = Ladder.Down(options, options.CodeLength, random);
            RegisterComponents();
        }

        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            var made = generator.Forward(encoder.Forward(images, frozen: true).Result, frozen: true).Result;
            var seen = critic.Forward(images, frozen: true).Features - critic.Forward(made, frozen: true).Features;
            var shared = seen.Squared().mean([1, 2, 3, 4], keepdim: true);
            return (images - made).abs().Plus(shared, _options.FeatureWeight).MoveToOuterDisposeScope();
        }

        public override StepLoss Loss(BaselineBatch batch, long step, IReadOnlyList<Parameter> traced)
        {
            var images = batch.Clean;
            if (step >= _encoderFrom)
                return Encode(images);
            using var draws = new Generator(_random.ForkSeed((ulong)step), images.device);
            var code = randn([batch.Crops, _options.CodeLength], generator: draws, device: images.device);
            bool generates = step % (_options.CriticSteps + 1) == _options.CriticSteps;
            if (generates)
            {
                var worth = critic.Forward(generator.Forward(code).Result, frozen: true).Result.mean();
                return new StepLoss(worth.neg(), [("generated", worth)]);
            }

            var made = generator.Forward(code, frozen: true).Result.detach();
            var real = critic.Forward(images).Result.mean();
            var generated = critic.Forward(made).Result.mean();
            var part = rand([batch.Crops, 1, 1, 1, 1], generator: draws, device: images.device);
            var penalty = GradientPenalty.Of(x => critic.Forward(x).Result, (images * part).Plus(made * part.neg().Plus(1)));
            return new StepLoss(
                generated.Plus(real.neg()).Plus(penalty, _options.Penalty),
                [("real", real), ("generated", generated), ("penalty", penalty)]);
        }

        private StepLoss Encode(Tensor images)
        {
            var made = generator.Forward(encoder.Forward(images).Result, frozen: true).Result;
            var squared = (images - made).Squared().mean();
            var features = (critic.Forward(images, frozen: true).Features - critic.Forward(made, frozen: true).Features).Squared().mean();
            return new StepLoss(squared.Plus(features, _options.FeatureWeight), [("squared", squared), ("features", features)]);
        }
    }

    /// <summary>Residual-free convolutions between a crop and a vector, with LeakyReLU between them.</summary>
    private sealed class Ladder : nn.Module
    {
        private readonly ModuleList<FreezableConvolution> rungs = new();
        private readonly Parameter dense;
        private readonly Parameter dense_bias;
        private readonly long[] _coarse;
        private readonly bool _isUp;

        private Ladder(FAnoGanOptions options, bool isUp, int numbers, RandomStream random)
            : base(nameof(Ladder))
        {
            _isUp = isUp;
            var crop = options.CropShape;
            int deepest = options.Channels << (options.Levels - 1);
            _coarse = [deepest, crop.Depth >> options.Levels, crop.Height >> options.Levels, crop.Width >> options.Levels];
            int flat = checked((int)_coarse.Aggregate(1L, (a, b) => a * b));
            (int from, int to) = isUp ? (numbers, flat) : (flat, numbers);
            dense = WeightStart.FanIn(random, from, to, from);
            dense_bias = WeightStart.FanIn(random, from, to);
            for (int level = 0; level < options.Levels; level++)
            {
                int fine = level == 0 ? 1 : options.Channels << (level - 1), coarse = options.Channels << level;
                rungs.Add(isUp ? new FreezableConvolution(coarse, fine, 1, random) : new FreezableConvolution(fine, coarse, 2, random));
            }

            RegisterComponents();
        }

        internal static Ladder Up(FAnoGanOptions options, RandomStream random) => new(options, true, options.CodeLength, random);

        internal static Ladder Down(FAnoGanOptions options, int numbers, RandomStream random) => new(options, false, numbers, random);

        /// <summary>A crop's numbers, or the crop of numbers; and the coarsest map on the way.</summary>
        internal (Tensor Result, Tensor Features) Forward(Tensor x, bool frozen = false)
        {
            Tensor weight = frozen ? dense.detach() : dense, bias = frozen ? dense_bias.detach() : dense_bias;
            if (_isUp)
            {
                Tensor map = Leaky(nn.functional.linear(x, weight, bias)).view([x.shape[0], .. _coarse]), coarsest = map;
                for (int level = rungs.Count - 1; level >= 0; level--)
                {
                    map = nn.functional.interpolate(map, scale_factor: [2, 2, 2], mode: InterpolationMode.Nearest);
                    map = rungs[level].Forward(map, frozen);
                    map = level == 0 ? map.sigmoid() : Leaky(map);
                }

                return (map, coarsest);
            }

            Tensor y = x;
            for (int level = 0; level < rungs.Count; level++)
                y = Leaky(rungs[level].Forward(y, frozen));
            return (nn.functional.linear(y.flatten(1), weight, bias), y);
        }

        private static Tensor Leaky(Tensor x) => x.maximum(x.Times(0.2));
    }

    /// <summary>A convolution whose weights may be left out of the gradients, and whose gradients have gradients.</summary>
    private sealed class FreezableConvolution : nn.Module
    {
        private readonly Parameter weight;
        private readonly Parameter bias;
        private readonly long[] _stride;

        internal FreezableConvolution(int from, int to, int stride, RandomStream random)
            : base(nameof(FreezableConvolution))
        {
            weight = WeightStart.FanIn(random, from * 27, to, from, 3, 3, 3);
            bias = WeightStart.FanIn(random, from * 27, to);
            _stride = [stride, stride, stride];
            RegisterComponents();
        }

        internal Tensor Forward(Tensor x, bool frozen) => nn.functional.conv3d(
            x, frozen ? weight.detach() : weight, frozen ? bias.detach() : bias, strides: _stride, padding: [1, 1, 1]);
    }
}
