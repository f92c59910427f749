using Screener.Densities;
using Screener.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Extensions;

/// <summary>Independent double-sided exponentials; their places and widths are summed up from the stream of maps.</summary>
public sealed record LaplaceDensityOptions : DensityOptions
{
    public override string Name => "laplace";

    /// <summary>No width is less.</summary>
    public double LeastWidth { get; init; } = 1e-3;

    public override DensityModel Create(int featureChannels, int conditionChannels, RandomStream random) =>
        new Model(featureChannels, conditionChannels, LeastWidth);

    private sealed class Model : DensityModel
    {
        private readonly double _leastWidth;
        private readonly Tensor positions, sums, squares;

        internal Model(int featureChannels, int conditionChannels, double leastWidth)
            : base("LaplaceDensity", featureChannels, conditionChannels)
        {
            _leastWidth = leastWidth;
            positions = zeros(1).DetachFromDisposeScope();
            sums = zeros(featureChannels).DetachFromDisposeScope();
            squares = zeros(featureChannels).DetachFromDisposeScope();
            register_buffer(nameof(positions), positions);
            register_buffer(nameof(sums), sums);
            register_buffer(nameof(squares), squares);
        }

        public override bool IsFittedByGradient => false;

        public override void TakeIn(Tensor features, Tensor? condition)
        {
            positions.add_(tensor((float)(features.numel() / FeatureChannels)));
            sums.add_(features.sum([0, 2, 3, 4]));
            squares.add_(features.square().sum([0, 2, 3, 4]));
        }

        public override Tensor NegativeLogLikelihood(Tensor features, Tensor? condition)
        {
            Check(features, condition);
            using var scope = NewDisposeScope();
            Tensor mean = sums / positions;
            Tensor width = ((squares / positions) - mean.square()).clamp_min(0).sqrt().maximum(tensor((float)_leastWidth));
            Tensor Column(Tensor vector) => vector.view(1, -1, 1, 1, 1);
            return (((features - Column(mean)).abs() / Column(width)) + Column((width + width).log())).sum(1).MoveToOuterDisposeScope();
        }
    }
}
