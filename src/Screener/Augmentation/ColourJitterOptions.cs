using Screener.Errors;

namespace Screener.Augmentation;

/// <summary>Ranges of <see cref="ColourJitter"/>; every value is drawn uniformly from its range (published code of the paper).</summary>
public sealed record ColourJitterOptions
{
    /// <summary>The paper's jitter.</summary>
    public static ColourJitterOptions Paper { get; } = new();

    /// <summary>Probability of each of the five steps, 0 to 1.</summary>
    public double Probability { get; init; } = 0.8;

    /// <summary>Largest standard deviation of the axial Gaussian that blurs or sharpens, mm. 0 to 20.</summary>
    public double MaxBlurSigmaMm { get; init; } = 1.5;

    /// <summary>Largest amount of sharpening, 0 to 20.</summary>
    public double MaxSharpenAlpha { get; init; } = 2;

    /// <summary>Largest standard deviation of the noise, 0 to 1.</summary>
    public double MaxNoiseSigma { get; init; } = 0.1;

    /// <summary>Brightness is multiplied by 1 - this to 1 + this. 0 to 1.</summary>
    public double BrightnessRange { get; init; } = 0.2;

    /// <summary>Contrast about the mean is multiplied by 1 - this to 1 + this. 0 to 1.</summary>
    public double ContrastRange { get; init; } = 0.2;

    /// <summary>Smallest exponent, 0.1 to 1.</summary>
    public double MinGamma { get; init; } = 0.8;

    /// <summary>Largest exponent, 1 to 10.</summary>
    public double MaxGamma { get; init; } = 1.25;

    /// <summary>Scales all ranges together: 0 changes nothing, 1 is the ranges as they stand. 0 to 4.</summary>
    public double Strength { get; init; } = 1;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="OptionException">A field is outside its range.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside(nameof(Probability), Probability, 0, 1);
        OptionException.ThrowIfOutside(nameof(MaxBlurSigmaMm), MaxBlurSigmaMm, 0, 20);
        OptionException.ThrowIfOutside(nameof(MaxSharpenAlpha), MaxSharpenAlpha, 0, 20);
        OptionException.ThrowIfOutside(nameof(MaxNoiseSigma), MaxNoiseSigma, 0, 1);
        OptionException.ThrowIfOutside(nameof(BrightnessRange), BrightnessRange, 0, 1);
        OptionException.ThrowIfOutside(nameof(ContrastRange), ContrastRange, 0, 1);
        OptionException.ThrowIfOutside(nameof(MinGamma), MinGamma, 0.1, 1);
        OptionException.ThrowIfOutside(nameof(MaxGamma), MaxGamma, 1, 10);
        OptionException.ThrowIfOutside(nameof(Strength), Strength, 0, 4);
    }
}
