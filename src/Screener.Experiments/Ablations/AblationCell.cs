using System.Text.Json.Serialization;
using static System.FormattableString;

namespace Screener.Ablations;

/// <summary>One model of a grid: what is fitted once and evaluated on every cohort.</summary>
/// <param name="Descriptor">The descriptor's name.</param>
/// <param name="Condition">The condition's name.</param>
/// <param name="Density">The density's name.</param>
/// <param name="NetworkSeed">Seeds the networks.</param>
/// <param name="DensitySeed">Seeds the density.</param>
public sealed record AblationCell(string Descriptor, string Condition, string Density, ulong NetworkSeed, ulong DensitySeed)
{
    /// <summary>All of it as one text.</summary>
    [JsonIgnore]
    public string Name => Invariant($"{Descriptor}, {Condition}, {Density}, seeds {NetworkSeed} and {DensitySeed}");
}
