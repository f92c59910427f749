using Screener.Errors;

namespace Screener.Training;

/// <summary>How the learning rate falls after the warm-up.</summary>
public enum LearningRateDecay
{
    /// <summary>Half a cosine, as the published code's one-cycle schedule does.</summary>
    Cosine,

    /// <summary>A straight line.</summary>
    Linear,
}

/// <summary>Linear warm-up from zero to the peak rate, then decay to zero at the last step (paper, app. F). A pure function of the step, so that a resumed run follows the same curve.</summary>
public sealed record LearningRateSchedule
{
    /// <summary>The highest rate; the paper's value.</summary>
    public double Peak { get; init; } = 3e-4;

    /// <summary>The fraction of all steps that warms up: 10 k of 300 k in the paper (the published code: 0.1).</summary>
    public double WarmUpFraction { get; init; } = 10_000.0 / 300_000.0;

    /// <summary>The shape of the fall.</summary>
    public LearningRateDecay Decay { get; init; } = LearningRateDecay.Cosine;

    /// <summary>The rate of step <paramref name="step"/> (from 0) of <paramref name="steps"/>.</summary>
    public double At(long step, long steps)
    {
        double warmUp = Math.Max(1, Math.Round(WarmUpFraction * steps));
        if (step < warmUp)
            return Peak * (step + 1) / warmUp;
        double progress = Math.Min(1, (step - warmUp) / Math.Max(1, steps - warmUp));
        return Decay == LearningRateDecay.Cosine
            ? Peak * 0.5 * (1 + Math.Cos(Math.PI * progress))
            : Peak * (1 - progress);
    }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="OptionException">A value is out of range.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside("LearningRateSchedule.Peak", Peak, 0.0, 1.0);
        OptionException.ThrowIfOutside("LearningRateSchedule.WarmUpFraction", WarmUpFraction, 0.0, 1.0);
    }
}
