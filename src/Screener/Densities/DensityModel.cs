using Screener.Errors;
using Screener.Models;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Densities;

/// <summary>A density q(y | c) applied at every position; -log q is the anomaly score (arXiv 2502.08321, section 3.3).</summary>
/// <remarks>
/// Always float32. Conditions are standardised per channel by what <see cref="InitializeFrom"/> saw. <see cref="DensityOptions"/> make it.
/// </remarks>
public abstract class DensityModel : nn.Module
{
    /// <summary>log(2 pi).</summary>
    protected const double LogTwoPi = 1.8378770664093453;

    private readonly Tensor condition_mean;
    private readonly Tensor condition_scale;

    /// <summary>Makes a density; its class registers what is saved of it.</summary>
    /// <param name="name">The module's name.</param>
    /// <param name="featureChannels">d, the length of a feature vector.</param>
    /// <param name="conditionChannels">c, the length of a condition vector; 0 for a marginal density.</param>
    protected DensityModel(string name, int featureChannels, int conditionChannels)
        : base(name)
    {
        OptionException.ThrowIfOutside(nameof(featureChannels), featureChannels, 1, 8192);
        OptionException.ThrowIfOutside(nameof(conditionChannels), conditionChannels, 0, 8192);
        FeatureChannels = featureChannels;
        ConditionChannels = conditionChannels;
        condition_mean = zeros(conditionChannels).DetachFromDisposeScope();
        condition_scale = ones(conditionChannels).DetachFromDisposeScope();
        register_buffer(nameof(condition_mean), condition_mean);
        register_buffer(nameof(condition_scale), condition_scale);
    }

    /// <summary>d, the length of a feature vector.</summary>
    public int FeatureChannels { get; }

    /// <summary>c, the length of a condition vector; 0 for a marginal density.</summary>
    public int ConditionChannels { get; }

    /// <summary>Whether it goes down the gradient; otherwise it is fitted by what it takes in.</summary>
    public virtual bool IsFittedByGradient => true;

    /// <summary>
    /// Takes in the maps of a training step, where <see cref="IsFittedByGradient"/> is false; inside no_grad and a dispose scope. Its sums
    /// must be registered buffers: checkpoints hold them, so that an interrupted fit goes on.
    /// </summary>
    /// <param name="features">[N, d, D, H, W], float32.</param>
    /// <param name="condition">[N, c, D, H, W], float32; null if <see cref="ConditionChannels"/> is 0.</param>
    public virtual void TakeIn(Tensor features, Tensor? condition)
    {
    }

    /// <summary>-log q(y | c) at every position, in nats.</summary>
    /// <param name="features">[N, d, D, H, W], float32.</param>
    /// <param name="condition">[N, c, D, H, W], float32; null if <see cref="ConditionChannels"/> is 0.</param>
    /// <returns>[N, D, H, W], float32, which the caller owns.</returns>
    /// <exception cref="OptionException">A shape does not fit.</exception>
    public abstract Tensor NegativeLogLikelihood(Tensor features, Tensor? condition);

    /// <summary>The data-dependent start: sets location and scale from one batch, before training.</summary>
    /// <param name="features">[N, d, D, H, W], float32.</param>
    /// <param name="condition">[N, c, D, H, W], float32; null if <see cref="ConditionChannels"/> is 0.</param>
    public void InitializeFrom(Tensor features, Tensor? condition)
    {
        Check(features, condition);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        if (condition is not null)
        {
            condition_mean.copy_(condition.mean([0, 2, 3, 4]));
            condition_scale.copy_(condition.std([0, 2, 3, 4], unbiased: false).AtLeast(1e-4).reciprocal());
        }

        Initialize(features, condition);
    }

    /// <summary>What a concrete density sets at its data-dependent start; inside no_grad and a dispose scope.</summary>
    protected virtual void Initialize(Tensor features, Tensor? condition)
    {
    }

    /// <summary>The condition with mean 0 and deviation 1 in each channel.</summary>
    protected Tensor Standardised(Tensor condition) =>
        (condition - condition_mean.view(1, -1, 1, 1, 1)) * condition_scale.view(1, -1, 1, 1, 1);

    /// <summary>That maps fit the density and each other.</summary>
    protected void Check(Tensor features, Tensor? condition)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.shape.Length != 5 || features.shape[1] != FeatureChannels)
            throw new OptionException(
                nameof(features), $"shape [{string.Join(", ", features.shape)}]", $"[N, {FeatureChannels}, D, H, W]",
                "Pass the map that this density was made for.");
        CheckCondition(condition, features.shape);
    }

    /// <summary>
    /// That a condition is there if the density has one, and of the grid of <paramref name="features"/>, if that is given.
    /// </summary>
    private protected void CheckCondition(Tensor? condition, long[]? features = null)
    {
        if (ConditionChannels == 0)
        {
            if (condition is not null)
                throw new OptionException(nameof(condition), "a condition", "none, because this density is marginal", "Pass null.");
            return;
        }

        if (condition is not null && condition.shape.Length == 5 && condition.shape[1] == ConditionChannels
            && (features is null || (condition.shape[0] == features[0] && condition.shape.AsSpan(2).SequenceEqual(features.AsSpan(2)))))
            return;
        string wanted = features is null
            ? $"[N, {ConditionChannels}, D, H, W]"
            : $"[{features[0]}, {ConditionChannels}, {string.Join(", ", features[2..])}]";
        throw new OptionException(
            nameof(condition), condition is null ? "nothing" : $"shape [{string.Join(", ", condition.shape)}]", wanted,
            "Pass a condition map on the grid of the features.");
    }
}
