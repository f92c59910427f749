using System.Text.Json.Serialization;
using static System.FormattableString;

namespace Screener.Ablations;

/// <summary>One model or baseline of a grid: what is made once and evaluated on every cohort.</summary>
/// <param name="Descriptor">The descriptor's name, or that of what stands beside.</param>
/// <param name="Condition">The condition's name; empty for what stands beside.</param>
/// <param name="Density">The density's name; empty for what stands beside.</param>
/// <param name="NetworkSeed">Seeds the networks; 0 for a finished model.</param>
/// <param name="DensitySeed">Seeds the density; 0 for what stands beside.</param>
public sealed record AblationCell(string Descriptor, string Condition, string Density, ulong NetworkSeed, ulong DensitySeed)
{
    /// <summary>True for what stands beside the combinations, without condition and density: a baseline or a finished model.</summary>
    [JsonIgnore]
    public bool IsBaseline => Density.Length == 0;

    /// <summary>True for a finished model, which the grid does not train.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsFinished { get; init; }

    /// <summary>What is compared, whatever the seeds.</summary>
    [JsonIgnore]
    public string Row => IsBaseline ? Descriptor : $"{Descriptor}, {Condition}, {Density}";

    /// <summary>All of it as one text.</summary>
    [JsonIgnore]
    public string Name => (IsFinished, IsBaseline) switch
    {
        (true, _) => Row,
        (_, true) => Invariant($"{Row}, seed {NetworkSeed}"),
        _ => Invariant($"{Row}, seeds {NetworkSeed} and {DensitySeed}"),
    };

    /// <summary>The baseline of a name and a seed.</summary>
    internal static AblationCell OfBaseline(string name, ulong seed) => new(name, "", "", seed, 0);

    /// <summary>The finished model of a name.</summary>
    internal static AblationCell OfModel(string name) => new(name, "", "", 0, 0) { IsFinished = true };
}
