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
/// Autoencoder (Baur 2021, arXiv 2004.03271), in 3-D: what a narrow code cannot say is anomalous. Score: the absolute residual.
/// </summary>
/// <remarks>
/// Otherwise than published: no dropout; group norm and SiLU in place of batch norm and LeakyReLU; rate and number of steps are ours.
/// </remarks>
public sealed record AutoencoderOptions : BaselineOptions
{
    /// <summary>The published sizes on the paper's crops.</summary>
    public static AutoencoderOptions Paper { get; } = new();

    /// <summary>For two processors.</summary>
    public static AutoencoderOptions Quick { get; } = (AutoencoderOptions)Paper.Small;

    /// <inheritdoc/>
    public override string Name => "autoencoder";

    /// <inheritdoc/>
    public override BaselineOptions Small =>
        Smaller(this) with { Network = Network with { Levels = 3, Kernel = 3 } };

    /// <summary>The network.</summary>
    public CodeShape Network { get; init; } = new();

    /// <summary>Edge of the median filter over residuals, voxels: odd, 1 for none.</summary>
    public int MedianEdge { get; init; } = 5;

    /// <summary>So far from the skin residuals do not count, mm.</summary>
    public double RimMm { get; init; } = 6;

    /// <inheritdoc/>
    public override BaselineNetwork Create(RandomStream random) => new Autoencoder(this, random);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Network.Validate(CropShape);
        OptionException.ThrowIfOutside(nameof(MedianEdge), MedianEdge, 1, 15);
        OptionException.ThrowIfOutside(nameof(RimMm), RimMm, 0.0, 100);
        if (MedianEdge % 2 == 0)
            throw new OptionException(nameof(MedianEdge), $"{MedianEdge}", "an odd number");
    }

    /// <inheritdoc/>
    public override void Finish(float[] scores, BodyMask body, int threads, CancellationToken cancellation)
    {
        ResidualFilter.Median(scores, body, MedianEdge, threads, cancellation);
        ResidualFilter.LeastAtTheRim(scores, body, RimMm, threads, cancellation);
    }

    private sealed class Autoencoder : BaselineNetwork
    {
        private readonly ConvolutionalCode network;

        internal Autoencoder(AutoencoderOptions options, RandomStream random)
            : base(options)
        {
            network = new ConvolutionalCode(options.Network, options.CropShape, random);
            RegisterComponents();
        }

        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            return (images - Reconstruct(images)).abs().MoveToOuterDisposeScope();
        }

        public override StepLoss Loss(BaselineBatch batch, long step, IReadOnlyList<Parameter> traced)
        {
            var shares = BatchShares.Trace(
                batch.Crops, batch.Clean.device, traced, (first, count) => Reconstruct(batch.Clean.narrow(0, first, count)));
            var residual = (shares.Output - batch.Clean).abs().mean();
            return new StepLoss(residual, [("residual", residual)]) { Shares = shares };
        }

        private Tensor Reconstruct(Tensor images) => network.Forward(images.to_type(Type)).to_type(ScalarType.Float32);
    }
}
