using Screener.Errors;

namespace Screener.Training;

/// <summary>How a network is optimised: AdamW with warm-up and decay (paper, app. F). The defaults are the paper's for pretraining.</summary>
public sealed record OptimisationOptions
{
    /// <summary>The number of batches: 300,000 for the descriptor and condition models, 500,000 for the densities.</summary>
    public long Steps { get; init; } = 300_000;

    /// <summary>The learning rate over the steps.</summary>
    public LearningRateSchedule LearningRate { get; init; } = new();

    /// <summary>AdamW's decoupled weight decay.</summary>
    public double WeightDecay { get; init; } = 1e-6;

    /// <summary>AdamW's epsilon; 1e-3 in the published code.</summary>
    public double Epsilon { get; init; } = 1e-3;

    /// <summary>AdamW's decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Gradients are scaled down to this L2 norm over all parameters.</summary>
    public double GradientNormLimit { get; init; } = 1.0;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="OptionException">A value is out of range.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside("OptimisationOptions.Steps", Steps, 1, long.MaxValue);
        OptionException.ThrowIfOutside("OptimisationOptions.WeightDecay", WeightDecay, 0.0, 1.0);
        OptionException.ThrowIfOutside("OptimisationOptions.Epsilon", Epsilon, 1e-12, 1.0);
        OptionException.ThrowIfOutside("OptimisationOptions.Beta1", Beta1, 0.0, 0.99999);
        OptionException.ThrowIfOutside("OptimisationOptions.Beta2", Beta2, 0.0, 0.99999);
        OptionException.ThrowIfOutside("OptimisationOptions.GradientNormLimit", GradientNormLimit, 1e-9, 1e9);
        LearningRate.Validate();
    }
}
