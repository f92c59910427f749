using Screener.Baselines;
using Screener.Randomness;
using Screener.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Tests.Extensions;

/// <summary>A voxel is as anomalous as it is far from the one brightness that was learnt.</summary>
public sealed record UsualBrightness : BaselineOptions
{
    public override string Name => "usual-brightness";

    public override BaselineOptions Small => Smaller(this);

    /// <summary>Where the learning starts, 0 to 1.</summary>
    public double Start { get; init; } = 0.9;

    public override BaselineNetwork Create(RandomStream random) => new Network(this);

    private sealed class Network : BaselineNetwork
    {
        private readonly Parameter usual;

        internal Network(UsualBrightness options)
            : base(options)
        {
            usual = new Parameter(full(1, (float)options.Start).DetachFromDisposeScope());
            RegisterComponents();
        }

        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            return (images - usual).abs().MoveToOuterDisposeScope();
        }

        public override StepLoss Loss(BaselineBatch batch, long step, IReadOnlyList<Parameter> traced)
        {
            var squared = forward(batch.Clean).square().mean();
            return new StepLoss(squared, [("squared", squared)]);
        }
    }
}
