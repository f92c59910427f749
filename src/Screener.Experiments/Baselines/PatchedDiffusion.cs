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
/// Patched diffusion (Behrendt 2023, arXiv 2303.03758), in 3-D: a UNet says what lies under the noise of a part of a crop, from what is
/// around it. Score: the absolute residual of all parts.
/// </summary>
/// <remarks>
/// Otherwise than published: the step of diffusion is told by a second input, a map that is 0 outside of the noised part; the rate warms up
/// and falls; the number of steps is ours.
/// </remarks>
public sealed record PatchedDiffusionOptions : BaselineOptions
{
    /// <summary>The published sizes on the paper's crops.</summary>
    public static PatchedDiffusionOptions Paper { get; } = new();

    /// <summary>For two processors.</summary>
    public static PatchedDiffusionOptions Quick { get; } = (PatchedDiffusionOptions)Paper.Small;

    /// <summary>Crops a step are as many as published.</summary>
    public PatchedDiffusionOptions() => CropsPerStep = 32;

    /// <inheritdoc/>
    public override string Name => "patched-diffusion";

    /// <inheritdoc/>
    public override BaselineOptions Small => Smaller(this) with { Network = UNetOptions.Quick, CropsPerStep = 8 };

    /// <summary>The UNet; its two inputs and its one output are given.</summary>
    public UNetOptions Network { get; init; } = new() { Channels = [128, 256, 256], Depths = [3, 3, 3], LayerScaleStart = 1 };

    /// <summary>How much of a crop is left after each step.</summary>
    public DiffusionSchedule Schedule { get; init; } = new();

    /// <summary>The step from which crops are brought back when they are scored.</summary>
    public int ScoredStep { get; init; } = 500;

    /// <summary>A crop's edge in edges of its parts: 96 and 48 in the paper.</summary>
    public int PartsPerEdge { get; init; } = 2;

    /// <summary>Octaves of the noise.</summary>
    public int Octaves { get; init; } = 6;

    /// <summary>How much of the octave before each counts.</summary>
    public double Persistence { get; init; } = 0.8;

    /// <summary>The longest wavelength of the noise, voxels.</summary>
    public double Wavelength { get; init; } = 64;

    /// <summary>Edge of the median filter over residuals, voxels: odd, 1 for none.</summary>
    public int MedianEdge { get; init; } = 5;

    private VolumeShape Part => new(CropShape.Depth / PartsPerEdge, CropShape.Height / PartsPerEdge, CropShape.Width / PartsPerEdge);

    /// <inheritdoc/>
    public override BaselineNetwork Create(RandomStream random) => new PatchedDiffusion(this, random);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Network.Validate();
        Schedule.Validate();
        OptionException.ThrowIfOutside(nameof(ScoredStep), ScoredStep, 1, Schedule.Steps);
        OptionException.ThrowIfOutside(nameof(PartsPerEdge), PartsPerEdge, 1, 16);
        OptionException.ThrowIfOutside(nameof(Octaves), Octaves, 1, 16);
        OptionException.ThrowIfOutside(nameof(Persistence), Persistence, 0.01, 1.0);
        OptionException.ThrowIfOutside(nameof(Wavelength), Wavelength, 1.0, 10_000);
        OptionException.ThrowIfOutside(nameof(MedianEdge), MedianEdge, 1, 15);
        if (MedianEdge % 2 == 0)
            throw new OptionException(nameof(MedianEdge), $"{MedianEdge}", "an odd number");
        foreach (int size in new[] { CropShape.Depth, CropShape.Height, CropShape.Width })
        {
            OptionException.ThrowIfOutside(nameof(CropShape), size, Network.MinimumInput, 512);
            if (size % PartsPerEdge != 0)
                throw new OptionException(
                    nameof(CropShape), $"{CropShape}", $"multiples of {PartsPerEdge}, which an edge has parts");
        }
    }

    /// <summary>Noise of a random step in a random part; the target is that step there, as a part of all.</summary>
    public override void Alter(float[] crop, float[] target, Func<float[]> other, RandomStream random)
    {
        int step = 1 + random.NextInt(Schedule.Steps);
        var (kept, noised) = Schedule.At(step);
        var part = Part;
        int d = random.NextInt(CropShape.Depth - part.Depth + 1), h = random.NextInt(CropShape.Height - part.Height + 1);
        int w = random.NextInt(CropShape.Width - part.Width + 1);
        float[] noise = Noise(random);
        for (int z = d; z < d + part.Depth; z++)
        {
            for (int y = h; y < h + part.Height; y++)
            {
                for (int x = w; x < w + part.Width; x++)
                {
                    int i = CropShape.Index(z, y, x);
                    crop[i] = Noised(crop[i], noise[i], kept, noised);
                    target[i] = (float)step / Schedule.Steps;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Finish(float[] scores, BodyMask body, int threads, CancellationToken cancellation) =>
        ResidualFilter.Median(scores, body, MedianEdge, threads, cancellation);

    private float[] Noise(RandomStream random) => SimplexNoise.Of(CropShape, Octaves, Persistence, Wavelength, random);

    // Intensities are noised as numbers from -1 to 1.
    private static float Noised(float intensity, float noise, double kept, double noised) =>
        (float)(((kept * ((2 * intensity) - 1)) + (noised * noise) + 1) / 2);

    private sealed class PatchedDiffusion : BaselineNetwork
    {
        private readonly FeaturePyramidNetwork network;
        private readonly PatchedDiffusionOptions _options;
        private readonly float[] _noise;

        internal PatchedDiffusion(PatchedDiffusionOptions options, RandomStream random)
            : base(options)
        {
            _options = options;
            network = new FeaturePyramidNetwork(options.Network with { InChannels = 2, DescriptorChannels = 1 }, random);

            // The same in every window, so that a map can be made again.
            _noise = options.Noise(new RandomStream(options.Seed).Fork("scored noise"));
            RegisterComponents();
        }

        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            var (kept, noised) = _options.Schedule.At(_options.ScoredStep);
            var size = _options.CropShape;
            var noise = TensorMemory.Of(_noise, [1, 1, size.Depth, size.Height, size.Width]).to(images.device);
            var hidden = images.Times(2).Minus(1).Times(kept).Plus(noise, noised).Plus(1).Times(0.5);
            var residual = zeros_like(images);
            var part = _options.Part;
            for (int d = 0; d < size.Depth; d += part.Depth)
            {
                for (int h = 0; h < size.Height; h += part.Height)
                {
                    for (int w = 0; w < size.Width; w += part.Width)
                    {
                        using var inner = NewDisposeScope();
                        Tensor altered = images.clone(), where = zeros_like(images);
                        Cut(altered, d, h, w).copy_(Cut(hidden, d, h, w));
                        Cut(where, d, h, w).Fill((double)_options.ScoredStep / _options.Schedule.Steps);
                        var seen = Cut(Reconstruct(altered, where), d, h, w);
                        Cut(residual, d, h, w).copy_((seen - Cut(images, d, h, w)).abs());
                    }
                }
            }

            return residual.MoveToOuterDisposeScope();

            Tensor Cut(Tensor map, int d, int h, int w) =>
                map.narrow(2, d, part.Depth).narrow(3, h, part.Height).narrow(4, w, part.Width);
        }

        public override StepLoss Loss(BaselineBatch batch, long step, IReadOnlyList<Parameter> traced)
        {
            var shares = BatchShares.Trace(
                batch.Crops, batch.Clean.device, traced,
                (first, count) => Reconstruct(batch.Altered.narrow(0, first, count), batch.Target.narrow(0, first, count)));

            // Only what was noised counts.
            var where = batch.Target.gt(tensor(0f, device: batch.Target.device)).to_type(ScalarType.Float32);
            var residual = ((shares.Output - batch.Clean).abs() * where).sum() / where.sum();
            return new StepLoss(residual, [("residual", residual)]) { Shares = shares };
        }

        private Tensor Reconstruct(Tensor altered, Tensor where)
        {
            using var scope = NewDisposeScope();
            return network.forward(cat([altered, where], 1)).MoveToOuterDisposeScope();
        }
    }
}
