using Screener.Errors;
using Screener.Randomness;

namespace Screener.Densities;

/// <summary>The networks of a conditional Gaussian. Without a condition they are not used.</summary>
public sealed record GaussianDensityOptions : DensityOptions
{
    /// <summary>Width and depth are open in the paper; kernel 3^3 in place of 1^3 is its.</summary>
    public static GaussianDensityOptions Paper { get; } = new();

    /// <summary>A narrower network for a laptop's CPU.</summary>
    public static GaussianDensityOptions Quick { get; } = new() { HiddenChannels = 48, Layers = 2 };

    /// <summary>Channels between the layers.</summary>
    public int HiddenChannels { get; init; } = 256;

    /// <summary>Convolutions from the condition to mean and log-variance.</summary>
    public int Layers { get; init; } = 3;

    /// <summary>Edge of the convolutions, in positions of the pooled map: odd.</summary>
    public int Kernel { get; init; } = 3;

    /// <inheritdoc/>
    public override string Name => "gaussian";

    /// <inheritdoc/>
    public override string PaperName => Name;

    /// <inheritdoc/>
    public override DensityOptions Small => Quick;

    /// <inheritdoc/>
    public override int Width => HiddenChannels;

    /// <inheritdoc/>
    public override long LeastNumbers(bool isConditional) => isConditional
        ? Math.Max(0, Layers - 2) * (long)HiddenChannels * HiddenChannels * Kernel * Kernel * Kernel
        : 0;

    /// <inheritdoc/>
    public override DensityModel Create(int featureChannels, int conditionChannels, RandomStream random) =>
        new GaussianDensity(featureChannels, conditionChannels, this, random);

    /// <inheritdoc/>
    public override void Validate()
    {
        OptionException.ThrowIfOutside(nameof(HiddenChannels), HiddenChannels, 1, 8192);
        OptionException.ThrowIfOutside(nameof(Layers), Layers, 1, 16);
        OptionException.ThrowIfOutside(nameof(Kernel), Kernel, 1, 7);
        if (Kernel % 2 == 0)
            throw new OptionException(nameof(Kernel), $"{Kernel}", "an odd number");
    }
}
