using Screener.Densities;
using Screener.Randomness;

namespace Screener.Training;

/// <summary>Makes fresh densities.</summary>
public static class DensityFactory
{
    /// <summary>A density of the given family, its weights drawn from <paramref name="random"/>; the caller owns it.</summary>
    public static DensityModel Create(
        DensityKind kind, int featureChannels, int conditionChannels, DensityFittingOptions options, RandomStream random) => kind switch
    {
        DensityKind.Gaussian => new GaussianDensity(featureChannels, conditionChannels, options.Gaussian, random),
        DensityKind.Glow => new GlowDensity(featureChannels, conditionChannels, options.Glow, random),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
