using Screener.Errors;

namespace Screener.Baselines;

/// <summary>How much of a crop is left after each step of diffusion (Ho 2020): noise variances rise along a straight line.</summary>
public sealed record DiffusionSchedule
{
    /// <summary>T.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>The first step's variance.</summary>
    public double FirstVariance { get; init; } = 1e-4;

    /// <summary>The last step's variance.</summary>
    public double LastVariance { get; init; } = 0.02;

    /// <summary>What crop and noise are multiplied by after <paramref name="step"/> of the steps, 1 to T: squares add up to 1.</summary>
    public (double Crop, double Noise) At(int step)
    {
        OptionException.ThrowIfOutside(nameof(step), step, 1, Steps);
        double left = 1;
        for (int t = 0; t < step; t++)
            left *= 1 - (FirstVariance + ((LastVariance - FirstVariance) * t / Math.Max(1, Steps - 1)));
        return (Math.Sqrt(left), Math.Sqrt(1 - left));
    }

    /// <summary>Checks every option.</summary>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside(nameof(Steps), Steps, 1, 100_000);
        OptionException.ThrowIfOutside(nameof(FirstVariance), FirstVariance, 1e-9, 0.5);
        OptionException.ThrowIfOutside(nameof(LastVariance), LastVariance, FirstVariance, 0.5);
    }
}
