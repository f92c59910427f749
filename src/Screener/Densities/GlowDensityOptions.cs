using Screener.Errors;
using Screener.Randomness;

namespace Screener.Densities;

/// <summary>The depth and width of the flow.</summary>
public sealed record GlowDensityOptions : DensityOptions
{
    /// <summary>64 blocks (published code), 512 hidden units (paper).</summary>
    public static GlowDensityOptions Paper { get; } = new();

    /// <summary>8 narrow blocks for a laptop's CPU.</summary>
    public static GlowDensityOptions Quick { get; } = new() { Blocks = 8, HiddenChannels = 128 };

    /// <summary>Blocks of act-norm, invertible linear map and affine coupling.</summary>
    public int Blocks { get; init; } = 64;

    /// <summary>Hidden units of the coupling networks.</summary>
    public int HiddenChannels { get; init; } = 512;

    /// <inheritdoc/>
    public override string Name => "glow";

    /// <inheritdoc/>
    public override string PaperName => "flow";

    /// <inheritdoc/>
    public override DensityOptions Small => Quick;

    /// <inheritdoc/>
    public override int Width => HiddenChannels;

    /// <inheritdoc/>
    public override long LeastNumbers(bool isConditional) => (long)Blocks * HiddenChannels * HiddenChannels;

    /// <inheritdoc/>
    public override DensityModel Create(int featureChannels, int conditionChannels, RandomStream random) =>
        new GlowDensity(featureChannels, conditionChannels, this, random);

    /// <inheritdoc/>
    public override void Validate()
    {
        OptionException.ThrowIfOutside(nameof(Blocks), Blocks, 1, 1024);
        OptionException.ThrowIfOutside(nameof(HiddenChannels), HiddenChannels, 1, 8192);
    }
}
