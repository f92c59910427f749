using System.Text.Json.Serialization;
using static System.FormattableString;

namespace Screener.Ablations;

/// <summary>One model or baseline of a grid: what is fitted once and evaluated on every cohort.</summary>
/// <param name="Descriptor">The descriptor's name, or the baseline's.</param>
/// <param name="Condition">The condition's name; empty for a baseline.</param>
/// <param name="Density">The density's name; empty for a baseline.</param>
/// <param name="NetworkSeed">Seeds the networks.</param>
/// <param name="DensitySeed">Seeds the density; 0 for a baseline.</param>
public sealed record AblationCell(string Descriptor, string Condition, string Density, ulong NetworkSeed, ulong DensitySeed)
{
    /// <summary>True for a baseline, which has neither condition nor density.</summary>
    [JsonIgnore]
    public bool IsBaseline => Density.Length == 0;

    /// <summary>What is compared, whatever the seeds.</summary>
    [JsonIgnore]
    public string Row => IsBaseline ? Descriptor : $"{Descriptor}, {Condition}, {Density}";

    /// <summary>All of it as one text.</summary>
    [JsonIgnore]
    public string Name => IsBaseline
        ? Invariant($"{Row}, seed {NetworkSeed}")
        : Invariant($"{Row}, seeds {NetworkSeed} and {DensitySeed}");

    /// <summary>The baseline of a name and a seed.</summary>
    internal static AblationCell OfBaseline(string name, ulong seed) => new(name, "", "", seed, 0);
}
