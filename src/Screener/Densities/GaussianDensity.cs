using Screener.Errors;
using Screener.Models;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Densities;

/// <summary>
/// A normal density with diagonal covariance: marginal, or with mean and log-variance from a convolutional network over the
/// condition map (arXiv 2502.08321, section 3.3).
/// </summary>
/// <remarks>
/// Mean and variance are relative to those that <see cref="DensityModel.InitializeFrom"/> found, so that the
/// network works in standard units. The relative log-variance is 8 tanh(a / 8): no variance leaves [e^-8, e^8] times the
/// marginal one, so that a condition never seen in training gives a large score and not an infinite one.
/// </remarks>
public sealed class GaussianDensity : DensityModel
{
    private const double LogVarianceRange = 8;
    private readonly Tensor feature_mean;
    private readonly Tensor feature_log_scale;
    private readonly Parameter? relative_mean;
    private readonly Parameter? relative_log_variance;
    private readonly ModuleList<CubicConvolution>? layers;

    /// <summary>Makes a density; without data it is the standard normal.</summary>
    /// <param name="featureChannels">d, the length of a feature vector.</param>
    /// <param name="conditionChannels">c, the length of a condition vector; 0 for a marginal density.</param>
    /// <param name="options">The networks.</param>
    /// <param name="random">Where the weights come from.</param>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public GaussianDensity(int featureChannels, int conditionChannels, GaussianDensityOptions options, RandomStream random)
        : base(nameof(GaussianDensity), featureChannels, conditionChannels)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        options.Validate();
        Options = options;
        feature_mean = zeros(featureChannels).DetachFromDisposeScope();
        feature_log_scale = zeros(featureChannels).DetachFromDisposeScope();
        register_buffer(nameof(feature_mean), feature_mean);
        register_buffer(nameof(feature_log_scale), feature_log_scale);
        if (conditionChannels == 0)
        {
            relative_mean = WeightStart.Constant(0, featureChannels);
            relative_log_variance = WeightStart.Constant(0, featureChannels);
        }
        else
        {
            layers = new ModuleList<CubicConvolution>();
            for (int layer = 0; layer < options.Layers; layer++)
            {
                bool last = layer == options.Layers - 1;
                layers.Add(new CubicConvolution(
                    layer == 0 ? conditionChannels : options.HiddenChannels,
                    last ? 2 * featureChannels : options.HiddenChannels,
                    options.Kernel,
                    random,
                    bound: last ? 0 : null));
            }
        }

        RegisterComponents();
    }

    /// <summary>The networks.</summary>
    public GaussianDensityOptions Options { get; }

    /// <inheritdoc/>
    public override Tensor NegativeLogLikelihood(Tensor features, Tensor? condition)
    {
        using var scope = NewDisposeScope();
        (Tensor mahalanobis, Tensor logDeterminant) = Terms(features, condition);
        return mahalanobis.Plus(logDeterminant).Plus(FeatureChannels * LogTwoPi).Over(2).MoveToOuterDisposeScope();
    }

    /// <summary>The two parts of -2 log q apart, for the study of maps: edges drive the second.</summary>
    /// <param name="features">[N, d, D, H, W], float32.</param>
    /// <param name="condition">[N, c, D, H, W], float32; null for a marginal density.</param>
    /// <returns>[N, D, H, W] each, which the caller owns: squared Mahalanobis distance to the mean, and sum of log-variances.</returns>
    public (Tensor Mahalanobis, Tensor LogDeterminant) Terms(Tensor features, Tensor? condition)
    {
        Check(features, condition);
        using var scope = NewDisposeScope();
        (Tensor mean, Tensor logVariance) = Relative(condition);
        Tensor y = (features - Column(feature_mean)) * Column((-feature_log_scale).exp());
        Tensor mahalanobis = ((y - mean).Squared() * (-logVariance).exp()).sum(1);
        Tensor logDeterminant = logVariance.sum(1).Plus(feature_log_scale.sum().Times(2)).expand_as(mahalanobis);
        return (mahalanobis.MoveToOuterDisposeScope(), logDeterminant.MoveToOuterDisposeScope());
    }

    /// <summary>What the density expects: its mean, which is also its mode.</summary>
    /// <param name="condition">[N, c, D, H, W], float32; null for a marginal density.</param>
    /// <returns>[N, d, D, H, W], which the caller owns; [1, d, 1, 1, 1] for a marginal density.</returns>
    /// <exception cref="OptionException">The condition does not fit the density.</exception>
    public Tensor Expected(Tensor? condition)
    {
        CheckCondition(condition);
        using var scope = NewDisposeScope();
        (Tensor mean, _) = Relative(condition);
        return (mean * Column(feature_log_scale.exp())).Plus(Column(feature_mean)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Initialize(Tensor features, Tensor? condition)
    {
        Tensor rows = features.to_type(ScalarType.Float64).transpose(0, 1).flatten(1);
        SetMarginal(rows.mean([1]), rows.var(1, unbiased: false));
    }

    private static Tensor Column(Tensor vector) => vector.view(1, -1, 1, 1, 1);

    private void SetMarginal(Tensor mean, Tensor variance)
    {
        feature_mean.copy_(mean);
        feature_log_scale.copy_(variance.AtLeast(1e-12).log().Over(2));
        relative_mean?.zero_();
        relative_log_variance?.zero_();
    }

    private (Tensor Mean, Tensor LogVariance) Relative(Tensor? condition)
    {
        Tensor mean, raw;
        if (condition is null)
        {
            (mean, raw) = (Column(relative_mean!), Column(relative_log_variance!));
        }
        else
        {
            long edge = Options.Kernel / 2;
            Tensor x = Standardised(condition);
            for (int layer = 0; layer < layers!.Count; layer++)
            {
                if (layer > 0)
                    x = nn.functional.silu(x);

                // The edge repeated: zeros would make every patch's border look like another place.
                if (edge > 0)
                    x = nn.functional.pad(x, [edge, edge, edge, edge, edge, edge], PaddingModes.Replicate);
                x = layers[layer].Forward(x);
            }

            (mean, raw) = (x.narrow(1, 0, FeatureChannels), x.narrow(1, FeatureChannels, FeatureChannels));
        }

        return (mean, raw.Over(LogVarianceRange).tanh().Times(LogVarianceRange));
    }
}
